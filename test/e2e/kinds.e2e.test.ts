import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import type { V1DaemonSet } from '@kubernetes/client-node';
import { AssembledDeployment, type Change } from './assembled-deployment';
import { type State, expectAll, outputsIn } from './deployment';
import { InvariantSampler, checkVerdict, underWatch } from './invariant-sampler';
import type { KindSettings } from './kinds.app';
import { Stories } from './stories';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import { LocalStack } from '../../local-stack/local-stack';
import { type KindRow, recordDeployed } from '../compatibility/compatibility-table';

const NODES = 2;
const NO_NODE = 'restarted and verified no aws-node pods: no node is to run one';
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';

const stories = new Stories();
let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start('kinds of clusters', [
    { name: 'mixed', ipFamily: 'ipv4', nodes: NODES },
    { name: 'fargate', ipFamily: 'ipv6', nodes: 0 },
    { name: 'new', ipFamily: 'ipv4', nodes: 0, owned: true },
    { name: 'new-v1', ipFamily: 'ipv4', nodes: 0, owned: true },
    { name: 'plain', ipFamily: 'ipv4', nodes: NODES },
    { name: 'kept', ipFamily: 'ipv4', nodes: NODES },
  ]);
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

function deploymentOf(kind: KindSettings['kind'], settings: Omit<KindSettings, 'kind' | 'module'>): AssembledDeployment {
  const all: KindSettings = { kind, module: 'aws-eks-v2', ...settings };
  return new AssembledDeployment(stack, all, 'test/e2e/kinds.app.ts');
}

function record(area: KindRow['area'], kind: string, title: string): void {
  recordDeployed({ area, kind, test: `kinds.e2e.test.ts: ${title}` });
}

function outputsOf({ exitCode, output }: Change): Record<string, string> {
  if (exitCode !== 0) {
    throw new Error(`cdk deploy ended with ${exitCode}:\n${output}`);
  }
  return outputsIn(output);
}

async function desired(cluster: KubernetesCluster): Promise<number | undefined> {
  const { status } = await cluster.kubectlJson<V1DaemonSet>('-n', 'kube-system', 'get', 'daemonset', 'aws-node');
  return status?.desiredNumberScheduled;
}

/** Their first pods are right: none is replaced. */
async function join(cluster: KubernetesCluster): Promise<void> {
  const sampler = await InvariantSampler.start(cluster, stack.aws);
  await cluster.addNodes(NODES);
  await cluster.waitForAwsNode();
  const verdict = await sampler.stop();
  checkVerdict(verdict);
  expect(verdict.restartedNodes).toEqual([]);
}

/** As after EKS has deleted the node group, which goes first, and the control plane has collected the pods of its nodes. */
async function withoutNodes(cluster: KubernetesCluster): Promise<void> {
  await Promise.all([...cluster.nodeNames].map(async name => cluster.removeNode(name)));
  await cluster.kubectl('-n', 'kube-system', 'delete', 'pods', '-l', 'k8s-app=aws-node', '--force', '--grace-period=0');
}

stories.tell('two constructs in one stack, for a mixed and for a Fargate cluster', (() => {
  let deployment: AssembledDeployment;
  let second: AssembledDeployment;
  let before: [State, State];
  let roles: string[];

  const states = async (): Promise<[State, State]> => [await deployment.state(), await second.state()];
  const change = async (command: 'deploy' | 'destroy', settings = {}) =>
    underWatch(second.cluster, stack.aws, async () => deployment.change(command, settings));

  return {
    'deploy: ordinary nodes alone run the plugin, and carry the role': async () => {
      deployment = deploymentOf('two clusters', { stackName: 'Two', clusterName: 'mixed', secondClusterName: 'fargate' });
      second = deploymentOf('two clusters', { stackName: 'Two', clusterName: 'fargate' });
      await stack.aws.updateCluster('mixed', { autoMode: true });
      for (const kind of ['auto', 'fargate', 'hybrid', 'windows'] as const) {
        await deployment.cluster.addNodeWithoutPlugin(kind);
      }
      await second.cluster.addNodeWithoutPlugin('fargate');
      before = await states();

      const outputs = outputsOf(await change('deploy'));
      roles = [outputs.VpcCniRoleArn, outputs.SecondRoleArn];
      expect(outputs.VpcCniRolloutSummary).toMatch(/^restarted 2 and verified 2 aws-node pods \(3 containers each\) on 2 nodes in \d+ s$/);
      expect(outputs.SecondRolloutSummary).toEqual(NO_NODE);
      expectAll(await deployment.pods(), NODES, { role: roles[0] });
      expectAll(await second.pods(), 0, {});
      expect([await desired(deployment.cluster), await desired(second.cluster)]).toEqual([NODES, 0]);
      expect((await second.annotations())[ROLE_ANNOTATION]).toEqual(roles[1]);
      const title = 'deploy: ordinary nodes alone run the plugin, and carry the role';
      record('Nodes', 'Auto Mode, mixed with ordinary nodes', title);
      record('Nodes', 'Fargate only', title);
      record('Nodes', 'Fargate, hybrid and Windows nodes beside ordinary ones', title);
    },

    'nodes join: their pods carry the role from the start, and a later deployment restarts none': async () => {
      await join(second.cluster);
      expectAll(await second.pods(), NODES, { role: roles[1] });
      const uids = [await deployment.podUids(), await second.podUids()];
      const { VpcCniRolloutSummary, SecondRolloutSummary } = outputsOf(await change('deploy', { rolloutTimeoutMinutes: 11 }));
      for (const summary of [VpcCniRolloutSummary, SecondRolloutSummary]) {
        expect(summary).toMatch(/^restarted 0 and verified 2 aws-node pods \(3 containers each\) on 2 nodes/);
      }
      expect([await deployment.podUids(), await second.podUids()]).toEqual(uids);
      record('Nodes', 'none, then nodes join', 'nodes join: their pods carry the role from the start, and a later deployment restarts none');
    },

    'destroy: both clusters are as they were': async () => {
      expect(await change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, {});
      expectAll(await second.pods(), NODES, {});
      expect(await states()).toEqual(before);
      record('App', 'two constructs for two clusters in one stack', 'destroy: both clusters are as they were');
      record('App', 'with all feature flags of a new app', 'destroy: both clusters are as they were');
    },
  };
})());

/** Without the log groups that CDK leaves of its own functions, for a cluster or for kubectl: ours have no name of Lambda's. */
async function left(deployment: AssembledDeployment): Promise<State> {
  const state = await deployment.state();
  return { ...state, logGroups: state.logGroups.filter(name => !name.startsWith('/aws/lambda/')) };
}

/** Of the resources of these types in a stack, in which order they were created. */
async function created(stackName: string, ...types: string[]): Promise<(string | undefined)[]> {
  const { StackEvents } = await new CloudFormationClient(stack.aws.clientConfig).send(new DescribeStackEventsCommand({ StackName: stackName }));
  const complete = StackEvents!.filter(({ ResourceStatus, ResourceType }) => ResourceStatus === 'CREATE_COMPLETE' && types.includes(ResourceType!));
  return complete.map(({ ResourceType }) => ResourceType).reverse();
}

describe.each(['aws-eks', 'aws-eks-v2'] as const)('%s', module => {
  const stackName = { 'aws-eks': 'NewV1', 'aws-eks-v2': 'NewClusterWithVpcCniRole' }[module];
  let deployment: AssembledDeployment;
  let before: State;

  stories.tell(`a new ${module} cluster, with its node group after the construct`, {
    'deploy: the role is there before the node group, and nodes come up with it': async () => {
      deployment = module === 'aws-eks'
        ? deploymentOf('new aws-eks cluster', { stackName, clusterName: 'new-v1' })
        : new AssembledDeployment(stack, { stackName, clusterName: 'new', module }, 'examples/new-cluster.ts');
      before = await deployment.state();
      const { VpcCniRoleArn, VpcCniRolloutSummary, RoleArn = VpcCniRoleArn, RolloutSummary = VpcCniRolloutSummary } = outputsOf(await deployment.change('deploy'));
      expect(RolloutSummary).toEqual(NO_NODE);
      expect(await created(stackName, 'Custom::AwsNodeRollout', 'AWS::EKS::Nodegroup')).toEqual(['Custom::AwsNodeRollout', 'AWS::EKS::Nodegroup']);
      await join(deployment.cluster);
      expectAll(await deployment.pods(), NODES, { role: RoleArn });
      record('App', `with a new ${module} cluster, before its node groups`, 'deploy: the role is there before the node group, and nodes come up with it');
    },

    'destroy: all is as it was': async () => {
      await withoutNodes(deployment.cluster);
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expect(await left(deployment)).toEqual(before);
      if (module === 'aws-eks') {
        record('Cluster object', 'aws-eks, owned, IPv4, access entry', 'destroy: all is as it was');
      }
    },
  });
});

/** Deployed and destroyed one after the other on one cluster. */
const APPS: Readonly<Partial<Record<KindSettings['kind'], [area: KindRow['area'], kind: string]>>> = {
  'nested stack': ['App', 'in a nested stack, aws-eks-v2 imported cluster in the parent'],
  'imported with kubectl': ['Cluster object', 'aws-eks-v2, imported with kubectl, family read at deployment, access entry'],
};

stories.tell('an app after the other', Object.fromEntries(Object.entries(APPS).map(([kind, [area, row]]) => [
  `${kind}: deployed and destroyed, and all is as it was`,
  async () => {
    const deployment = deploymentOf(kind as KindSettings['kind'], { stackName: kind.replaceAll(' ', '-'), clusterName: 'plain' });
    const before = await deployment.state();
    const [, role] = Object.entries(outputsOf(await deployment.change('deploy'))).find(([name]) => name.endsWith('RoleArn'))!;
    expectAll(await deployment.pods(), NODES, { role });
    expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
    expectAll(await deployment.pods(), NODES, {});
    expect(await left(deployment)).toEqual(before);
    record(area, row, `${kind}: deployed and destroyed, and all is as it was`);
  },
])));

stories.tell('RemovalPolicies.of(it).retain()', (() => {
  let role: string;
  let uids: string[];

  return {
    'destroy: role and annotation stay, and no pod is restarted': async () => {
      const deployment = deploymentOf('retained', { stackName: 'Retained', clusterName: 'kept' });
      role = outputsOf(await deployment.change('deploy')).VpcCniRoleArn;
      uids = await deployment.podUids();
      const policies = await deployment.policiesOf(role);
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, { role });
      expect(await deployment.podUids()).toEqual(uids);
      expect((await deployment.annotations())[ROLE_ANNOTATION]).toEqual(role);
      expect(await deployment.policiesOf(role)).toEqual(policies);
      await expect(deployment.assumeRole(role)).resolves.toContain(':assumed-role/');
      record('App', 'with RemovalPolicies.of(it).retain()', 'destroy: role and annotation stay, and no pod is restarted');
    },

    'another stack takes over, and gives the role back that had stayed': async () => {
      const deployment = deploymentOf('imported by name', { stackName: 'Later', clusterName: 'kept' });
      // As the refusal says for one that was not destroyed.
      await deployment.annotate('cdk-vpc-cni-service-account-role/owner-');
      const { VpcCniRoleArn } = outputsOf(await deployment.change('deploy'));
      expectAll(await deployment.pods(), NODES, { role: VpcCniRoleArn });
      expect(VpcCniRoleArn).not.toEqual(role);
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, { role });
    },
  };
})());
