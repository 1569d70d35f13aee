import { CloudFormationClient, DescribeStackEventsCommand } from '@aws-sdk/client-cloudformation';
import { EKSClient, ListAccessEntriesCommand } from '@aws-sdk/client-eks';
import type { AwsAuthSettings } from './aws-auth.app';
import { Deployment, expectAll } from './deployment';
import { LocalStack } from '../../local-stack/local-stack';
import { recordDeployed } from '../compatibility/compatibility-table';

const NODES = 3;
const SETTINGS: AwsAuthSettings = { stackName: 'ConfigMap', clusterName: 'owned', module: 'aws-eks' };
const DEPLOYED = 'deploy: every container has the role, and the functions their access by aws-auth';
const REMOVED: AwsAuthSettings = { ...SETTINGS, removed: true };

let stack: LocalStack;
let deployment: Deployment;
let role: string;

beforeAll(async () => {
  stack = await LocalStack.start('aws-auth', [{ name: 'owned', ipFamily: 'ipv4', nodes: NODES, owned: true }]);
  deployment = new Deployment(stack, SETTINGS, 'npx tsx test/e2e/aws-auth.app.ts');
}, 45 * 60_000);

afterAll(async () => stack?.stop());

test(DEPLOYED, async () => {
  role = (await deployment.deploy()).RoleArn;
  expectAll(await deployment.pods(), NODES, { role });
  const mapRoles = await deployment.cluster.kubectl('-n', 'kube-system', 'get', 'configmap', 'aws-auth', '-o', 'jsonpath={.data.mapRoles}');
  expect(JSON.parse(mapRoles)).toEqual([expect.objectContaining({ rolearn: expect.stringContaining('VpcCniAwsNodeAccess') })]);
  // That of the cluster's creator is EKS's own.
  const { accessEntries } = await deployment.client(EKSClient).send(new ListAccessEntriesCommand({ clusterName: 'owned' })).catch(() => ({ accessEntries: [] }));
  expect(accessEntries).toEqual([]);
  recordDeployed({ area: 'Cluster object', kind: 'aws-eks, owned, IPv4, aws-auth', test: `aws-auth.e2e.test.ts: ${DEPLOYED}` });
});

test('the construct is removed from the stack: the functions are refused, and the pods keep their role', async () => {
  const { exitCode } = await deployment.tryToDeploy(REMOVED);
  expect(exitCode).toBe(0);
  const { StackEvents } = await deployment.client(CloudFormationClient).send(new DescribeStackEventsCommand({ StackName: SETTINGS.stackName }));
  const failed = StackEvents!.filter(({ ResourceStatus, ResourceType }) => ResourceStatus === 'DELETE_FAILED' && ResourceType === 'Custom::AwsNodeGuard');
  expect(failed.map(({ ResourceStatusReason }) => ResourceStatusReason)).toEqual([
    expect.stringContaining("401, the cluster does not know this function's role"),
  ]);
  expectAll(await deployment.pods(), NODES, { role });
  expect(await deployment.roleExists(role)).toBe(true);
  expect(await deployment.assumeRole(role)).toContain(':assumed-role/');
});
