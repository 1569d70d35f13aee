import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultScenario, Scene } from './fault-scenario';

const WHERE = 'Nodes and pods';
const ALL = /^restarted 4 and verified 4 aws-node pods \(3 containers each\) on 4 nodes in \d+ s$/;
const LEFT_OUT = /^restarted 3 and verified 3 aws-node pods \(3 containers each\) on 3 nodes in \d+ s; left out: aws-node-\w+ on \S+ \(node not reporting\)$/;
const NEVER_READY = '^aws-node does not become Ready within 5 min in cluster faults-\\d: aws-node-\\w+ on \\S+ ';

type Fault = Pick<FaultScenario, 'fault' | 'seconds' | 'given' | 'before' | 'meanwhile' | 'invariants' | 'timeoutSeconds'>;

const strategy = (maxUnavailable: number | string): FaultScenario['given'] => async cluster => cluster.editDaemonSet({ updateStrategy: { rollingUpdate: { maxUnavailable } } });
const two = strategy(2);

const silence = async ({ cluster, sampler }: Scene, node: string) => {
  sampler.excuse(node);
  await cluster.breakNodes({ silent: [node] });
};

const silenceFirst = async (scene: Scene) => {
  const [node] = scene.cluster.nodes;
  await silence(scene, node);
  await scene.sampler.until(`${node} is NotReady`, ({ nodes }) => nodes.some(({ metadata, status }) =>
    metadata!.name === node && status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value !== 'True')));
};

/** What is different, but no fault to the functions. */
const PASSING: readonly Fault[] = [
  { fault: 'maxUnavailable 1', seconds: 40, given: strategy(1) },
  { fault: 'maxUnavailable 10 %', seconds: 40 },
  { fault: 'maxUnavailable 100 %', seconds: 30, given: strategy('100%') },
  { fault: 'DaemonSet with OnDelete', seconds: 40, given: async cluster => cluster.editDaemonSet({ updateStrategy: { type: 'OnDelete', rollingUpdate: null } }) },
  { fault: 'DaemonSet with minReadySeconds 5', seconds: 80, given: async cluster => cluster.editDaemonSet({ minReadySeconds: 5 }) },
  {
    fault: 'pods are deleted by somebody midway',
    seconds: 50,
    meanwhile: async scene => {
      await scene.midway();
      const nodes = scene.cluster.nodes.slice(0, 2);
      scene.sampler.excuse(...nodes);
      await scene.cluster.deletePods(...nodes);
    },
  },
  {
    fault: 'no image can be pulled on one node for 60 s',
    seconds: 100,
    meanwhile: async scene => {
      await scene.midway();
      await scene.cluster.breakNodes({ withoutImages: scene.cluster.nodes.slice(-1) });
      await sleep(60_000);
      await scene.cluster.breakNodes({});
    },
  },
  {
    fault: 'a pod is stuck terminating for 25 s',
    seconds: 80,
    before: async ({ cluster }) => cluster.breakNodes({ holdingPods: cluster.nodes.slice(-1) }),
    meanwhile: async scene => {
      await sleep(25_000);
      await scene.cluster.breakNodes({});
    },
  },
  {
    fault: 'DaemonSet edited by somebody midway',
    seconds: 60,
    invariants: { edited: ['DaemonSet'] },
    meanwhile: async scene => {
      await scene.midway();
      // its own controller restarts pods now, too
      scene.sampler.excuse(...scene.cluster.nodes);
      await scene.cluster.editDaemonSet({ template: { metadata: { annotations: { edited: 'true' } } } });
    },
  },
];

/** One node is lost, and the others can go on. */
const LEAVING_OUT: readonly Fault[] = [
  { fault: 'a node is NotReady before, maxUnavailable 2', seconds: 120, given: two, before: silenceFirst },
  {
    fault: 'a node dies midway, maxUnavailable 2',
    seconds: 130,
    given: two,
    meanwhile: async scene => {
      // no other pod is restarted before the first one is Ready: until then, it stays untouched
      await scene.begun();
      await silence(scene, await scene.untouchedNode());
    },
  },
  {
    fault: 'a pod is stuck terminating for good, maxUnavailable 2',
    seconds: 100,
    given: two,
    before: async ({ cluster }) => cluster.breakNodes({ holdingPods: cluster.nodes.slice(-1) }),
  },
];

const create = { where: WHERE, during: 'create' } as const;
const remove = { where: WHERE, during: 'delete' } as const;

export const NODE_AND_POD_FAULTS: readonly FaultScenario[] = [
  ...PASSING.flatMap<FaultScenario>(fault => [
    { ...create, ...fault, expected: 'done', message: ALL },
    { ...remove, ...fault, expected: 'done' },
  ]),
  ...LEAVING_OUT.flatMap<FaultScenario>(fault => [
    { ...create, ...fault, expected: 'done', message: LEFT_OUT },
    { ...remove, ...fault, expected: 'done' },
  ]),
  {
    ...create,
    fault: 'nodes are added midway',
    seconds: 50,
    meanwhile: addTwo,
    expected: 'done',
    message: /^restarted 6 and verified 6 aws-node pods \(3 containers each\) on 6 nodes in \d+ s$/,
  },
  { ...remove, fault: 'nodes are added midway', seconds: 50, meanwhile: addTwo, expected: 'done' },
  {
    ...create,
    fault: 'a node is removed midway',
    seconds: 50,
    meanwhile: removeOne,
    expected: 'done',
    message: /^restarted 3 and verified 3 aws-node pods \(3 containers each\) on 3 nodes in \d+ s$/,
  },
  { ...remove, fault: 'a node is removed midway', seconds: 50, meanwhile: removeOne, expected: 'done' },
  {
    ...create,
    fault: 'a node is NotReady before, and no further pod may be unavailable',
    seconds: 140,
    timeoutSeconds: 60,
    invariants: { canaryOnly: true },
    before: silenceFirst,
    expected: 'failed',
    message: /^aws-node is not rolled out in cluster faults-\d after \d+ s: 0 of 4 aws-node pods verified, 1 unavailable of at most 1 .* Still wrong: aws-node-\w+ on \S+ \(node not reporting; AWS_ROLE_ARN is not set/,
  },
  {
    ...create,
    fault: 'no image can be pulled',
    seconds: 340,
    invariants: { canaryOnly: true },
    before: async ({ cluster }) => cluster.breakNodes({ withoutImages: cluster.nodes }),
    expected: 'failed',
    message: new RegExp(`${NEVER_READY}\\(not Ready: container aws-vpc-cni-init: ImagePullBackOff: Back-off pulling image`),
    repair: async ({ cluster }) => cluster.mend(),
  },
  {
    ...remove,
    fault: 'no image can be pulled',
    seconds: 340,
    before: async ({ cluster }) => cluster.breakNodes({ withoutImages: cluster.nodes }),
    expected: 'failed',
    message: new RegExp(`${NEVER_READY}\\(not Ready: container aws-vpc-cni-init: ImagePullBackOff: Back-off pulling image`),
  },
  {
    ...create,
    fault: 'the plugin crashes with the role',
    seconds: 340,
    roleCrashes: true,
    invariants: { canaryOnly: true },
    expected: 'failed',
    message: new RegExp(`${NEVER_READY}\\(not Ready: container aws-node: CrashLoopBackOff: .*ended with Error \\(exit code 1\\): AccessDenied`),
  },
  {
    ...create,
    fault: 'DaemonSet deleted by somebody midway',
    seconds: 40,
    invariants: { edited: ['DaemonSet'] },
    meanwhile: deleteDaemonSet,
    expected: 'failed',
    message: /^DaemonSet kube-system\/aws-node of cluster faults-\d is gone: install the Amazon VPC CNI plugin again, then deploy again$/,
    repair: async ({ cluster }) => cluster.mend(),
  },
  {
    ...remove,
    fault: 'DaemonSet deleted by somebody midway',
    seconds: 40,
    invariants: { edited: ['DaemonSet'] },
    meanwhile: deleteDaemonSet,
    expected: 'done',
    repair: async ({ cluster }) => cluster.mend(),
  },
];

async function addTwo(scene: Scene): Promise<void> {
  await scene.midway();
  await scene.cluster.addNodes(2);
}

async function removeOne(scene: Scene): Promise<void> {
  await scene.begun();
  const node = await scene.untouchedNode();
  scene.sampler.excuse(node);
  await scene.cluster.removeNode(node);
}

async function deleteDaemonSet(scene: Scene): Promise<void> {
  await scene.midway();
  scene.sampler.excuse(...scene.cluster.nodes);
  await scene.cluster.deleteDaemonSet();
}
