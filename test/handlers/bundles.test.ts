import { join } from 'node:path';

test.each([
  ['cluster-identity', ['onEvent']],
  ['aws-node', ['isComplete', 'onEvent']],
])('the bundle of %s loads and has the handlers that its functions name', (handler, names) => {
  const bundle: Record<string, unknown> = jest.requireActual(join(__dirname, '../../assets/lib/handlers', handler, 'index.lambda/index.js'));
  expect(Object.keys(bundle).sort()).toEqual(names);
  names.forEach(name => expect(bundle[name]).toBeInstanceOf(Function));
});
