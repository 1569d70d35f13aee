import { GetPolicyCommand, GetPolicyVersionCommand, IAMClient } from '@aws-sdk/client-iam';
import { Deployment, type Outputs, type State, expectAll } from './deployment';
import { LocalStack } from '../../local-stack/local-stack';
import { recordDeployed } from '../compatibility/compatibility-table';

const NODES = 3;

let stack: LocalStack;
let deployment: Deployment;
let before: State;
let outputs: Outputs;

beforeAll(async () => {
  stack = await LocalStack.start('private', [{ name: 'four', ipFamily: 'ipv4', nodes: NODES }]);
  deployment = new Deployment(stack, { stackName: 'Private', clusterName: 'four', module: 'aws-eks-v2', policy: 'scopedToCluster', vpc: true });
}, 45 * 60_000);

afterAll(async () => stack?.stop());

test('a plugin that does not know its cluster is refused, with the command that tells it', async () => {
  const uids = await deployment.podUids();
  const { exitCode, stdout, stderr } = await deployment.tryToDeploy();
  expect(exitCode).toBe(1);
  const [, command] = /must set CLUSTER_NAME=four in container aws-node, got: nothing; .*run: kubectl ([^(]+) \(/.exec(stdout + stderr)!;
  expect(await deployment.podUids()).toEqual(uids);
  await deployment.destroy();
  await deployment.cluster.kubectl(...command.split(' '));
  await deployment.cluster.kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/aws-node');
  before = await deployment.state();
});

test('deploy: every container has the role', async () => {
  outputs = await deployment.deploy();
  expectAll(await deployment.pods(), NODES, { role: outputs.RoleArn });
});

test('the policy names this cluster and its VPC', async () => {
  const iam = deployment.client(IAMClient);
  const { Policy } = await iam.send(new GetPolicyCommand({ PolicyArn: outputs.PolicyArn }));
  const { PolicyVersion } = await iam.send(new GetPolicyVersionCommand({ PolicyArn: outputs.PolicyArn, VersionId: Policy!.DefaultVersionId }));
  const { Statement } = JSON.parse(decodeURIComponent(PolicyVersion!.Document!)) as { Statement: { Condition?: unknown }[] };
  expect(Statement.map(({ Condition }) => Condition).filter(Boolean)).toEqual([
    { StringEquals: { 'aws:RequestTag/cluster.k8s.amazonaws.com/name': 'four' } },
    { ArnEquals: { 'ec2:Vpc': expect.stringMatching(/^arn:aws:ec2:\*:\*:vpc\/vpc-\w+$/) } },
    { StringEquals: { 'aws:ResourceTag/cluster.k8s.amazonaws.com/name': 'four' } },
    { StringEquals: { 'aws:ResourceTag/kubernetes.io/cluster/four': 'owned' } },
  ]);
});

test('destroy: all is as it was', async () => {
  await deployment.destroy();
  expectAll(await deployment.pods(), NODES, { role: undefined });
  expect(await deployment.state()).toEqual(before);
  recordDeployed({ area: 'Policy', kind: 'CniPolicy.scopedToCluster(), imported by name', test: 'private-cluster.e2e.test.ts: destroy: all is as it was' });
});
