import { ROLE } from './builders';
import { World, properties as guardProperties, silenceLog } from './world';
import { AwsNodeRolloutHandler } from '../../../lib/handlers/aws-node/aws-node-rollout-handler';
import type { AwsNodeRolloutProperties } from '../../../lib/handlers/aws-node/resource-properties';
import { ROLE_ANNOTATION, STS_ANNOTATION } from '../../../lib/private/annotations';
import { createEvent, deleteEvent, updateEvent } from '../shared/events';

const { OpenIdConnectProviderArn: _, ...properties } = guardProperties;
const withSts: AwsNodeRolloutProperties = { ...properties, StsRegionalEndpoints: 'true' };
const ID = 'blue/kube-system/aws-node';

let world: World;
let logged: ReturnType<typeof silenceLog>;

beforeEach(() => {
  world = annotated(3);
  logged = silenceLog();
});

function annotated(nodes: number): World {
  const annotatedWorld = new World().withNodes(nodes);
  annotatedWorld.kubernetes.annotate({ [ROLE_ANNOTATION]: ROLE });
  annotatedWorld.clock.advance(1_000);
  return annotatedWorld;
}

type Event = Parameters<AwsNodeRolloutHandler['onEvent']>[0];

async function deploy(event: Event) {
  const handler = () => new AwsNodeRolloutHandler(world.ports);
  const response = await handler().onEvent(event);
  for (let invocations = 1; ; invocations++) {
    const before = world.clock.now();
    const result = await handler().isComplete(JSON.parse(JSON.stringify({ ...event, ...response })));
    expect(world.clock.now() - before).toBeLessThan(60_000);
    if (result.IsComplete) {
      return { ...result, invocations };
    }
    expect(result).toEqual({ IsComplete: false });
  }
}

test('create starts the clock and keeps a stable id', async () => {
  const handler = new AwsNodeRolloutHandler(world.ports);
  expect(await handler.onEvent(createEvent(properties))).toEqual({ PhysicalResourceId: ID, Data: { StartedAt: '2026-11-24T10:01:01.123Z' } });
  expect(await handler.onEvent(updateEvent(ID, properties, withSts))).toEqual({ PhysicalResourceId: ID, Data: { StartedAt: '2026-11-24T10:01:01.123Z' } });
  expect(await handler.onEvent(updateEvent(ID, withSts, properties))).toEqual({
    PhysicalResourceId: ID, Data: { StartedAt: '2026-11-24T10:01:01.123Z', RestartBefore: '2026-11-24T10:01:01.123Z' },
  });
});

test('restarts the pods and says so', async () => {
  expect(await deploy(createEvent(properties))).toEqual({
    IsComplete: true,
    Data: { Summary: expect.stringMatching(/^restarted 3 and verified 3 aws-node pods \(3 containers each\) on 3 nodes in \d+ s$/) },
    invocations: 1,
  });
  expect(world.kubernetes.deleted).toHaveLength(3);
});

test('logs a line of progress for every step', async () => {
  await deploy(createEvent(properties));
  expect(logged[0]).toEqual({
    message: 'rollout restarts pods', why: 'canary', pods: ['aws-node-00000 on node-0'], restarted: 0, verified: 0, total: 3, percent: 0, elapsedSeconds: 0,
  });
  expect(logged[1]).toEqual({
    message: 'rollout waits', waitingFor: '1 not Ready: 1 unavailable, at most 1', restarted: 1, verified: 0, total: 3, percent: 0, elapsedSeconds: 1,
  });
  expect(logged.at(-1)).toMatchObject({ message: 'rollout done', restarted: 3, verified: 3, total: 3, percent: 100 });
});

test('hands over before the function times out, and counts on', async () => {
  world = annotated(30);
  world.kubernetes.daemonSet = { maxUnavailable: 1 };
  const { invocations, ...result } = await deploy(createEvent(properties));
  expect(invocations).toBeGreaterThan(1);
  expect(result).toMatchObject({ Data: { Summary: expect.stringContaining('restarted 30 and verified 30 aws-node pods') } });
});

test('restarts nothing when there is nothing to do', async () => {
  await deploy(createEvent(properties));
  const { deleted } = world.kubernetes;
  deleted.length = 0;
  world.clock.advance(60_000);
  expect(await deploy(updateEvent(ID, properties, properties))).toMatchObject({ Data: { Summary: expect.stringContaining('restarted 0 and verified 3') } });
  expect(deleted).toEqual([]);
});

test('gives the pods regional endpoints, and takes them away again', async () => {
  const endpoints = async () => (await world.kubernetes.listPods()).map(pod => pod.containers[1].env.AWS_STS_REGIONAL_ENDPOINTS);
  world.kubernetes.annotate({ [STS_ANNOTATION]: 'true' });
  await deploy(createEvent(withSts));
  expect(await endpoints()).toEqual(['regional', 'regional', 'regional']);

  world.kubernetes.annotate({ [STS_ANNOTATION]: null });
  world.clock.advance(60_000);
  await deploy(updateEvent(ID, withSts, properties));
  expect(await endpoints()).toEqual([undefined, undefined, undefined]);
});

test('fails in time for CloudFormation to hear why', async () => {
  world.kubernetes.silence('node-0');
  world.clock.advance(60_000);
  const start = world.clock.now();
  await expect(deploy(createEvent({ ...properties, RolloutTimeoutSeconds: '600' }))).rejects.toThrow('aws-node is not rolled out in cluster blue after 57');
  expect(world.clock.now() - start).toBeGreaterThanOrEqual(570_000);
  expect(world.clock.now() - start).toBeLessThan(580_000);
  expect(logged.at(-1)).toMatchObject({ message: 'rollout failed', reason: expect.stringContaining('node-0 (node not reporting') });
});

test('fails when the cluster goes away', async () => {
  world.clusters.clear();
  await expect(deploy(createEvent(properties))).rejects.toThrow('cluster blue does not exist');
});

test('delete has nothing to do', async () => {
  expect(await deploy(deleteEvent(ID, properties))).toEqual({ IsComplete: true, invocations: 1 });
  expect(world.connectedTo).toEqual([]);
});
