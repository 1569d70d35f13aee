import { EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import type { AppSettings } from './app';
import { Deployment, type State, expectAll } from './deployment';
import { LocalStack } from '../../local-stack/local-stack';
import { recordDeployed } from '../compatibility/compatibility-table';

const NODES = 3;
/** The functions that an owned cluster comes with. */
const LEFT_BY_CDK = /^\/aws\/lambda\/ClusterWithVpcCniRole-(ClusterKubectlProvider|CustomAWSCDK)/;

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start('examples', [
    { name: 'four', ipFamily: 'ipv4', nodes: NODES },
    { name: 'six', ipFamily: 'ipv6', nodes: NODES },
    { name: 'owned', ipFamily: 'ipv4', nodes: NODES, owned: true },
  ]);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

interface Example {
  readonly example: string;
  readonly settings: AppSettings;
  readonly role: RegExp;
  readonly policy: string;
  readonly stsEndpoints?: string;
  /** Of docs/compatibility.md, if no other test deploys it. */
  readonly kind?: string;
}

const EXAMPLES: readonly Example[] = [
  {
    example: 'imported-cluster',
    settings: { stackName: 'VpcCniRole', clusterName: 'four', module: 'aws-eks-v2' },
    role: /^arn:aws:iam::111122223333:role\/VpcCniRole-/,
    policy: 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy',
  },
  {
    example: 'imported-ipv6-cluster',
    settings: { stackName: 'VpcCniIpv6Role', clusterName: 'six', module: 'aws-eks' },
    role: /^arn:aws:iam::111122223333:role\/AmazonEKSVPCCNIRole$/,
    policy: 'arn:aws:iam::111122223333:policy/',
    stsEndpoints: 'regional',
  },
  {
    example: 'owned-cluster',
    settings: { stackName: 'ClusterWithVpcCniRole', clusterName: 'owned', module: 'aws-eks-v2' },
    role: /^arn:aws:iam::111122223333:role\/ClusterWithVpcCniRole-/,
    policy: 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy',
    kind: 'aws-eks-v2, owned, IPv4, access entry',
  },
];

describe.each(EXAMPLES)('$example', ({ example, settings, role, policy, stsEndpoints, kind }) => {
  let deployment: Deployment;
  let before: State;

  beforeAll(async () => {
    deployment = new Deployment(stack, settings, `npx tsx examples/${example}.ts`);
    before = await deployment.state();
    expectAll(await deployment.pods(), NODES, {});
  });

  test('deploy: every container has the role, and its token is worth it', async () => {
    const { RoleArn, RolloutSummary } = await deployment.deploy();
    expect(RoleArn).toMatch(role);
    expect(RolloutSummary).toMatch(/^restarted 3 and verified 3 aws-node pods \(3 containers each\) on 3 nodes in \d+ s$/);
    expectAll(await deployment.pods(), NODES, { role: RoleArn, stsEndpoints });
    expect(await clusterNames()).toContain(settings.clusterName);
    expect(await deployment.policiesOf(RoleArn)).toEqual([expect.stringContaining(policy)]);
    expect(await deployment.assumeRole(RoleArn)).toEqual(`${RoleArn.replace('iam', 'sts').replace(':role/', ':assumed-role/')}/test`);
  });

  test('destroy: the pods are without the role, and all is as it was', async () => {
    const clusters = await clusterNames();
    await deployment.destroy();
    expectAll(await deployment.pods(), NODES, {});
    const after = await deployment.state();
    expect({ ...after, logGroups: after.logGroups.filter(name => !LEFT_BY_CDK.test(name)) }).toEqual(before);
    expect(await deployment.status()).toBeUndefined();
    expect(await clusterNames()).toEqual(clusters.filter(name => name !== 'owned'));
    if (kind) {
      recordDeployed({
        area: 'Cluster object',
        kind,
        test: 'examples.e2e.test.ts: destroy: the pods are without the role, and all is as it was',
      });
    }
  });
});

async function clusterNames(): Promise<string[]> {
  const { clusters } = await new EKSClient(stack.aws.clientConfig).send(new ListClustersCommand({}));
  return clusters!;
}
