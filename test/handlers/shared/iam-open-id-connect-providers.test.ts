import { IAMClient } from '@aws-sdk/client-iam';
import { answering, network } from './aws-client';
import { IamOpenIdConnectProviders } from '../../../lib/handlers/shared/iam-open-id-connect-providers';

const arn = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF';

function stubbed(answer: (call: string, input: unknown) => unknown): IamOpenIdConnectProviders {
  return new IamOpenIdConnectProviders(answering(new IAMClient(), answer));
}

function recorded(calls: unknown[]): IamOpenIdConnectProviders {
  return stubbed((...call) => {
    calls.push(call);
    return {};
  });
}

function refused(statusCode: number, code: string): IamOpenIdConnectProviders {
  const body = '<ErrorResponse xmlns="https://iam.amazonaws.com/doc/2010-05-08/">'
    + `<Error><Type>Sender</Type><Code>${code}</Code><Message>told by IAM</Message></Error><RequestId>1</RequestId></ErrorResponse>`;
  return new IamOpenIdConnectProviders(new IAMClient(network(statusCode, { 'content-type': 'text/xml' }, body)));
}

describe('get', () => {
  test('returns client ids and tags', async () => {
    const calls: unknown[] = [];
    const providers = stubbed((...call) => {
      calls.push(call);
      return { ClientIDList: ['a', 'b'], Tags: [{ Key: 'team', Value: 'net' }, { Key: 'empty', Value: '' }] };
    });
    await expect(providers.get(arn)).resolves.toEqual({ clientIds: ['a', 'b'], tags: { team: 'net', empty: '' } });
    expect(calls).toEqual([['GetOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }]]);
  });

  test('returns empty ones for a provider that has none', async () => {
    await expect(stubbed(() => ({})).get(arn)).resolves.toStrictEqual({ clientIds: [], tags: {} });
  });

  test('returns undefined when there is no such provider', async () => {
    await expect(refused(404, 'NoSuchEntity').get(arn)).resolves.toBeUndefined();
  });
});

describe('create', () => {
  test('sends URL, client ids and tags, and no thumbprint', async () => {
    const calls: unknown[] = [];
    await expect(recorded(calls).create('https://issuer/id/A', ['sts.amazonaws.com'], { by: 'me' })).resolves.toBe(true);
    expect(calls).toEqual([['CreateOpenIDConnectProvider', {
      Url: 'https://issuer/id/A',
      ClientIDList: ['sts.amazonaws.com'],
      Tags: [{ Key: 'by', Value: 'me' }],
    }]]);
  });

  test('returns false when there is one already', async () => {
    await expect(refused(409, 'EntityAlreadyExists').create('https://issuer/id/A', [], {})).resolves.toBe(false);
  });
});

test('addClientId names provider and client id', async () => {
  const calls: unknown[] = [];
  await recorded(calls).addClientId(arn, 'sts.amazonaws.com');
  expect(calls).toEqual([['AddClientIDToOpenIDConnectProvider', { OpenIDConnectProviderArn: arn, ClientID: 'sts.amazonaws.com' }]]);
});

describe('delete', () => {
  test('names the provider', async () => {
    const calls: unknown[] = [];
    await recorded(calls).delete(arn);
    expect(calls).toEqual([['DeleteOpenIDConnectProvider', { OpenIDConnectProviderArn: arn }]]);
  });

  test('succeeds when it is gone already', async () => {
    await expect(refused(404, 'NoSuchEntity').delete(arn)).resolves.toBeUndefined();
  });
});

describe('rolesThatTrust', () => {
  function role(name: string, Statement: unknown) {
    return { Arn: `arn:role/${name}`, AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify({ Version: '2012-10-17', Statement })) };
  }

  async function trusting(...statements: unknown[]): Promise<string[]> {
    return stubbed(() => ({ Roles: statements.map((statement, i) => role(String(i), statement)) })).rolesThatTrust(arn);
  }

  test.each([
    ['a string', [{ Effect: 'Allow', Principal: { Federated: arn } }]],
    ['one of an array', [{ Effect: 'Allow', Principal: { Federated: [`${arn}X`, arn] } }]],
    ['of a later statement', [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' } }, { Effect: 'Allow', Principal: { Federated: arn } }]],
    ['of a lone statement', { Effect: 'Allow', Principal: { Federated: arn } }],
  ])('finds a federated principal that is %s', async (_, statement) => {
    await expect(trusting(statement)).resolves.toEqual(['arn:role/0']);
  });

  test.each([
    ['trusts another provider whose ARN starts the same', [{ Effect: 'Allow', Principal: { Federated: `${arn}X` } }]],
    ['trusts a service', [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' } }]],
    ['trusts everybody', [{ Effect: 'Allow', Principal: '*' }]],
    ['denies the provider', [{ Effect: 'Deny', Principal: { Federated: arn } }]],
    ['names no principal', [{ Effect: 'Allow', NotPrincipal: { Federated: arn } }]],
  ])('passes over a role that %s', async (_, statement) => {
    await expect(trusting(statement, { Effect: 'Allow', Principal: { Federated: arn } })).resolves.toEqual(['arn:role/1']);
  });

  test('reads all pages', async () => {
    const trust = { Effect: 'Allow', Principal: { Federated: arn } };
    const inputs: unknown[] = [];
    const pages = [
      { Roles: [role('1', trust)], IsTruncated: true, Marker: 'second' },
      { Roles: [], IsTruncated: true, Marker: 'third' },
      { Roles: [role('3', trust)], IsTruncated: false },
    ];
    const providers = stubbed((_, input) => {
      inputs.push(input);
      return pages[inputs.length - 1];
    });
    await expect(providers.rolesThatTrust(arn)).resolves.toEqual(['arn:role/1', 'arn:role/3']);
    expect(inputs).toEqual([{ MaxItems: 1000 }, { MaxItems: 1000, Marker: 'second' }, { MaxItems: 1000, Marker: 'third' }]);
  });
});

test.each<[string, (providers: IamOpenIdConnectProviders) => Promise<unknown>]>([
  [`iam:GetOpenIDConnectProvider failed on ${arn}`, providers => providers.get(arn)],
  ['iam:CreateOpenIDConnectProvider failed on https://issuer', providers => providers.create('https://issuer', [], {})],
  [`iam:AddClientIDToOpenIDConnectProvider failed on ${arn}`, providers => providers.addClientId(arn, 'sts.amazonaws.com')],
  [`iam:DeleteOpenIDConnectProvider failed on ${arn}`, providers => providers.delete(arn)],
  [`iam:ListRoles failed on the roles that may trust ${arn}`, providers => providers.rolesThatTrust(arn)],
])('passes a refusal on: %s', async (call, action) => {
  await expect(action(refused(403, 'AccessDenied'))).rejects.toThrow(expect.objectContaining({
    message: `${call}: AccessDenied: told by IAM`, cause: expect.objectContaining({ name: 'AccessDenied' }),
  }));
});
