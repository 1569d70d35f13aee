import { MANAGED, NodeRoleWorld, properties, role } from './node-role-world';
import { CNI_POLICY, IPV6_POLICY, WORKER_POLICY, allow, customerPolicy, inlinePolicy } from './policies';
import { silenceLog } from '../aws-node/world';
import { createEvent, deleteEvent, updateEvent } from '../shared/events';

const TAG = /^cdk-vpc-cni-service-account-role:detached:[0-9a-f]{8}:[0-9a-f]{8}$/;
const PHYSICAL_ID = expect.stringMatching(/^cdk-vpc-cni-service-account-role:detached:[0-9a-f]{8}$/);
const WORKER = 'AmazonEKSWorkerNodePolicy';
const CNI = 'AmazonEKS_CNI_Policy';
const AGAIN = 'What this deployment had detached is attached again';
const NOTHING = 'Nothing is detached by this deployment';

let world: NodeRoleWorld;
let logged: ReturnType<typeof silenceLog>;

beforeEach(() => {
  logged = silenceLog();
  world = new NodeRoleWorld();
});

const failure = async (work: Promise<unknown>) => work.then(() => 'did not fail', (error: Error) => error.message);

describe('onEvent', () => {
  test('only notes the time, under an id that stays', async () => {
    world.withNodeRoles('a');
    const { handler } = world;
    const Data = { StartedAt: '2026-11-24T10:00:00.123Z' };
    expect(await handler.onEvent(createEvent(properties('a')))).toEqual({ PhysicalResourceId: PHYSICAL_ID, Data });
    expect(await handler.onEvent(updateEvent('id', properties('a'), properties('b')))).toEqual({ PhysicalResourceId: 'id', Data });
    expect(await handler.onEvent(deleteEvent('id', properties('a')))).toEqual({ PhysicalResourceId: 'id', Data });
    expect(world.iam.calls).toEqual([]);
  });
});

describe('create', () => {
  test('detaches the policy from every role, after it has remembered it there', async () => {
    world.withNodeRoles('a', 'b');
    expect(await world.create(properties('a', 'b'))).toBe('detached AmazonEKS_CNI_Policy from 2 node roles');
    expect(world.attached()).toEqual({ a: [WORKER], b: [WORKER] });
    expect(world.changes()).toEqual([
      'tag a with TAG=AmazonEKS_CNI_Policy 2026-11-24T10:00:00.123Z', 'detach AmazonEKS_CNI_Policy from a',
      'tag b with TAG=AmazonEKS_CNI_Policy 2026-11-24T10:00:00.123Z', 'detach AmazonEKS_CNI_Policy from b',
    ]);
    for (const tags of world.tags()) {
      expect(Object.entries(tags)).toEqual([[expect.stringMatching(TAG), `${CNI_POLICY.arn} 2026-11-24T10:00:00.123Z`]]);
    }
    expect(logged).toEqual(['a', 'b'].map(name => ({
      message: 'detached a policy from a node role', roleArn: role(name), policyArn: CNI_POLICY.arn, tagKey: expect.stringMatching(TAG),
    })));
  });

  test('reads all before it changes any', async () => {
    world.withNodeRoles('a', 'b');
    await world.create(properties('a', 'b'));
    expect(world.iam.calls.slice(0, 4)).toEqual([`find ${role('a')}`, `find ${role('b')}`, `policiesOf ${role('a')}`, `policiesOf ${role('b')}`]);
  });

  test('looks for denials before it, and for 75 s after it', async () => {
    world.withNodeRoles('a');
    await world.create(properties('a'));
    expect(world.looks).toEqual([0, ...Array.from({ length: 16 }, (_, look) => look * 5)]);
  });

  test('takes a role without the policy for done, and does not wait', async () => {
    world.iam.addRole(role('a'), { attached: [WORKER_POLICY.arn] });
    expect(await world.create(properties('a'))).toBe('nothing to detach from 1 node role');
    expect(world.changes()).toEqual([]);
    expect(world.looks).toEqual([0]);
  });

  test('names what it leaves', async () => {
    const copy = world.iam.addPolicy(customerPolicy('copy', allow('ec2:AssignPrivateIpAddresses')));
    world.withNodeRoles('a');
    world.iam.addRole(role('b'), { attached: [CNI_POLICY.arn, copy], inline: [inlinePolicy('own', allow('ec2:*'))] });
    expect(await world.create(properties('a', 'b'))).toBe(
      'detached AmazonEKS_CNI_Policy from 2 node roles; left attached: copy of b (not AmazonEKS_CNI_Policy), own of b (inline)');
    expect(world.attached()).toEqual({ a: [WORKER], b: ['copy'] });
  });

  test('names no more than three', async () => {
    world.iam.addRole(role('a'), { inline: ['1', '2', '3', '4', '5'].map(name => inlinePolicy(name, allow('*'))) });
    expect(await world.create(properties('a'))).toBe('nothing to detach from 1 node role; left attached: 1 of a (inline), 2 of a (inline), 3 of a (inline), and 2 more');
  });

  test('detaches policies of the customer from nodes of an IPv6 cluster', async () => {
    world.ipFamily = 'ipv6';
    const wider = world.iam.addPolicy(customerPolicy('wider', allow('ec2:AssignIpv6Addresses', 'ec2:RunInstances')));
    world.iam.addRole(role('a'), { attached: [CNI_POLICY.arn, IPV6_POLICY.arn, wider] });
    world.iam.addRole(role('b'), { attached: [IPV6_POLICY.arn] });
    expect(await world.create(properties('a', 'b'))).toBe(
      'detached AmazonEKS_CNI_Policy from 1 node role, AmazonEKS_CNI_IPv6_Policy from 2 node roles; left attached: wider of a (allows ec2:RunInstances, too)');
    expect(world.attached()).toEqual({ a: ['wider'], b: [] });
    expect(world.tags().map(tags => Object.keys(tags).length)).toEqual([2, 1]);
  });

  test('takes the roles of the managed node groups', async () => {
    world.withNodeRoles('a', 'b', 'of-another-cluster').nodegroupRoles = [role('a'), role('b')];
    expect(await world.create(MANAGED)).toBe('detached AmazonEKS_CNI_Policy from 2 node roles');
    expect(world.attached()).toEqual({ 'a': [WORKER], 'b': [WORKER], 'of-another-cluster': [WORKER, CNI] });
  });

  test('of a cluster without managed node groups changes nothing', async () => {
    expect(await world.withNodeRoles('a').create(MANAGED)).toBe('nothing to detach from 0 node roles');
    expect(world.attached()).toEqual({ a: [WORKER, CNI] });
  });
});

describe('a role that does not exist', () => {
  test('is an error, and no other is touched', async () => {
    world.withNodeRoles('b');
    expect(await failure(world.create(properties('a', 'b', 'c')))).toBe(
      `node roles of cluster blue do not exist in this account: ${role('a')}, ${role('c')}. `
      + `Create them, or take them out of \`nodeRoles\` or of their node groups. ${NOTHING}`);
    expect(world.changes()).toEqual([]);
  });

  test('is waited for: IAM may not know it yet', async () => {
    const { clock } = world;
    jest.spyOn(clock, 'sleep').mockImplementationOnce(async milliseconds => {
      clock.advance(milliseconds);
      world.withNodeRoles('a');
    });
    expect(await world.create(properties('a'))).toBe('detached AmazonEKS_CNI_Policy from 1 node role');
  });
});

describe('a denial', () => {
  test('has all put back, and says what was denied', async () => {
    world.withNodeRoles('a', 'b');
    const at = world.clock.now() + 30_000;
    const denial = { pod: 'aws-node-x', action: 'ec2:CreateTags', at };
    world.denials.push(denial, denial, { pod: 'aws-node-y', action: 'ec2:DescribeTags', at });
    expect(await failure(world.create(properties('a', 'b')))).toBe(
      'aws-node of cluster blue was denied what it needs (event MissingIAMPermissions) once the policies were off the node roles: '
      + 'ec2:CreateTags on pod aws-node-x, ec2:DescribeTags on pod aws-node-y. Check that this pod carries the role in every container, and that the role\'s own policy allows the action. '
      + `${AGAIN}: AmazonEKS_CNI_Policy to a, AmazonEKS_CNI_Policy to b`);
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort(), b: [WORKER, CNI].sort() });
    expect(world.tags()).toEqual([{}, {}]);
    expect(world.looks.at(-1)).toBe(30);
    expect(world.changes().slice(4)).toEqual([
      'attach AmazonEKS_CNI_Policy to a', 'untag a of TAG', 'attach AmazonEKS_CNI_Policy to b', 'untag b of TAG',
    ]);
    expect(logged.slice(2)).toEqual(['a', 'b'].map(name => ({
      message: 'attached a policy to a node role again', roleArn: role(name), policyArn: CNI_POLICY.arn,
    })));
  });

  test('of before does not count, nor one that comes too late', async () => {
    world.withNodeRoles('a');
    world.denials.push(
      { pod: 'aws-node-x', action: 'ec2:CreateTags', at: world.clock.now() },
      { pod: 'aws-node-x', action: 'ec2:CreateTags', at: world.clock.now() + 75_001 });
    expect(await world.create(properties('a'))).toBe('detached AmazonEKS_CNI_Policy from 1 node role');
  });

  test('has only that put back which was detached by this change', async () => {
    world.withNodeRoles('a', 'b');
    await world.create(properties('a'));
    world.denials.push({ pod: 'aws-node-x', action: 'ec2:CreateTags', at: world.clock.now() + 1 });
    expect(await failure(world.update(properties('a'), properties('a', 'b')))).toContain(`${AGAIN}: AmazonEKS_CNI_Policy to b`);
    expect(world.attached()).toEqual({ a: [WORKER], b: [WORKER, CNI].sort() });
  });

  describe('where one role is changed well before another', () => {
    beforeEach(() => {
      world.withNodeRoles('a', 'b');
      const detach = world.iam.detach.bind(world.iam);
      jest.spyOn(world.iam, 'detach').mockImplementation(async (...args) => {
        await detach(...args);
        world.clock.advance(10_000);
      });
    });

    test('counts from the first', async () => {
      world.denials.push({ pod: 'aws-node-x', action: 'ec2:CreateTags', at: world.clock.now() + 5_000 });
      expect(await failure(world.create(properties('a', 'b')))).toContain(`${AGAIN}: AmazonEKS_CNI_Policy to a, AmazonEKS_CNI_Policy to b`);
    });

    test('is waited for until after the last', async () => {
      await world.create(properties('a', 'b'));
      expect(world.looks.at(-1)).toBe(85);
    });
  });

  test('that could not be seen stops everything before it begins', async () => {
    world.withNodeRoles('a').unreachable = true;
    expect(await failure(world.create(properties('a')))).toBe(`list events failed. ${NOTHING}`);
    expect(world.changes()).toEqual([]);
  });
});

describe('an invocation after one that has been killed', () => {
  test('waits for what is left of the time', async () => {
    world.withNodeRoles('a');
    const event = await world.begin(createEvent(properties('a')));
    jest.spyOn(world.clock, 'sleep').mockRejectedValueOnce(new Error('killed'));
    world.iam.refuse('attach');
    world.iam.refuse('untag');
    expect(await failure(world.complete(event))).toContain('killed');
    world.iam.allowAll();
    world.clock.advance(60_000);
    expect(await world.complete(event)).toBe('detached AmazonEKS_CNI_Policy from 1 node role');
    expect(world.looks).toEqual([0, 0, 60, 60, 65, 70, 75]);
  });

  test('looks once more if the time is over', async () => {
    world.withNodeRoles('a');
    const event = await world.begin(createEvent(properties('a')));
    await world.complete(event);
    world.clock.advance(60_000);
    world.denials.push({ pod: 'aws-node-x', action: 'ec2:CreateTags', at: world.clock.now() - 59_000 });
    expect(await failure(world.complete(event))).toContain(`${AGAIN}: AmazonEKS_CNI_Policy to a`);
  });
});

describe('a failure', () => {
  test('has put back what was detached by then', async () => {
    world.withNodeRoles('a', 'b');
    world.iam.refuse(`detach ${CNI_POLICY.arn} from ${role('b')}`);
    expect(await failure(world.create(properties('a', 'b')))).toBe(
      `refused: detach ${CNI_POLICY.arn} from ${role('b')}. ${AGAIN}: AmazonEKS_CNI_Policy to a, AmazonEKS_CNI_Policy to b`);
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort(), b: [WORKER, CNI].sort() });
    expect(world.tags()).toEqual([{}, {}]);
  });

  test('says what could not be put back, and deletion does it', async () => {
    world.withNodeRoles('a', 'b');
    world.iam.refuse('detach arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy from arn:aws:iam::111122223333:role/b');
    world.iam.refuse('attach arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy to arn:aws:iam::111122223333:role/a');
    expect(await failure(world.create(properties('a', 'b')))).toBe(
      `refused: detach ${CNI_POLICY.arn} from ${role('b')}. What this deployment had detached could not all be attached again: `
      + `refused: attach ${CNI_POLICY.arn} to ${role('a')}. Rolling back or deleting tries again once that is repaired`);
    expect(world.attached()).toEqual({ a: [WORKER], b: [WORKER, CNI].sort() });
    world.iam.allowAll();
    await world.delete(properties('a', 'b'));
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort(), b: [WORKER, CNI].sort() });
    expect(world.tags()).toEqual([{}, {}]);
  });

  test('of the managed node groups is undone on whatever role it has touched', async () => {
    world.withNodeRoles('a').nodegroupRoles = [role('a')];
    const event = await world.begin(createEvent(MANAGED));
    await world.complete(event);
    world.ipFamily = undefined;
    expect(await failure(world.complete(event))).toBe(
      `cluster blue does not exist in this account and region: check \`cluster\`. ${AGAIN}: AmazonEKS_CNI_Policy to a`);
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort() });
  });

  test('says so when the roles to undo it on cannot be found', async () => {
    world.ipFamily = undefined;
    world.iam.refuse('rolesOfInstances');
    expect(await failure(world.create(MANAGED))).toBe(
      'cluster blue does not exist in this account and region: check `cluster`. What this deployment had detached could not all be attached again: '
      + 'refused: rolesOfInstances. Rolling back or deleting tries again once that is repaired');
  });

  test('hands its cause on', async () => {
    world.ipFamily = undefined;
    await expect(world.create(properties())).rejects.toThrow(expect.objectContaining({ cause: expect.objectContaining({ name: 'ClusterNotFoundError' }) }));
  });
});

describe('update', () => {
  test('puts the policy back on a role that is taken out', async () => {
    world.withNodeRoles('a', 'b', 'c');
    await world.create(properties('a', 'b'));
    world.clock.advance(1_000);
    expect(await world.update(properties('a', 'b'), properties('b', 'c'))).toBe('detached AmazonEKS_CNI_Policy from 2 node roles');
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort(), b: [WORKER], c: [WORKER] });
    expect(world.tags().map(tags => Object.keys(tags).length)).toEqual([0, 1, 1]);
    expect(world.changes().slice(4)).toEqual([
      'attach AmazonEKS_CNI_Policy to a', 'untag a of TAG', 'tag c with TAG=AmazonEKS_CNI_Policy 2026-11-24T10:01:16.123Z', 'detach AmazonEKS_CNI_Policy from c',
    ]);
  });

  test('does not wait where it has detached nothing', async () => {
    world.withNodeRoles('a', 'b');
    await world.create(properties('a', 'b'));
    const looks = world.looks.length;
    world.clock.advance(1_000);
    await world.update(properties('a', 'b'), properties('a'));
    expect(world.looks).toHaveLength(looks + 1);
  });

  test('detaches again what somebody has attached since', async () => {
    world.withNodeRoles('a');
    await world.create(properties('a'));
    await world.iam.attach(role('a'), CNI_POLICY.arn);
    world.clock.advance(1_000);
    expect(await world.update(properties('a'), properties('a'))).toBe('detached AmazonEKS_CNI_Policy from 1 node role');
    expect(world.attached()).toEqual({ a: [WORKER] });
    expect(world.tags().map(tags => Object.values(tags))).toEqual([[`${CNI_POLICY.arn} 2026-11-24T10:01:16.123Z`]]);
  });

  test('does not count what somebody has attached since, and is not to be detached any more', async () => {
    world.ipFamily = 'ipv6';
    world.iam.addRole(role('a'), { attached: [IPV6_POLICY.arn] });
    await world.create(properties('a'));
    await world.iam.attach(role('a'), IPV6_POLICY.arn);
    world.iam.addPolicy({ ...IPV6_POLICY, statements: [allow('*')] });
    expect(await world.update(properties('a'), properties('a'))).toBe(
      'nothing to detach from 1 node role; left attached: AmazonEKS_CNI_IPv6_Policy of a (allows *, too)');
  });

  test('from managed node groups to given roles, and the other way round', async () => {
    world.withNodeRoles('a', 'b').nodegroupRoles = [role('a')];
    await world.create(MANAGED);
    await world.update(MANAGED, properties('b'));
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort(), b: [WORKER] });
    await world.update(properties('b'), MANAGED);
    expect(world.attached()).toEqual({ a: [WORKER], b: [WORKER, CNI].sort() });
  });

  test('of managed node groups lets roles go that have none any more', async () => {
    world.withNodeRoles('a', 'b').nodegroupRoles = [role('a')];
    await world.create(MANAGED);
    world.nodegroupRoles = [role('b')];
    await world.update(MANAGED, { ...MANAGED });
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort(), b: [WORKER] });
  });

  test('fails when a role that is taken out does not get its policy', async () => {
    world.withNodeRoles('a', 'b');
    await world.create(properties('a'));
    world.iam.refuse('attach');
    expect(await failure(world.update(properties('a'), properties('b')))).toBe(
      `policies cannot be attached to node roles again: refused: attach ${CNI_POLICY.arn} to ${role('a')}. `
      + `Repair that, or attach them yourself and remove the tags. ${NOTHING}`);
    expect(world.attached()).toEqual({ a: [WORKER], b: [WORKER, CNI] });
  });
});

describe('delete', () => {
  test('puts back what was detached, and nothing else', async () => {
    world.withNodeRoles('a');
    world.iam.addRole(role('b'), { attached: [WORKER_POLICY.arn], tags: { team: 'net' } });
    const before = world.iam.state();
    await world.create(properties('a', 'b'));
    expect(world.iam.state()).not.toEqual(before);
    await world.delete(properties('a', 'b'));
    expect(world.iam.state()).toEqual(before);
  });

  test('needs no cluster, and no role', async () => {
    world.withNodeRoles('a', 'b');
    await world.create(properties('a', 'b'));
    world.ipFamily = undefined;
    world.iam.roles.delete(role('a'));
    await world.delete(properties('a', 'b'));
    expect(world.attached()).toEqual({ b: [WORKER, CNI].sort() });
  });

  test('finds the roles of node groups that are gone', async () => {
    world.withNodeRoles('a', 'b').nodegroupRoles = [role('a')];
    world.iam.addRole(role('function'), { forInstances: false });
    await world.create(MANAGED);
    world.nodegroupRoles = [];
    await world.delete(MANAGED);
    expect(world.attached()).toEqual({ a: [WORKER, CNI].sort(), b: [WORKER, CNI].sort(), function: [] });
    expect(world.iam.calls.filter(call => call === `find ${role('function')}`)).toEqual([]);
  });

  test('forgets a policy that is gone', async () => {
    world.withNodeRoles('a');
    await world.create(properties('a'));
    world.iam.policies.delete(CNI_POLICY.arn);
    await world.delete(properties('a'));
    expect(world.tags()).toEqual([{}]);
    expect(logged.at(-1)).toEqual({
      message: 'forgot a policy that is gone, or was detached from a role that is', roleArn: role('a'), policyArn: CNI_POLICY.arn,
    });
  });

  test('tries every role, and names those that fail', async () => {
    world.withNodeRoles('a', 'b', 'c');
    await world.create(properties('a', 'b', 'c'));
    world.iam.refuse(`find ${role('a')}`);
    world.iam.refuse(`untag ${role('b')}`);
    const tag = Object.keys(world.tags()[0])[0];
    expect(await failure(world.delete(properties('a', 'b', 'c')))).toBe(
      `policies cannot be attached to node roles again: refused: find ${role('a')}; refused: untag ${role('b')} of ${tag}. `
      + 'Repair that, or attach them yourself and remove the tags');
    expect(world.attached()).toEqual({ a: [WORKER], b: [WORKER, CNI].sort(), c: [WORKER, CNI].sort() });
    world.iam.allowAll();
    await world.delete(properties('a', 'b', 'c'));
    expect(world.tags()).toEqual([{}, {}, {}]);
  });
});
