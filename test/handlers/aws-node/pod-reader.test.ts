import type { V1Pod } from '@kubernetes/client-node';
import { toPod } from '../../../lib/handlers/aws-node/kubernetes-objects';
import { PodReader } from '../../../lib/handlers/aws-node/pod-reader';

const pod = (name: string, ...roles: string[]): V1Pod => ({
  metadata: { name, uid: `uid-${name}`, creationTimestamp: new Date(0) },
  spec: { containers: roles.map((value, index) => ({ name: `container-${index}`, env: [{ name: 'AWS_ROLE_ARN', value }] })) },
});

test('reads what there is', () => {
  const reader = new PodReader();
  for (const seen of [pod('a', 'one', 'two'), pod('b', 'one', 'other'), pod('a', 'two', 'two')]) {
    expect(reader.read(seen)).toEqual(toPod(seen));
  }
});

test('keeps equal containers once, whichever pods they are of', () => {
  const reader = new PodReader();
  const [a, b] = [reader.read(pod('a', 'one', 'two')), reader.read(pod('b', 'one', 'other'))];
  expect(b.containers[0]).toBe(a.containers[0]);
  expect(new Set([...a.containers, ...b.containers]).size).toBe(3);
});
