import { principals, statementsOf } from '../../../lib/handlers/shared/policy-document';

const encoded = (Statement: unknown) => encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement }));

test('reads one statement and several', () => {
  const statement = { Effect: 'Allow', Action: 'a:b', Resource: '*' };
  expect(statementsOf(encoded(statement))).toEqual([statement]);
  expect(statementsOf(encoded([statement, { Effect: 'Deny' }]))).toEqual([statement, { Effect: 'Deny' }]);
});

test('tells whom a trust policy lets in', () => {
  const document = encoded([
    { Effect: 'Allow', Principal: { Service: 'a' } },
    { Effect: 'Allow', Principal: { Service: ['b', 'c'], Federated: 'f' } },
    { Effect: 'Deny', Principal: { Service: 'd' } },
    { Effect: 'Allow', Principal: '*' },
    { Effect: 'Allow', NotPrincipal: { Service: 'e' } },
  ]);
  expect(principals(document, 'Service')).toEqual(['a', 'b', 'c']);
  expect(principals(document, 'Federated')).toEqual(['f']);
});
