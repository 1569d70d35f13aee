import * as fc from 'fast-check';
import { OTHER_ROLE } from './builders';
import type { GuardMemory } from '../../../lib/handlers/aws-node/guard-memory';
import { fromPhysicalId, toPhysicalId } from '../../../lib/handlers/aws-node/guard-memory';

test.each<[GuardMemory, string]>([
  [{ clusterName: 'my-cluster' }, 'my-cluster/kube-system/aws-node'],
  [{ clusterName: 'my-cluster', roleArn: OTHER_ROLE }, 'my-cluster/kube-system/aws-node?role-arn=arn%3Aaws%3Aiam%3A%3A111122223333%3Arole%2Fother'],
  [{ clusterName: 'c', stsRegionalEndpoints: 'false' }, 'c/kube-system/aws-node?sts-regional-endpoints=false'],
  [{ clusterName: 'c', roleArn: '', stsRegionalEndpoints: '' }, 'c/kube-system/aws-node?role-arn=&sts-regional-endpoints='],
])('%j is remembered as %s', (memory, physicalId) => {
  expect(toPhysicalId(memory)).toBe(physicalId);
  expect(fromPhysicalId(physicalId)).toEqual(memory);
});

test('any memory comes back', () => {
  const text = fc.option(fc.string({ unit: 'grapheme', maxLength: 30 }), { nil: undefined });
  const memories = fc.record({ clusterName: fc.stringMatching(/^[0-9A-Za-z][\w-]{0,99}$/), roleArn: text, stsRegionalEndpoints: text });
  fc.assert(fc.property(memories, memory => {
    expect(fromPhysicalId(toPhysicalId(memory))).toEqual(memory);
  }));
});

test.each(['', 'AWSCDK::CustomResourceProviderFramework::CREATE_FAILED', '8c9e6679-7425-40de-944b-e07fc1f90ae7', 'a/b/kube-system/aws-node'])(
  '"%s" is no memory', physicalId => {
    expect(fromPhysicalId(physicalId)).toBeUndefined();
  });

test('fails on annotations that no physical id could hold', () => {
  expect(toPhysicalId({ clusterName: 'blue', roleArn: 'x'.repeat(989) })).toHaveLength(1024);
  expect(() => toPhysicalId({ clusterName: 'blue', roleArn: 'x'.repeat(990) })).toThrow('1025 characters as text');
  expect(() => toPhysicalId({ clusterName: 'blue', roleArn: 'x'.repeat(1100) })).toThrow(
    'the annotations eks.amazonaws.com/* of service account kube-system/aws-node in cluster blue are too long to be remembered '
    + '(1135 characters as text, at most 1024): correct or remove them. Nothing was changed');
});
