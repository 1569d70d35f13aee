import { setTimeout as sleep } from 'node:timers/promises';
import { CreateNodegroupCommand, DeleteNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import type { AppSettings } from './app';
import { AssembledDeployment, type Change } from './assembled-deployment';
import { type State, expectAll } from './deployment';
import { CustomerPolicy, NodeRole, type NodeRoleState } from './node-role';
import { Stories } from './stories';
import type { AwsNodePod } from '../../local-stack/aws-node-pods';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import { LocalStack } from '../../local-stack/local-stack';

const NODES = 3;
const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const NODE_ROLE_POLICIES = 'Custom::NodeRolePolicies';
const TAG = /^cdk-vpc-cni-service-account-role:detached:[0-9a-f]{8}:[0-9a-f]{8}$/;

const stories = new Stories();
let stack: LocalStack;
let iam: IAMClient;
let eks: EKSClient;

beforeAll(async () => {
  stack = await LocalStack.start('node roles', [
    { name: 'groups', ipFamily: 'ipv4', nodes: NODES },
    { name: 'given', ipFamily: 'ipv6', nodes: NODES },
    { name: 'failing', ipFamily: 'ipv4', nodes: NODES },
  ]);
  iam = new IAMClient(stack.aws.clientConfig);
  eks = new EKSClient(stack.aws.clientConfig);
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

/** The role that the local stack has given the nodes of a cluster. */
const ofCluster = (name: string) => new NodeRole(iam, stack.aws.nodeRole(name).roleName);

const summaryIn = ({ output }: Change) => /\.RolloutSummary = (.*)/.exec(output)![1];

/** Without the policies, but with their names and when they were detached. */
function expectDetached(state: NodeRoleState, before: NodeRoleState, ...policyArns: readonly string[]): void {
  expect(state.attached).toEqual(before.attached.filter(arn => !policyArns.includes(arn)));
  expect(state.inline).toEqual(before.inline);
  expect(Object.keys(state.tags)).toEqual(policyArns.map(() => expect.stringMatching(TAG)));
  expect(Object.values(state.tags).map(value => value.split(' ')[0]).sort()).toEqual([...policyArns].sort());
  Object.values(state.tags).forEach(value => expect(value).toMatch(/ 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/));
}

/** What the pods carried when the policy was first seen to be off. */
async function podsOnceDetached(deployment: AssembledDeployment, role: NodeRole): Promise<AwsNodePod[]> {
  for (const deadline = Date.now() + 10 * 60_000; (await role.state()).attached.includes(CNI_POLICY); await sleep(200)) {
    if (Date.now() > deadline) {
      throw new Error(`${role.name} still has ${CNI_POLICY}`);
    }
  }
  return deployment.pods();
}

/** As the plugin does when EC2 refuses it a call. */
async function tellOfDenial(cluster: KubernetesCluster, pod: string, action: string): Promise<void> {
  await cluster.apply(JSON.stringify({
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { namespace: 'kube-system', name: `${pod}.${Date.now()}` },
    involvedObject: { kind: 'Pod', namespace: 'kube-system', name: pod },
    type: 'Warning',
    reason: 'MissingIAMPermissions',
    action,
    message: `Unauthorized operation: failed to call ${action} due to missing permissions.`,
    eventTime: new Date().toISOString().replace('Z', '000Z'),
    reportingComponent: 'aws-node',
    reportingInstance: `aws-node-${pod}`,
  }));
}

describe('managed node groups of an IPv4 cluster', () => {
  const settings: Partial<AppSettings> = { nodeRoles: 'managedNodegroups' };
  let deployment: AssembledDeployment;
  let before: State;
  let roles: readonly [first: NodeRole, second: NodeRole, other: NodeRole];
  let rolesBefore: NodeRoleState[];

  const statesOfRoles = () => Promise.all(roles.map(role => role.state()));

  stories.tell('node groups', {
    'create: their roles lose the policy once every pod was verified, and remember it': async () => {
      deployment = new AssembledDeployment(stack, { stackName: 'Groups', clusterName: 'groups', module: 'aws-eks-v2' });
      roles = [ofCluster('groups'), await new NodeRole(iam, 'Groups-second').create(CNI_POLICY), await new NodeRole(iam, 'Groups-other').create(CNI_POLICY)];
      await eks.send(new CreateNodegroupCommand({ clusterName: 'groups', nodegroupName: 'second', nodeRole: roles[1].arn, subnets: ['subnet-1'] }));
      before = await deployment.state();
      rolesBefore = await statesOfRoles();

      const deployed = deployment.change('deploy', settings);
      const role = await podsOnceDetached(deployment, roles[0]).then(pods => pods[0].containers[0].role);
      expectAll(await deployment.pods(), NODES, { role });
      expect(role).toContain(':role/Groups-');
      const change = await deployed;
      expect(change.status).toBe('CREATE_COMPLETE');
      expect(summaryIn(change)).toMatch(/^restarted 3 and verified 3 aws-node pods .* in \d+ s; detached AmazonEKS_CNI_Policy from 2 node roles$/);
      const [first, second, other] = await statesOfRoles();
      expectDetached(first, rolesBefore[0], CNI_POLICY);
      expectDetached(second, rolesBefore[1], CNI_POLICY);
      expect(other).toEqual(rolesBefore[2]);
      expect(await deployment.resource(NODE_ROLE_POLICIES)).toBe(Object.keys(first.tags)[0].replace(/:\w+$/, ''));
    },

    'deploy again: nothing is changed': async () => {
      const states = await statesOfRoles();
      expect((await deployment.change('deploy', settings)).output).toContain('(no changes)');
      expect(await statesOfRoles()).toEqual(states);
    },

    'another name for the role: the pods move, the node roles stay as they are': async () => {
      const states = await statesOfRoles();
      expect((await deployment.change('deploy', { ...settings, roleName: 'Groups-renamed' })).status).toBe('UPDATE_COMPLETE');
      expectAll(await deployment.pods(), NODES, { role: 'arn:aws:iam::111122223333:role/Groups-renamed' });
      expect(await statesOfRoles()).toEqual(states);
    },

    'delete: every role has the policy again, also that of a node group that is gone, and all is as it was': async () => {
      await eks.send(new DeleteNodegroupCommand({ clusterName: 'groups', nodegroupName: 'second' }));
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expect(await statesOfRoles()).toEqual(rolesBefore);
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      await Promise.all([roles[1].delete(), roles[2].delete()]);
    },
  });
});

describe('given roles of an IPv6 cluster', () => {
  let deployment: AssembledDeployment;
  let before: State;
  let roles: readonly [nodes: NodeRole, wide: NodeRole];
  let rolesBefore: NodeRoleState[];
  let ipv6Policy: string;
  let wider: CustomerPolicy;

  const statesOfRoles = () => Promise.all(roles.map(role => role.state()));
  const given = (...arns: readonly string[]): Partial<AppSettings> => ({ nodeRoles: arns });

  stories.tell('given roles', {
    'create: they lose the customer\'s policy; a wider one and an inline one are left and named': async () => {
      deployment = new AssembledDeployment(stack, { stackName: 'Given', clusterName: 'given', module: 'aws-eks' });
      ipv6Policy = stack.aws.nodeRole('given').policyArn;
      wider = await new CustomerPolicy(iam, 'Given-wider').create('ec2:AssignIpv6Addresses', 'ec2:RunInstances');
      roles = [ofCluster('given'), await new NodeRole(iam, 'Given-wide').create(ipv6Policy, CNI_POLICY, wider.arn)];
      await roles[1].putInlinePolicy('own', 'ec2:Assign*');
      before = await deployment.state();
      rolesBefore = await statesOfRoles();

      const change = await deployment.change('deploy', given(...roles.map(({ arn }) => arn)));
      expect(change.status).toBe('CREATE_COMPLETE');
      const [nodes, wide] = await statesOfRoles();
      expectDetached(nodes, rolesBefore[0], ipv6Policy);
      expectDetached(wide, rolesBefore[1], ipv6Policy, CNI_POLICY);
      const summary = summaryIn(change);
      expect(summary).toContain('AmazonEKS_CNI_IPv6_Policy from 2 node roles');
      expect(summary).toContain('AmazonEKS_CNI_Policy from 1 node role');
      expect(summary).toContain('left attached: Given-wider of Given-wide (allows ec2:RunInstances, too), own of Given-wide (inline)');
    },

    'a role is taken out: it has its policies again, every pod was verified before, and nothing is waited for': async () => {
      const [nodes] = await statesOfRoles();
      const change = await deployment.change('deploy', given(roles[0].arn));
      expect(change.status).toBe('UPDATE_COMPLETE');
      expect(await statesOfRoles()).toEqual([nodes, rolesBefore[1]]);
      expect(summaryIn(change)).toMatch(/^restarted 0 and verified 3 aws-node pods .*; detached AmazonEKS_CNI_IPv6_Policy from 1 node role$/);
    },

    'a role that does not exist: named, and nothing has changed': async () => {
      const [states, state] = [await statesOfRoles(), await deployment.state()];
      const nowhere = 'arn:aws:iam::111122223333:role/Given-nowhere';
      const { exitCode, failure, status } = await deployment.change('deploy', given(roles[1].arn, nowhere));
      expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'UPDATE_ROLLBACK_COMPLETE' });
      expect(failure).toContain(`node roles of cluster given do not exist in this account: ${nowhere}. `);
      expect(failure).toContain('Nothing is detached by this deployment');
      expect(await statesOfRoles()).toEqual(states);
      expect(await deployment.state()).toEqual(state);
    },

    'from given roles to none: they have their policies again': async () => {
      expect((await deployment.change('deploy')).status).toBe('UPDATE_COMPLETE');
      expect(await statesOfRoles()).toEqual(rolesBefore);
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      await roles[1].delete();
      await wider.delete();
    },
  });
});

describe('what goes wrong', () => {
  let deployment: AssembledDeployment;
  let before: State;
  let role: NodeRole;
  let roleBefore: NodeRoleState;

  const settings = (): Partial<AppSettings> => ({ nodeRoles: [role.arn] });

  async function expectAsBefore({ exitCode, status }: Change): Promise<void> {
    expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'ROLLBACK_COMPLETE' });
    expect(await role.state()).toEqual(roleBefore);
    expectAll(await deployment.pods(), NODES, {});
    expect(await deployment.state()).toEqual(before);
  }

  stories.tell('on create', {
    'a role that does not exist: named, nothing is detached, all is rolled back': async () => {
      deployment = new AssembledDeployment(stack, { stackName: 'Failing', clusterName: 'failing', module: 'aws-eks-v2' });
      role = ofCluster('failing');
      before = await deployment.state();
      roleBefore = await role.state();
      const nowhere = role.arn.replace(':role/', ':role/elsewhere/');
      const change = await deployment.change('deploy', { nodeRoles: [role.arn, nowhere] });
      expect(change.failure).toContain(`node roles of cluster failing do not exist in this account: ${nowhere}. `);
      await expectAsBefore(change);
    },

    'the plugin is refused a call: all is attached again, and the failure names the action': async () => {
      const deployed = deployment.change('deploy', settings());
      const [{ name }] = await podsOnceDetached(deployment, role);
      await tellOfDenial(deployment.cluster, name, 'ec2:AssignPrivateIpAddresses');
      const change = await deployed;
      expect(change.failure).toContain(
        'aws-node of cluster failing was denied what it needs (event MissingIAMPermissions) once the policies were off the node roles: '
        + `ec2:AssignPrivateIpAddresses on pod ${name}. `);
      expect(change.failure).toContain(`What this deployment had detached is attached again: AmazonEKS_CNI_Policy to ${role.name}`);
      await expectAsBefore(change);
    },

    'the function is killed after it has detached: the rollback attaches again': async () => {
      const happened = deployment.fail({
        resource: NODE_ROLE_POLICIES, request: 'Create', handler: 'index.isComplete', kind: 'kill', after: 'detached a policy from a node role',
      });
      const change = await deployment.change('deploy', settings());
      expect(happened()).toBe(true);
      await expectAsBefore(change);
    },

    'a resource after ours fails: the rollback attaches again before the pods are moved off the role': async () => {
      const change = await deployment.change('deploy', { ...settings(), failing: true });
      expect(change.failure).toContain('No cluster found for name: no-such-cluster');
      await expectAsBefore(change);
    },
  });
});
