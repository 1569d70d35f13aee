import { OTHER_ROLE, ROLE } from './builders';
import { World, silenceLog } from './world';
import type { AddonGoal } from '../../../lib/handlers/aws-node/addon-decision';
import { AddonRole } from '../../../lib/handlers/aws-node/addon-role';

const ARN = 'arn:aws:eks:eu-west-1:111122223333:addon/blue/vpc-cni/1a2b';
const VERSION = 'v1.23.2-eksbuild.1';
const ours: AddonGoal = { kind: 'ours', roleArn: ROLE };
const earlier: AddonGoal = { kind: 'earlier', roleArn: ROLE };

let world: World;
let logged: ReturnType<typeof silenceLog>;
let startedAt: number;

beforeEach(() => {
  world = new World();
  logged = silenceLog();
  startedAt = world.clock.now();
});

/** One invocation. */
async function reach(goal: AddonGoal, timeoutSeconds = 1800): Promise<boolean> {
  return new AddonRole(world.ports, { clusterName: 'blue', goal, startedAt, timeoutSeconds }).reach();
}

const elapsed = () => world.clock.now() - startedAt;

test('asks once where there is nothing to do', async () => {
  expect(await reach(ours)).toBe(true);
  expect([world.addon.calls, elapsed(), logged]).toEqual([[], 0, []]);
});

test('remembers the earlier role, updates the add-on, waits for the end', async () => {
  world.addon.install({ roleArn: OTHER_ROLE, configurationValues: '{"env":{}}' });
  expect(await reach(ours)).toBe(true);
  expect(world.addon.state).toMatchObject({ status: 'ACTIVE', roleArn: ROLE, earlierRoleArn: OTHER_ROLE });
  expect(world.addon.calls).toEqual([
    ['rememberRole', ARN, OTHER_ROLE],
    ['update', VERSION, '{"env":{}}', ROLE],
    ...Array.from({ length: 5 }, () => ['describeUpdate', 'update-1']),
  ]);
  expect(elapsed()).toBe(10_000);
  expect(logged).toEqual([
    { message: 'remembered the role of the add-on as a tag on it', addon: ARN, earlierRole: OTHER_ROLE },
    { message: 'the role of the add-on is updated', addon: ARN, from: OTHER_ROLE, to: ROLE, updateId: 'update-1' },
    { message: 'waits for the add-on', addon: ARN, status: 'UPDATING', updateId: 'update-1', elapsedSeconds: 2 },
    { message: 'waits for the add-on', addon: ARN, status: 'UPDATING', updateId: 'update-1', elapsedSeconds: 8 },
  ]);
});

test('gives the earlier role back, and forgets it', async () => {
  world.addon.install({ roleArn: ROLE, earlierRoleArn: OTHER_ROLE });
  expect(await reach(earlier)).toBe(true);
  expect(world.addon.state).toMatchObject({ status: 'ACTIVE', roleArn: OTHER_ROLE, earlierRoleArn: undefined });
  expect(world.addon.calls.filter(([call]) => call !== 'describeUpdate')).toEqual([['update', VERSION, undefined, OTHER_ROLE], ['forgetRole', ARN]]);
  expect(logged.at(-1)).toEqual({ message: 'the add-on has the role again that it had before', addon: ARN, roleArn: OTHER_ROLE });
});

test('waits first for what somebody else does', async () => {
  world.addon.install({ roleArn: OTHER_ROLE });
  await world.addon.start('blue', 'arn:aws:iam::111122223333:role/third');
  expect(await reach(ours)).toBe(true);
  expect(world.addon.state).toMatchObject({ roleArn: ROLE, earlierRoleArn: 'arn:aws:iam::111122223333:role/third' });
  expect(world.addon.calls.filter(([call]) => call !== 'describeUpdate')).toEqual([
    ['findUpdate'],
    ['rememberRole', ARN, 'arn:aws:iam::111122223333:role/third'],
    ['update', VERSION, undefined, ROLE],
  ]);
  expect(logged[0]).toEqual({ message: 'waits for the add-on', addon: ARN, status: 'UPDATING', updateId: 'update-1', elapsedSeconds: 0 });
});

test('waits for an update that somebody else starts first', async () => {
  world.addon.install({ roleArn: OTHER_ROLE, earlierRoleArn: OTHER_ROLE });
  const { describe } = world.addon;
  jest.spyOn(world.addon, 'describe').mockImplementationOnce(async name => {
    const seen = await describe.call(world.addon, name);
    await world.addon.start('blue', undefined);
    return seen;
  });
  expect(await reach(ours)).toBe(true);
  // the add-on has no role any more: EKS does not own the annotation
  expect(world.addon.state).toMatchObject({ status: 'ACTIVE', roleArn: undefined });
  expect(world.addon.calls.filter(([call]) => call !== 'describeUpdate')).toEqual([['update', VERSION, undefined, ROLE], ['findUpdate']]);
});

test('looks for the update that is under way once only', async () => {
  world.addon.install({ roleArn: OTHER_ROLE, status: 'CREATING' });
  world.clock.onAdvance(250, () => {
    if (elapsed() >= 20_000) world.addon.state = { ...world.addon.state!, status: 'ACTIVE', roleArn: undefined };
  });
  expect(await reach(ours)).toBe(true);
  expect(world.addon.calls).toEqual([['findUpdate']]);
  expect(elapsed()).toBe(20_000);
});

test('hands over, and is taken over where it stands', async () => {
  world.addon.install({ roleArn: OTHER_ROLE });
  world.addon.updateMs = 130_000;
  expect(await reach(ours)).toBe(false);
  expect(elapsed()).toBe(120_000);
  world.addon.calls.length = 0;
  expect(await reach(ours)).toBe(true);
  expect(elapsed()).toBe(130_000);
  expect(world.addon.calls.filter(([call]) => call !== 'describeUpdate')).toEqual([['findUpdate']]);
});

describe('an update of ours that fails', () => {
  beforeEach(() => {
    world.addon.install({ roleArn: OTHER_ROLE });
    world.addon.failure = { status: 'Failed', errors: [{ code: 'ConfigurationConflict', message: 'Conflicts found', resourceIds: [] }] };
  });

  test('fails', async () => {
    await expect(reach(ours)).rejects.toThrow(`update update-1 of add-on vpc-cni of cluster blue to ${ROLE} ended Failed: ConfigurationConflict: Conflicts found. `);
    expect(elapsed()).toBe(10_000);
  });

  test('fails also where an invocation before this one has started it', async () => {
    await world.addon.start('blue', ROLE);
    await expect(reach(ours)).rejects.toThrow(`update update-1 of add-on vpc-cni of cluster blue to ${ROLE} ended Failed`);
    expect(world.addon.calls.filter(([call]) => call !== 'describeUpdate')).toEqual([['findUpdate']]);
  });
});

test('gives up in time for CloudFormation to hear why', async () => {
  world.addon.install({ roleArn: OTHER_ROLE, status: 'UPDATING' });
  await expect(reach(ours, 60)).rejects.toThrow('add-on vpc-cni of cluster blue is still UPDATING after 58 s');
  expect(elapsed()).toBe(58_000);
});

describe.each<[string, AddonGoal, object, object]>([
  ['towards ours', ours, { roleArn: OTHER_ROLE }, { roleArn: ROLE, earlierRoleArn: OTHER_ROLE }],
  ['towards the earlier role', earlier, { roleArn: ROLE, earlierRoleArn: OTHER_ROLE }, { roleArn: OTHER_ROLE, earlierRoleArn: undefined }],
])('killed on the way %s', (_, goal, before, end) => {
  test.each([1, 2, 3, 4, 5, 6, 7].flatMap(nth => [[nth, 'before'], [nth, 'after']] as const))('at call %d, %s it is made, and run again, it ends the same', async (nth, when) => {
    world.addon.install(before);
    let calls = 0;
    for (const call of ['rememberRole', 'update', 'describeUpdate', 'findUpdate', 'forgetRole'] as const) {
      const real = world.addon[call].bind(world.addon) as (...args: unknown[]) => Promise<unknown>;
      jest.spyOn(world.addon, call).mockImplementation((async (...args: unknown[]) => {
        const isLast = ++calls === nth;
        const answer = isLast && when === 'before' ? undefined : await real(...args);
        if (isLast) {
          throw new Error('killed');
        }
        return answer;
      }) as never);
    }
    await expect(reach(goal)).rejects.toThrow('killed');
    world.clock.advance(1_000);
    expect(await reach(goal)).toBe(true);
    expect(world.addon.state).toMatchObject({ status: 'ACTIVE', ...end });
    expect(world.addon.calls.filter(([call]) => call === 'update')).toHaveLength(1);
  });
});
