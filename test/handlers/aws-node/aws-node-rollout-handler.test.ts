import { OTHER_ROLE, ROLE } from './builders';
import { World, properties as guardProperties, silenceLog } from './world';
import { AwsNodeRolloutHandler } from '../../../lib/handlers/aws-node/aws-node-rollout-handler';
import type { AwsNodeRolloutProperties } from '../../../lib/handlers/aws-node/resource-properties';
import { ROLE_ANNOTATION, STS_ANNOTATION } from '../../../lib/private/annotations';
import { createEvent, deleteEvent, updateEvent } from '../shared/events';

const { OpenIdConnectProviderArn, Owner, ...common } = guardProperties;
const properties: AwsNodeRolloutProperties = { ...common, GuardId: 'blue/kube-system/aws-node' };
const withSts: AwsNodeRolloutProperties = { ...properties, StsRegionalEndpoints: 'true' };
const ID = 'blue/kube-system/aws-node';
const THIRD_ROLE = 'arn:aws:iam::111122223333:role/third';

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
    expect(world.clock.now() - before).toBeLessThan(300_000);
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

test('logs its steps as progress', async () => {
  world.kubernetes.addNodes(...[0, 1, 2].map(index => ({ name: `node-${index}`, startupMs: 8_000 })));
  await deploy(createEvent(properties));
  expect(logged[0]).toEqual({
    message: 'rollout restarts pods', why: 'canary', count: 1, pods: ['aws-node-00000 on node-0'], restarted: 0, verified: 0, total: 3, percent: 0, elapsedSeconds: 0,
  });
  expect(logged[1]).toEqual({
    message: 'rollout waits', waitingFor: '1 not Ready (aws-node-00003 on node-0): 1 unavailable, at most 1', restarted: 1, verified: 0, total: 3, percent: 0, elapsedSeconds: 5,
  });
  expect(logged.at(-1)).toMatchObject({ message: 'rollout done', restarted: 3, verified: 3, total: 3, percent: 100 });
});

test('hands over before the function times out, and counts on', async () => {
  world = annotated(30);
  world.kubernetes.daemonSet = { maxUnavailable: 1 };
  world.kubernetes.addNodes(...Array.from({ length: 30 }, (_, index) => ({ name: `node-${index}`, startupMs: 10_000 })));
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

test('blames the webhook only once it has tried again', async () => {
  world.kubernetes.behaviour.webhookAnswers = () => false;
  await expect(deploy(createEvent(properties))).rejects.toThrow('the pod identity webhook of cluster blue does not give new aws-node pods');
  expect(new Set(world.kubernetes.deleted).size).toBe(1);
});

describe('an invocation that comes late', () => {
  let event: Parameters<AwsNodeRolloutHandler['isComplete']>[0];

  beforeEach(async () => {
    const handler = new AwsNodeRolloutHandler(world.ports);
    const creation = createEvent(properties);
    event = { ...creation, ...await handler.onEvent(creation), PhysicalResourceId: ID };
    world.clock.advance(130_000);
    world.kubernetes.behaviour.webhookAnswers = nth => nth > 3;
  });

  test.each([
    ['of its own', async () => undefined],
    ['of somebody else', async () => {
      const [pod] = await world.kubernetes.listPods();
      await world.kubernetes.deletePod(pod);
      world.clock.advance(20_000);
    }],
  ])('forgives one miss %s', async (_, before) => {
    await before();
    expect(await new AwsNodeRolloutHandler(world.ports).isComplete(event)).toMatchObject({ IsComplete: true });
  });
});

describe('looks', () => {
  /** @param take how long the nth look takes, from 0 */
  const looksThat = (take: (n: number) => number) => {
    const { clock, kubernetes } = world;
    const watch = kubernetes.watch.bind(kubernetes);
    jest.spyOn(kubernetes, 'watch').mockImplementation(() => {
      const slow = watch();
      const look = slow.look.bind(slow);
      let looks = 0;
      return Object.assign(slow, {
        look: async () => {
          clock.advance(take(looks++));
          return look();
        },
      });
    });
    return jest.spyOn(clock, 'sleep');
  };

  test.each([[0, 50], [4, 50], [10, 100], [2_000, 1_000]])('that take %d ms have a pause of %d ms between them', async (lookMs, pauseMs) => {
    const sleep = looksThat(() => lookMs);
    await deploy(createEvent(properties));
    expect(sleep).toHaveBeenNthCalledWith(1, pauseMs);
  });

  test('are not farther apart for the first, which lists everything', async () => {
    const sleep = looksThat(n => n === 0 ? 2_000 : 0);
    await deploy(createEvent(properties));
    expect(sleep).toHaveBeenNthCalledWith(1, 50);
  });
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

test('an update from a version that did not know the guard restarts nothing', async () => {
  await deploy(createEvent(common));
  const restarts = world.kubernetes.deleted.length;
  expect(await deploy(updateEvent<AwsNodeRolloutProperties>(ID, common, properties))).toMatchObject({ Data: { Summary: expect.stringContaining('restarted 0 and verified 3') } });
  expect(world.kubernetes.deleted).toHaveLength(restarts);
});

test('delete changes nothing itself', async () => {
  await deploy(createEvent(properties));
  expect(await new AwsNodeRolloutHandler(world.ports).onEvent(deleteEvent(ID, properties)))
    .toEqual({ PhysicalResourceId: ID, Data: { StartedAt: new Date(world.clock.now()).toISOString() } });
  const restarts = world.kubernetes.deleted.length;
  expect(await deploy(deleteEvent(ID, properties))).toEqual({ IsComplete: true, invocations: 1 });
  expect(world.kubernetes.deleted).toHaveLength(restarts);
});

test('delete stops before anything is undone when the node roles lack what aws-node needs, and succeeds once they are repaired', async () => {
  await deploy(createEvent(properties));
  world.lackingRoles = world.nodeRoles;
  await expect(deploy(deleteEvent(ID, properties))).rejects.toThrow('node roles of cluster blue do not allow ec2:AssignPrivateIpAddresses');
  world.lackingRoles = [];
  expect(await deploy(deleteEvent(ID, properties))).toEqual({ IsComplete: true, invocations: 1 });
});

describe('with an add-on that has a role of its own', () => {
  const updates = () => world.addon.calls.filter(([call]) => call === 'update').map(([,,, roleArn]) => roleArn);

  beforeEach(() => world.addon.install({ roleArn: OTHER_ROLE }));

  test('create gives it ours, and only then restarts the pods', async () => {
    let restartsAtUpdate: number | undefined;
    world.clock.onAdvance(250, () => {
      if (world.addon.state!.status === 'UPDATING') restartsAtUpdate = world.kubernetes.deleted.length;
    });
    expect(await deploy(createEvent(properties))).toMatchObject({ Data: { Summary: expect.stringContaining('restarted 3 and verified 3') } });
    expect(restartsAtUpdate).toBe(0);
    expect(world.addon.state).toMatchObject({ roleArn: ROLE, earlierRoleArn: OTHER_ROLE });
    expect(updates()).toEqual([ROLE]);
  });

  test('create hands over while it waits, and restarts nothing', async () => {
    world.addon.updateMs = 130_000;
    const event = createEvent(properties);
    const response = { ...event, ...await new AwsNodeRolloutHandler(world.ports).onEvent(event), PhysicalResourceId: ID };
    expect(await new AwsNodeRolloutHandler(world.ports).isComplete(response)).toEqual({ IsComplete: false });
    expect(world.kubernetes.deleted).toEqual([]);
    expect(await new AwsNodeRolloutHandler(world.ports).isComplete(response)).toMatchObject({ IsComplete: true });
    expect(updates()).toEqual([ROLE]);
  });

  test('create fails when the update does, and restarts nothing', async () => {
    world.addon.failure = { status: 'Failed', errors: [{ code: 'AdmissionRequestDenied', message: 'denied', resourceIds: [] }] };
    await expect(deploy(createEvent(properties))).rejects.toThrow(`update update-1 of add-on vpc-cni of cluster blue to ${ROLE} ended Failed: AdmissionRequestDenied: denied. `);
    expect(world.kubernetes.deleted).toEqual([]);
  });

  test('the time of the update counts', async () => {
    world.addon.install({ roleArn: OTHER_ROLE, status: 'UPDATING' });
    const start = world.clock.now();
    await expect(deploy(createEvent({ ...properties, RolloutTimeoutSeconds: '600' }))).rejects.toThrow('add-on vpc-cni of cluster blue is still UPDATING after 570 s');
    expect(world.clock.now() - start).toBe(570_000);
  });

  test('update takes it along to a new role of ours, and back', async () => {
    await deploy(createEvent(properties));
    for (const [before, now] of [[ROLE, THIRD_ROLE], [THIRD_ROLE, ROLE]]) {
      world.kubernetes.annotate({ [ROLE_ANNOTATION]: now });
      await deploy(updateEvent(ID, { ...properties, RoleArn: before }, { ...properties, RoleArn: now }));
      expect(world.addon.state).toMatchObject({ roleArn: now, earlierRoleArn: OTHER_ROLE });
    }
    expect(updates()).toEqual([ROLE, THIRD_ROLE, ROLE]);
  });

  test('update does not take a former role of ours for that of somebody else', async () => {
    await deploy(updateEvent(ID, { ...properties, RoleArn: OTHER_ROLE }, properties));
    expect(world.addon.state).toMatchObject({ roleArn: ROLE });
    expect(world.addon.state!.earlierRoleArn).toBeUndefined();
  });

  test('delete gives it back what it had, whatever the node roles allow', async () => {
    await deploy(createEvent(properties));
    world.lackingRoles = world.nodeRoles;
    const restarts = world.kubernetes.deleted.length;
    await deploy(deleteEvent(ID, properties));
    expect(world.addon.state).toMatchObject({ status: 'ACTIVE', roleArn: OTHER_ROLE });
    expect(world.addon.state!.earlierRoleArn).toBeUndefined();
    expect(world.kubernetes.deleted).toHaveLength(restarts);
  });

  test('delete succeeds when the cluster, or the add-on, is gone', async () => {
    await deploy(createEvent(properties));
    world.addon.state = undefined;
    expect(await deploy(deleteEvent(ID, properties))).toEqual({ IsComplete: true, invocations: 1 });
    world.clusters.clear();
    expect(await deploy(deleteEvent(ID, properties))).toEqual({ IsComplete: true, invocations: 1 });
  });

  test('delete fails when the update does', async () => {
    await deploy(createEvent(properties));
    world.addon.failure = { status: 'Failed', errors: [] };
    await expect(deploy(deleteEvent(ID, properties))).rejects.toThrow(`update update-2 of add-on vpc-cni of cluster blue to ${OTHER_ROLE} ended Failed`);
    world.addon.failure = undefined;
    expect(await deploy(deleteEvent(ID, properties))).toEqual({ IsComplete: true, invocations: 1 });
  });
});

describe('between deployments', () => {
  test('an add-on with a role comes: it gets ours, and its own back', async () => {
    await deploy(createEvent(properties));
    world.addon.install({ roleArn: OTHER_ROLE });
    await deploy(updateEvent(ID, withSts, properties));
    expect(world.addon.state).toMatchObject({ roleArn: ROLE, earlierRoleArn: OTHER_ROLE });
    await deploy(deleteEvent(ID, properties));
    expect(world.addon.state).toMatchObject({ roleArn: OTHER_ROLE });
  });

  test('the add-on goes, and nothing is left to do for it', async () => {
    world.addon.install({ roleArn: OTHER_ROLE });
    await deploy(createEvent(properties));
    world.addon.state = undefined;
    world.addon.calls.length = 0;
    await deploy(updateEvent(ID, withSts, properties));
    await deploy(deleteEvent(ID, properties));
    expect(world.addon.calls).toEqual([]);
  });

  test('the add-on is given our role by somebody: on delete it has none', async () => {
    await deploy(createEvent(properties));
    world.addon.install({ roleArn: ROLE });
    await deploy(deleteEvent(ID, properties));
    expect(world.addon.state).toMatchObject({ status: 'ACTIVE', roleArn: undefined });
  });
});
