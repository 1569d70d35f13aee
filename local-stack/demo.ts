import { IAMClient, ListAttachedRolePoliciesCommand } from '@aws-sdk/client-iam';
import { ManagedAddon } from './aws/managed-addon';
import { type AwsNodePod, awsNodePods } from './aws-node-pods';
import { bundleHandlers } from './bundle-handlers';
import { LocalStack } from './local-stack';
import { checkPrerequisites } from './prerequisites';

interface Scene {
  readonly cluster: string;
  readonly ipFamily: 'ipv4' | 'ipv6';
  readonly nodes: number;
  readonly app: string;
  /** Whether the plugin is the managed add-on, with a role of its own, and the policy comes off the roles of the nodes. */
  readonly hasAddon?: boolean;
}

/** What a deletion has to bring back. */
interface Before {
  readonly role?: string;
  readonly policies: string;
}

const SCENES: readonly Scene[] = [
  { cluster: 'my-cluster', ipFamily: 'ipv4', nodes: 10, app: 'npx tsx examples/imported-cluster.ts' },
  { cluster: 'my-ipv6-cluster', ipFamily: 'ipv6', nodes: 3, app: 'npx tsx examples/imported-ipv6-cluster.ts' },
  { cluster: 'my-addon-cluster', ipFamily: 'ipv4', nodes: 3, app: 'npx tsx examples/managed-addon-cluster.ts', hasAddon: true },
];

async function demo(isKept: boolean): Promise<void> {
  checkPrerequisites();
  bundleHandlers();
  const stack = await LocalStack.start(
    'The main job: an IAM role of its own for the Amazon VPC CNI plugin of an EKS cluster, on a local stack',
    SCENES.map(({ cluster: name, ipFamily, nodes }) => ({ name, ipFamily, nodes })));
  stack.onCdkLine = line => {
    if (/_COMPLETE|_FAILED|^(✅|❌|Outputs:)/.test(line)) {
      console.log(`           ${line}`);
    }
  };
  try {
    const before = new Map<Scene, Before>();
    for (const scene of SCENES) {
      before.set(scene, await deploy(stack, scene));
    }
    if (isKept) {
      await lookAround(stack);
    }
    for (const scene of SCENES) {
      await destroy(stack, scene, before.get(scene)!);
    }
    stack.progress.step('the demo has shown all that it should');
  } finally {
    await stack.stop();
  }
}

async function deploy(stack: LocalStack, { cluster, nodes, app, hasAddon }: Scene): Promise<Before> {
  const before = { role: hasAddon ? await installAddon(stack, cluster) : undefined, policies: await nodePolicies(stack, cluster) };
  show(`${cluster} before`, await check(stack, cluster, nodes, role => role === before.role));
  await showAccount(stack, cluster, hasAddon);
  const outputs = succeed(await stack.cdk('deploy', app, '-c', `clusterName=${cluster}`));
  const role = /RoleArn = (\S+)/.exec(outputs)?.[1];
  const summary = /RolloutSummary = (.+)/.exec(outputs)?.[1];
  show(`${cluster} after cdk deploy`, await check(stack, cluster, nodes, found => found !== undefined && found === role));
  await showAccount(stack, cluster, hasAddon);
  if (hasAddon && (await nodePolicies(stack, cluster)).includes('CNI')) {
    throw new Error(`the policy is still on the role of the nodes of ${cluster}; logs: ${stack.logDirectory}`);
  }
  stack.progress.step(`${cluster}: ${summary}`);
  return before;
}

async function destroy(stack: LocalStack, { cluster, nodes, app, hasAddon }: Scene, before: Before): Promise<void> {
  succeed(await stack.cdk('destroy', app, '-c', `clusterName=${cluster}`));
  show(`${cluster} after cdk destroy`, await check(stack, cluster, nodes, role => role === before.role));
  await showAccount(stack, cluster, hasAddon);
  if (await nodePolicies(stack, cluster) !== before.policies) {
    throw new Error(`the role of the nodes of ${cluster} has not the policies that it had; logs: ${stack.logDirectory}`);
  }
}

/** @returns the role that its pods then have */
async function installAddon(stack: LocalStack, cluster: string): Promise<string> {
  const role = await stack.aws.createPluginRole(`vpc-cni-addon-of-${cluster}`, stack.cluster(cluster).issuer);
  await new ManagedAddon(stack.aws, cluster).install({ serviceAccountRoleArn: role });
  const isRight = ({ ready, containers }: AwsNodePod) => ready && containers.every(container => container.role === role);
  // The cache of the webhook may lag behind the annotation.
  while (!(await awsNodePods(stack.cluster(cluster))).every(isRight)) {
    await stack.cluster(cluster).kubectl('-n', 'kube-system', 'rollout', 'restart', 'daemonset/aws-node');
    await stack.cluster(cluster).kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/aws-node');
  }
  return role;
}

async function nodePolicies(stack: LocalStack, cluster: string): Promise<string> {
  const { roleName: RoleName } = stack.aws.nodeRole(cluster);
  const { AttachedPolicies } = await new IAMClient(stack.aws.clientConfig).send(new ListAttachedRolePoliciesCommand({ RoleName }));
  return AttachedPolicies!.map(({ PolicyName }) => PolicyName).sort().join(', ');
}

async function showAccount(stack: LocalStack, cluster: string, hasAddon = false): Promise<void> {
  const rows = [['policies of the node role', await nodePolicies(stack, cluster) || '-']];
  if (hasAddon) {
    rows.push(['role of the vpc-cni add-on', (await new ManagedAddon(stack.aws, cluster).role())?.split('/').pop() ?? '-']);
  }
  printTable(rows);
  console.log();
}

/** Reads the pods with kubectl; a pod that is not as it should be ends the demo. */
async function check(stack: LocalStack, cluster: string, nodes: number, isRight: (role?: string) => boolean): Promise<AwsNodePod[]> {
  const pods = await awsNodePods(stack.cluster(cluster));
  const wrong = pods.filter(({ ready, containers }) => !ready || containers.length !== 3 || !containers.every(({ role }) => isRight(role)));
  if (pods.length !== nodes || wrong.length > 0) {
    show(`${cluster}: ${pods.length} of ${nodes} pods, ${wrong.length} of them not as they should be`, pods);
    throw new Error(`the pods of ${cluster} are not as they should be; logs: ${stack.logDirectory}`);
  }
  return pods;
}

function succeed({ exitCode, stdout, stderr }: { exitCode: number; stdout: string; stderr: string }): string {
  if (exitCode !== 0) {
    throw new Error(`cdk ended with ${exitCode}:\n${stdout}\n${stderr}`);
  }
  return `${stdout}\n${stderr}`;
}

function show(title: string, pods: readonly AwsNodePod[]): void {
  console.log(`\n${title}`);
  const rows = pods.map(({ name, node, ready, containers }) => [
    name,
    node.split('.')[0],
    ready ? 'yes' : 'no',
    ...containers.map(({ role, stsEndpoints }) => `${role?.split('/').pop() ?? '-'}${stsEndpoints ? ` (STS ${stsEndpoints})` : ''}`),
  ]);
  printTable([['pod', 'node', 'ready', ...pods[0]?.containers.map(({ name }) => name) ?? []], ...rows]);
  console.log();
}

function printTable(rows: readonly string[][]): void {
  const widths = rows[0].map((_, column) => Math.max(...rows.map(row => row[column].length)));
  rows.forEach(row => console.log(`  ${row.map((cell, column) => cell.padEnd(widths[column])).join('  ')}`.trimEnd()));
}

async function lookAround(stack: LocalStack): Promise<void> {
  const { AWS_ENDPOINT_URL, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_REGION } = stack.aws.environment;
  console.log('Look around, in another terminal:');
  for (const { cluster } of SCENES) {
    console.log(`  ${stack.kubectl} --kubeconfig ${stack.cluster(cluster).kubeconfig} -n kube-system get pods,serviceaccount/aws-node -o yaml   # ${cluster}`);
  }
  console.log(`  export AWS_ENDPOINT_URL=${AWS_ENDPOINT_URL} AWS_ACCESS_KEY_ID=${AWS_ACCESS_KEY_ID} AWS_SECRET_ACCESS_KEY=${AWS_SECRET_ACCESS_KEY} AWS_REGION=${AWS_REGION}`);
  console.log('  aws iam list-roles; aws cloudformation describe-stacks');
  console.log(`  ls ${stack.logDirectory}`);
  console.log('Enter goes on with cdk destroy; Ctrl-C ends everything at once.');
  await new Promise(resolve => process.stdin.once('data', resolve).once('end', resolve));
  process.stdin.pause();
}

demo(process.argv.includes('--keep')).catch((error: Error) => {
  console.error(`\n${error.message}`);
  process.exitCode = 1;
});
