import * as fc from 'fast-check';
import type { Moment } from './fake-role-policies';
import { NodeRoleWorld, properties, role } from './node-role-world';
import { CNI_POLICY, IPV6_POLICY, WORKER_POLICY, allow, customerPolicy, inlinePolicy } from './policies';
import type { IsCompleteEvent } from '../../../lib/handlers/node-role-policies/node-role-policies-handler';
import { silenceLog } from '../aws-node/world';
import { createEvent, deleteEvent, updateEvent } from '../shared/events';

const WIDER = customerPolicy('wider', allow('ec2:AssignIpv6Addresses', 's3:*'));
const OTHER = customerPolicy('other', allow('ec2:AssignIpv6Addresses'));
const ATTACHABLE = [CNI_POLICY, IPV6_POLICY, WORKER_POLICY, WIDER, OTHER];
const NAMES = ['a', 'b', 'c'];

interface Story {
  /** What each role has attached. */
  readonly attached: readonly (readonly string[])[];
  readonly ipFamily: 'ipv4' | 'ipv6';
  /** `nodeRoles`, from one deployment to the next. */
  readonly lists: readonly (readonly string[])[];
  /** In the first invocation of each, and of the deletion at last. */
  readonly kills: readonly { readonly position: number; readonly moment: Moment }[];
  readonly denied: boolean;
}

const story: fc.Arbitrary<Story> = fc.record({
  attached: fc.array(fc.subarray(ATTACHABLE.map(({ arn }) => arn)), { minLength: NAMES.length, maxLength: NAMES.length }),
  ipFamily: fc.constantFrom('ipv4', 'ipv6'),
  lists: fc.array(fc.subarray(NAMES, { minLength: 1 }), { minLength: 1, maxLength: 3 }),
  kills: fc.array(fc.record({ position: fc.integer({ min: 1, max: 40 }), moment: fc.constantFrom<Moment>('before', 'after') }), { minLength: 4, maxLength: 4 }),
  denied: fc.boolean(),
});

beforeEach(() => { silenceLog(); });

function worldOf({ attached, ipFamily }: Story): NodeRoleWorld {
  const world = new NodeRoleWorld();
  [WIDER, OTHER].forEach(policy => world.iam.addPolicy(policy));
  NAMES.forEach((name, index) => world.iam.addRole(role(name), { attached: [...attached[index]], inline: [inlinePolicy('own', allow('ec2:*'))], tags: { team: 'net' } }));
  world.ipFamily = ipFamily;
  return world;
}

/** With the times left out, which differ with what was in between. */
function stateOf(world: NodeRoleWorld): object {
  return JSON.parse(JSON.stringify(world.iam.state()).replaceAll(/ 20\d\d-[\d:.TZ-]+/g, ''));
}

async function invoke(world: NodeRoleWorld, event: IsCompleteEvent, kill?: Story['kills'][number]): Promise<boolean> {
  if (kill) {
    world.iam.dieAt(world.iam.calls.length + kill.position, kill.moment);
  }
  try {
    await world.handler.isComplete(event);
    return true;
  } catch {
    return false;
  } finally {
    world.iam.revive();
  }
}

/** One after the other, each invoked again for as long as it fails; what was killed can put nothing back. */
async function deploy(world: NodeRoleWorld, { lists, kills }: Story, killed: boolean): Promise<void> {
  for (const [index, list] of lists.entries()) {
    const now = properties(...list);
    const event = await world.begin(index === 0 ? createEvent(now) : updateEvent('id', properties(...lists[index - 1]), now));
    if (killed) {
      await invoke(world, event, kills[index]);
    }
    expect(await invoke(world, event)).toBe(true);
    world.clock.advance(1_000);
  }
}

async function destroy(world: NodeRoleWorld, list: readonly string[], kill?: Story['kills'][number]): Promise<void> {
  const event = await world.begin(deleteEvent('id', properties(...list)));
  await invoke(world, event, kill);
  expect(await invoke(world, event)).toBe(true);
}

test('what is killed at any call and run again ends as if it had not been, and deletion restores all', async () => {
  await fc.assert(fc.asyncProperty(story, async given => {
    const [straight, killed] = [worldOf(given), worldOf(given)];
    const before = stateOf(killed);
    await deploy(straight, given, false);
    await deploy(killed, given, true);
    expect(stateOf(killed)).toEqual(stateOf(straight));
    await destroy(killed, given.lists.at(-1)!, given.kills.at(-1));
    expect(stateOf(killed)).toEqual(before);
  }), { numRuns: 300 });
});

test('a creation that is killed at any call, or denied, and deleted leaves all as it was', async () => {
  await fc.assert(fc.asyncProperty(story, async given => {
    const world = worldOf(given);
    const before = stateOf(world);
    if (given.denied) {
      world.denials.push({ pod: 'aws-node-x', action: 'ec2:CreateTags', at: world.clock.now() + 10_000 });
    }
    await invoke(world, await world.begin(createEvent(properties(...given.lists[0]))), given.kills[0]);
    await destroy(world, given.lists[0], given.kills[1]);
    expect(stateOf(world)).toEqual(before);
  }), { numRuns: 300 });
});

test('an update that fails and is rolled back leaves all as it was before it', async () => {
  await fc.assert(fc.asyncProperty(story, async given => {
    const world = worldOf(given);
    const [first, second] = [given.lists[0], given.lists.at(-1)!].map(list => properties(...list));
    await deploy(world, { ...given, lists: [given.lists[0]] }, false);
    const before = stateOf(world);
    await invoke(world, await world.begin(updateEvent('id', first, second)), given.kills[0]);
    world.clock.advance(1_000);
    const rollback = await world.begin(updateEvent('id', second, first));
    await invoke(world, rollback, given.kills[1]);
    expect(await invoke(world, rollback)).toBe(true);
    expect(stateOf(world)).toEqual(before);
  }), { numRuns: 300 });
});

test('no policy is ever off a role that does not remember it', async () => {
  await fc.assert(fc.asyncProperty(story, async given => {
    const world = worldOf(given);
    const before = world.iam.state();
    await invoke(world, await world.begin(createEvent(properties(...given.lists[0]))), given.kills[0]);
    for (const [arn, { attached, tags }] of Object.entries(world.iam.state())) {
      const missing = before[arn].attached.filter(policy => !attached.includes(policy));
      const remembered = Object.values(tags).map(value => value.split(' ')[0]);
      expect(missing.filter(policy => !remembered.includes(policy))).toEqual([]);
    }
  }), { numRuns: 300 });
});
