import { ServiceAccountCache } from '../../local-stack/kubernetes/pod-identity-webhook/service-account-cache';

beforeEach(() => jest.useFakeTimers());
afterEach(() => jest.useRealTimers());

const account = (role: string) => ({ metadata: { namespace: 'kube-system', name: 'aws-node', annotations: { 'eks.amazonaws.com/role-arn': role } } });
const roleIn = (cache: ServiceAccountCache) => cache.get('kube-system', 'aws-node')?.metadata?.annotations?.['eks.amazonaws.com/role-arn'];

test('a new service account is missing, a changed one is old, for as long as the cache trails behind', () => {
  const cache = new ServiceAccountCache(1000);
  cache.put(account('first'));
  jest.advanceTimersByTime(999);
  expect(roleIn(cache)).toBeUndefined();
  jest.advanceTimersByTime(1);
  expect(roleIn(cache)).toEqual('first');

  cache.put(account('second'));
  jest.advanceTimersByTime(999);
  expect(roleIn(cache)).toEqual('first');
  jest.advanceTimersByTime(1);
  expect(roleIn(cache)).toEqual('second');

  cache.remove(account('second'));
  jest.advanceTimersByTime(999);
  expect(roleIn(cache)).toEqual('second');
  jest.advanceTimersByTime(1);
  expect(roleIn(cache)).toBeUndefined();
});

test('service accounts of one name are told apart by their namespace', () => {
  const cache = new ServiceAccountCache(0);
  cache.put(account('role'));
  jest.runAllTimers();
  expect(cache.get('default', 'aws-node')).toBeUndefined();
});
