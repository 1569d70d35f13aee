import { ROLE } from './builders';
import { World, silenceLog } from './world';
import type { AddonState } from '../../../lib/handlers/aws-node/addon';
import { NodeRolesCheck } from '../../../lib/handlers/aws-node/node-roles-check';
import type { AwsNodeRolloutProperties } from '../../../lib/handlers/aws-node/resource-properties';
import { ROLE_ANNOTATION } from '../../../lib/private/annotations';
import { aCluster } from '../shared/cluster';

const properties: AwsNodeRolloutProperties = { ClusterName: 'blue', RoleArn: ROLE, RolloutTimeoutSeconds: '1800', GuardId: 'blue/kube-system/aws-node' };
const NODE = 'arn:aws:iam::111122223333:role/node';
const OTHER = 'arn:aws:iam::111122223333:role/other';
const INTERFACE = 'arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-00000000000000000';

let world: World;
let logged: ReturnType<typeof silenceLog>;

beforeEach(() => {
  world = new World();
  world.kubernetes.annotate({ [ROLE_ANNOTATION]: ROLE });
  world.withNodes(2);
  world.lackingRoles = [NODE];
  logged = silenceLog();
});

const check = (differences: Partial<AwsNodeRolloutProperties> = {}) => new NodeRolesCheck(world.ports).check({ ...properties, ...differences });

afterEach(() => {
  expect(world.kubernetes.openWatches).toBe(0);
  expect(world.kubernetes.patches).toEqual([]);
});

describe('stops', () => {
  test('with the role, the action and the policy of an IPv4 cluster', async () => {
    await expect(check()).rejects.toHaveProperty('message',
      `node roles of cluster blue do not allow ec2:AssignPrivateIpAddresses, without which aws-node gives no pod an address once it is off ${ROLE}: ${NODE}. `
      + 'Attach arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy to each (aws iam attach-role-policy), or, for one that no node has any more, '
      + 'delete its access entry (aws eks delete-access-entry --cluster-name blue). Nothing was changed; delete again once that is repaired');
    expect(world.simulations[0]).toEqual([NODE, 'ec2:AssignPrivateIpAddresses', INTERFACE]);
  });

  test('with the action and the policy of an IPv6 cluster', async () => {
    world.clusters.set('blue', aCluster({ ipFamily: 'ipv6' }));
    await expect(check()).rejects.toThrow(
      /do not allow ec2:AssignIpv6Addresses, .*Attach a policy that allows ec2:AssignIpv6Addresses \(AmazonEKS_CNI_IPv6_Policy of the EKS user guide\) to each/);
    expect(world.simulations[0]).toEqual([NODE, 'ec2:AssignIpv6Addresses', INTERFACE]);
  });

  test('with the names of another partition', async () => {
    world.clusters.set('blue', aCluster({ arn: 'arn:aws-cn:eks:cn-north-1:111122223333:cluster/blue' }));
    await expect(check()).rejects.toThrow('arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy');
    expect(world.simulations[0][2]).toBe('arn:aws-cn:ec2:cn-north-1:111122223333:network-interface/eni-00000000000000000');
  });

  test('with the roles that lack it alone', async () => {
    world.nodeRoles = [OTHER, NODE];
    await expect(check()).rejects.toThrow(`once it is off ${ROLE}: ${NODE}. `);
  });

  test('with three roles, and how many more', async () => {
    world.nodeRoles = world.lackingRoles = ['a', 'b', 'c', 'd', 'e'].map(name => `arn:aws:iam::111122223333:role/${name}`);
    await expect(check()).rejects.toThrow(/role\/a, \S+role\/b, \S+role\/c, and 2 more\. Attach/);
    world.nodeRoles = world.nodeRoles.slice(0, 3);
    await expect(check()).rejects.toThrow(/role\/a, \S+role\/b, \S+role\/c\. Attach/);
  });

  test.each<[string, Partial<AddonState> | undefined, Partial<AwsNodeRolloutProperties>]>([
    ['the service account had', undefined, { GuardId: `blue/kube-system/aws-node?role-arn=${encodeURIComponent(OTHER)}` }],
    ['the add-on had', { roleArn: ROLE, earlierRoleArn: OTHER }, {}],
  ])('for an earlier role that %s and that is gone', async (_, addon, differences) => {
    world.goneRoles = [OTHER];
    if (addon) world.addon.install(addon);
    await expect(check(differences)).rejects.toHaveProperty('message',
      `role ${OTHER}, which aws-node had before and goes back to, does not exist any more: pods that carry it would get no credentials. `
      + 'Make it again with the trust and the policies that it had (aws iam create-role); it can go once the construct is gone, and its annotation with it. '
      + 'Nothing was changed; delete again once that is repaired');
  });

  test('for a resource that an earlier version defined, which does not tell of an earlier role', async () => {
    await expect(check({ GuardId: undefined })).rejects.toThrow('do not allow');
  });

  test('for an id that tells nothing', async () => {
    await expect(check({ GuardId: 'none' })).rejects.toThrow('do not allow');
  });

  test.each<[string, Partial<AddonState>]>([
    ['without a role', {}],
    ['that remembers one and has none', { earlierRoleArn: OTHER }],
    ['with our role, which had none before', { roleArn: ROLE }],
  ])('for an add-on %s', async (_, addon) => {
    world.addon.install(addon);
    await expect(check()).rejects.toThrow('do not allow');
  });

  test('when the add-on cannot be described', async () => {
    jest.spyOn(world.addon, 'describe').mockRejectedValue(new Error('denied'));
    await expect(check()).rejects.toThrow('denied. Nothing was changed; delete again');
  });

  test('for a single pod that carries the role', async () => {
    world.kubernetes.annotate({ [ROLE_ANNOTATION]: null });
    const [pod] = await world.kubernetes.listPods();
    await world.kubernetes.deletePod(pod);
    world.clock.advance(60_000);
    expect((await world.roles()).filter(role => role === ROLE)).toHaveLength(1);
    await expect(check()).rejects.toThrow('do not allow');
  });

  test('when it has no access to the cluster, and says what to do', async () => {
    const cause = new Error('get daemonset failed: 401; see `kubernetesAccess`');
    jest.spyOn(world.kubernetes, 'getDaemonSet').mockRejectedValue(cause);
    await expect(check()).rejects.toThrow(expect.objectContaining({
      message: 'get daemonset failed: 401; see `kubernetesAccess`. Nothing was changed; delete again once that is repaired', cause,
    }));
  });

  test('when the cluster cannot be described', async () => {
    jest.spyOn(world.ports.clusters, 'describe').mockRejectedValue(new Error('denied'));
    await expect(check()).rejects.toThrow('denied. Nothing was changed; delete again');
  });
});

describe('goes on', () => {
  test('when every role allows it', async () => {
    world.lackingRoles = [];
    const start = world.clock.now();
    await check();
    expect(world.clock.now()).toBe(start);
    expect(logged).toEqual([{ message: 'the node roles allow what aws-node needs', roles: [NODE], action: 'ec2:AssignPrivateIpAddresses' }]);
  });

  test('once IAM knows of a repair of a moment ago', async () => {
    world.nodeRoles = [OTHER, NODE];
    world.clock.onAdvance(250, () => {
      if (world.simulations.length >= 4) world.lackingRoles = [];
    });
    await check();
    expect(world.simulations.map(([role]) => role)).toEqual([OTHER, NODE, OTHER, NODE, OTHER, NODE]);
  });

  test('without a look when there is an earlier role to go back to', async () => {
    await check({ GuardId: `blue/kube-system/aws-node?role-arn=${encodeURIComponent(OTHER)}` });
    expect(world.connectedTo).toEqual([]);
    expect(logged).toEqual([{ message: 'the node roles do not matter: aws-node goes back to the role it had before', earlierRole: OTHER }]);
  });

  test('without asking for an earlier role of another account', async () => {
    const foreign = 'arn:aws:iam::999999999999:role/other';
    world.goneRoles = [foreign];
    await check({ GuardId: `blue/kube-system/aws-node?role-arn=${encodeURIComponent(foreign)}` });
    expect(logged).toEqual([{ message: 'the node roles do not matter: aws-node goes back to the role it had before', earlierRole: foreign }]);
  });

  test('when the earlier role is gone, and so is the cluster', async () => {
    world.goneRoles = [OTHER];
    world.clusters.delete('blue');
    await check({ GuardId: `blue/kube-system/aws-node?role-arn=${encodeURIComponent(OTHER)}` });
    expect(logged).toEqual([{ message: 'the node roles do not matter: the cluster is gone', clusterName: 'blue' }]);
  });

  test.each<[string, Partial<AddonState>]>([
    ['the add-on remembers', { roleArn: ROLE, earlierRoleArn: OTHER }],
    ['the add-on has again', { roleArn: OTHER, earlierRoleArn: NODE }],
  ])('without a look when there is a role that %s', async (_, addon) => {
    world.addon.install(addon);
    await check();
    expect([world.connectedTo, world.simulations]).toEqual([[], []]);
    expect(logged).toEqual([{ message: 'the node roles do not matter: aws-node goes back to the role it had before', earlierRole: OTHER }]);
  });

  test('when the cluster is gone', async () => {
    world.clusters.clear();
    await check();
    expect(logged).toEqual([{ message: 'the node roles do not matter: the cluster is gone', clusterName: 'blue' }]);
  });

  test.each<[string, () => void]>([
    ['the DaemonSet is gone', () => { world.kubernetes.daemonSet = undefined; }],
    ['the service account is gone', () => { world.kubernetes.removeServiceAccount(); }],
    ['no pod is Ready', () => { world.kubernetes.silence('node-0'); world.kubernetes.silence('node-1'); world.clock.advance(60_000); }],
    ['there is no pod', () => { world.kubernetes.removeNode('node-0'); world.kubernetes.removeNode('node-1'); }],
  ])('when %s', async (_, change) => {
    change();
    await check();
    expect(world.simulations).toEqual([]);
    expect(logged).toEqual([{ message: 'the node roles do not matter: no Ready pod of aws-node carries the role', clusterName: 'blue', roleArn: ROLE }]);
  });

  test('when no pod carries the role', async () => {
    await check({ RoleArn: OTHER });
    expect(world.simulations).toEqual([]);
  });

  test('when no role can be seen, and says so', async () => {
    world.nodeRoles = [];
    await check();
    expect(logged).toEqual([{ message: 'no node role was found: neither a managed node group nor an access entry of type EC2_LINUX', clusterName: 'blue' }]);
  });
});
