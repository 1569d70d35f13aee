import { EKSClient, ListAccessEntriesCommand } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { Deployment, type Outputs, type State, expectAll } from './deployment';
import { DocumentedShell } from './documented-shell';
import { createForeignRole, restartUntil } from './foreign-role';
import { NodeRole, type NodeRoleState } from './node-role';
import { ManagedAddon } from '../../local-stack/aws/managed-addon';
import { LocalStack } from '../../local-stack/local-stack';
import { blocksFor, pages } from '../documented-commands';

const NODES = 3;
/** The pages that are about the IPv6 cluster. */
const IPV6 = ['docs/ipv6.md'];

let stack: LocalStack;
let four: Deployment;
let six: Deployment;
let nodeRole: NodeRole;
let nodeRoleBefore: NodeRoleState;
let before: State;
let names: Readonly<Record<string, string>>;

beforeAll(async () => {
  stack = await LocalStack.start('documentation', [
    { name: 'my-cluster', ipFamily: 'ipv4', nodes: NODES },
    { name: 'my-ipv6-cluster', ipFamily: 'ipv6', nodes: NODES },
  ]);
  four = new Deployment(stack, { stackName: 'VpcCniAddonRole', clusterName: 'my-cluster', module: 'aws-eks-v2' }, 'npx tsx examples/managed-addon-cluster.ts');
  six = new Deployment(stack, { stackName: 'VpcCniIpv6Role', clusterName: 'my-ipv6-cluster', module: 'aws-eks' }, 'npx tsx examples/imported-ipv6-cluster.ts');
  const iam = new IAMClient(stack.aws.clientConfig);
  const serviceAccountRoleArn = await createForeignRole(iam, 'foreign');
  await new ManagedAddon(stack.aws, 'my-cluster').install({ serviceAccountRoleArn });
  await restartUntil(four, ({ containers }) => containers.every(({ role }) => role === serviceAccountRoleArn));
  nodeRole = new NodeRole(iam, stack.aws.nodeRole('my-cluster').roleName);
  nodeRoleBefore = await nodeRole.state();
  before = await four.state();
  const deployed = await four.deploy();
  await six.deploy();
  names = await namesOf(deployed);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

/** What stands for the words in capitals. */
async function namesOf({ RoleArn }: Pick<Outputs, 'RoleArn'>): Promise<Record<string, string>> {
  const [{ id }] = await new ManagedAddon(stack.aws, 'my-cluster').updates();
  const { accessEntries } = await new EKSClient(stack.aws.clientConfig).send(new ListAccessEntriesCommand({ clusterName: 'my-cluster' }));
  const [{ name: pod }] = await four.pods();
  return {
    CLUSTER: 'my-cluster',
    STACK: 'VpcCniAddonRole',
    ID: id!,
    VPC: 'vpc-1',
    ARN: `arn:aws:iam::111122223333:oidc-provider/${four.cluster.issuer.slice('https://'.length)}`,
    ROLE: RoleArn.split('/').pop()!,
    ROLE_ARN: RoleArn,
    NODE_ROLE: nodeRole.name,
    FUNCTION_ROLE_ARN: accessEntries!.find(arn => arn.includes('AwsNodeAccess'))!,
    GROUP: 'group',
    ACTION: 'ec2:AssignPrivateIpAddresses',
    POLICY_ARN: 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy',
    KEY: Object.keys((await nodeRole.state()).tags)[0],
    POD: pod,
    NODE: four.cluster.nodeNames[0],
    CONTAINER: 'aws-node',
    VARIABLE: 'AWS_ROLE_ARN',
  };
}

/** One page sets variables instead, one is about another role than that of the plugin. */
function namesFor(page: string): Readonly<Record<string, string>> {
  switch (page) {
    case 'docs/guide.md': return {};
    case 'docs/node-roles.md': return { ...names, ROLE: nodeRole.name };
    default: return names;
  }
}

test.each(pages().filter(page => blocksFor('deployed', page).length > 0))('the commands of %s, as they are written', async page => {
  const shell = await DocumentedShell.open(stack, IPV6.includes(page) ? 'my-ipv6-cluster' : 'my-cluster');
  await shell.run(blocksFor('deployed', page), namesFor(page));
});

test('the node role has its policy again by hand, and the construct goes as ever', async () => {
  expect(await nodeRole.state()).toEqual(nodeRoleBefore);
  await four.destroy();
  expectAll(await four.pods(), NODES, { role: 'arn:aws:iam::111122223333:role/foreign' });
  expect(await nodeRole.state()).toEqual(nodeRoleBefore);
  const { providers, policies, roles, functions, logGroups } = before;
  expect(await four.state()).toMatchObject({ serviceAccount: before.serviceAccount, daemonSet: before.daemonSet, addon: before.addon });
  await six.destroy();
  expect(await six.state()).toMatchObject({ providers, policies, roles, functions, logGroups });
});

test.each(pages().filter(page => blocksFor('later', page).length > 0))('the remedies of %s', async page => {
  const shell = await DocumentedShell.open(stack, 'my-cluster');
  await shell.run(blocksFor('later', page), { ...namesFor(page), FUNCTION_ROLE_ARN: 'arn:aws:iam::111122223333:role/foreign' });
});
