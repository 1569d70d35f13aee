import { CreatePodIdentityAssociationCommand, DeletePodIdentityAssociationCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateOpenIDConnectProviderCommand, DeleteOpenIDConnectProviderCommand, IAMClient } from '@aws-sdk/client-iam';
import type { V1DaemonSet, V1ServiceAccount } from '@kubernetes/client-node';
import type { AppSettings } from './app';
import { Deployment, expectAll } from './deployment';
import { LocalStack } from '../../local-stack/local-stack';
import { recordDeployed } from '../compatibility/compatibility-table';

const NODES = 3;
const ACCOUNT = 'arn:aws:iam::111122223333';
const OTHER_PROVIDER = `${ACCOUNT}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF`;

let stack: LocalStack;
let providerArn: string;
let stacks = 0;

beforeAll(async () => {
  stack = await LocalStack.start('refusals', [{ name: 'four', ipFamily: 'ipv4', nodes: NODES }]);
  providerArn = `${ACCOUNT}:oidc-provider/${stack.cluster('four').issuer.slice('https://'.length)}`;
}, 45 * 60_000);

afterAll(async () => stack?.stop());

function newDeployment(): Deployment {
  return new Deployment(stack, { stackName: `Refused${++stacks}`, clusterName: 'four', module: 'aws-eks-v2' });
}

async function refused(settings: Partial<AppSettings>, ...messages: (string | RegExp)[]): Promise<void> {
  const deployment = newDeployment();
  const [state, uids] = [await deployment.state(), await deployment.podUids()];
  const { exitCode, stdout, stderr } = await deployment.tryToDeploy(settings);
  expect(exitCode).toBe(1);
  for (const message of messages) {
    expect(stdout + stderr).toMatch(message);
  }
  expect(await deployment.status()).toBe('ROLLBACK_COMPLETE');
  expect(await deployment.state()).toEqual(state);
  expect(await deployment.podUids()).toEqual(uids);
  await deployment.destroy();
}

describe('the IP family is not the cluster\'s', () => {
  test.each<[string, Partial<AppSettings>]>([
    ['as `ipFamily`', { ipFamily: 'ipv6' }],
    ['as `policy`', { policy: 'ipv6' }],
  ])('%s', async (_, settings) => {
    await refused(settings, 'cluster four is an ipv4 cluster, but ipv6 was asked for', 'set it to ipv4', 'Nothing was changed');
  });

  test('where nothing else is read from the cluster', async () => {
    await refused({ ipFamily: 'ipv6', openIdConnectProviderArn: providerArn }, 'cluster four is an ipv4 cluster, but ipv6 was asked for');
  });
});

test('another stack has the service account', async () => {
  const first = newDeployment();
  const { RoleArn } = await first.deploy();
  await refused({}, 'is annotated by another VpcCniServiceAccountRole', `in stack Refused${stacks}: destroy that one first`, 'Nothing was changed');
  expectAll(await first.pods(), NODES, { role: RoleArn });
  await first.destroy();
});

test('the cluster does not exist', async () => {
  // EKS may be the first to say so, when the access entries are created
  await refused({ clusterName: 'five' }, /cluster five does not exist|No cluster found for name: five/);
});

describe('the OIDC provider that is given', () => {
  const given = (openIdConnectProviderArn: string): Partial<AppSettings> => ({ openIdConnectProviderArn, ipFamily: 'ipv4' });

  test('is another cluster\'s', async () => {
    await refused(given(OTHER_PROVIDER), `OIDC provider ${OTHER_PROVIDER} is not that of cluster four`, 'Nothing was changed');
  });

  test('does not exist', async () => {
    await refused(given(providerArn), `OIDC provider ${providerArn} does not exist in this account`, 'aws iam create-open-id-connect-provider --url https://');
  });

  test('has not the client id', async () => {
    const iam = new IAMClient(stack.aws.clientConfig);
    await iam.send(new CreateOpenIDConnectProviderCommand({ Url: stack.cluster('four').issuer, ClientIDList: ['other'] }));
    try {
      await refused(given(providerArn), `OIDC provider ${providerArn} has no client id sts.amazonaws.com (it has: other)`, 'aws iam add-client-id-to');
    } finally {
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }));
    }
  });
});

test('a Pod Identity association would win over the role', async () => {
  const eks = new EKSClient(stack.aws.clientConfig);
  const { association } = await eks.send(new CreatePodIdentityAssociationCommand({
    clusterName: 'four', namespace: 'kube-system', serviceAccount: 'aws-node', roleArn: `${ACCOUNT}:role/local-eks-cluster`,
  }));
  const associationId = association!.associationId!;
  try {
    await refused({}, `service account kube-system/aws-node of cluster four has Pod Identity association ${associationId}, which wins over an annotated role`);
  } finally {
    await eks.send(new DeletePodIdentityAssociationCommand({ clusterName: 'four', associationId }));
  }
});

describe('the plugin is not there', () => {
  test('no service account', async () => {
    const restore = await taken<V1ServiceAccount>('serviceaccount');
    try {
      await refused({}, 'cluster four has DaemonSet kube-system/aws-node, but no service account of that name', 'Nothing was changed');
    } finally {
      await restore();
    }
  });

  test('no DaemonSet, for want of the add-on or in Auto Mode', async () => {
    const restore = await taken<V1DaemonSet>('daemonset');
    try {
      await refused({}, 'cluster four has no DaemonSet kube-system/aws-node', 'install the Amazon VPC CNI plugin', 'Nothing was changed');
      await stack.aws.updateCluster('four', { autoMode: true });
      await refused({}, 'cluster four runs in EKS Auto Mode only', 'remove this construct', 'Nothing was changed');
      recordDeployed({
        area: 'Nodes',
        kind: 'Auto Mode only (refused)',
        test: 'refusals.e2e.test.ts: no DaemonSet, for want of the add-on or in Auto Mode',
      });
    } finally {
      await stack.aws.updateCluster('four', { autoMode: false });
      await restore();
    }
  });
});

test('two constructs for one cluster: an error at synth', async () => {
  const deployment = newDeployment();
  const [state, uids] = [await deployment.state(), await deployment.podUids()];
  const { exitCode, stdout, stderr } = await deployment.tryToDeploy({ twice: true });
  expect(exitCode).toBe(1);
  expect(stdout + stderr).toContain('one VpcCniServiceAccountRole per cluster');
  expect(await deployment.status()).toBeUndefined();
  expect(await deployment.state()).toEqual(state);
  expect(await deployment.podUids()).toEqual(uids);
});

test('the webhook is down: one pod is tried, and all is put back', async () => {
  const deployment = newDeployment();
  const [state, uids] = [await deployment.state(), await deployment.podUids()];
  await deployment.cluster.webhook.stop();
  try {
    const { exitCode, stdout, stderr } = await deployment.tryToDeploy({ rolloutTimeoutMinutes: 5 }, { canaryOnly: true });
    expect(exitCode).toBe(1);
    expect(stdout + stderr).toContain('the pod identity webhook of cluster four does not give new aws-node pods what service account kube-system/aws-node asks for');
    expect(stdout + stderr).toMatch(/aws-node-\w+ on \S+ \(AWS_ROLE_ARN is not set in aws-vpc-cni-init, aws-node, aws-eks-nodeagent/);
    expect(await deployment.status()).toBe('ROLLBACK_COMPLETE');
    expect(await deployment.state()).toEqual(state);
    expectAll(await deployment.pods(), NODES, {});
    expect((await deployment.podUids()).filter(uid => uids.includes(uid))).toHaveLength(NODES - 1);
    await deployment.destroy();
  } finally {
    await deployment.cluster.webhook.start();
  }
});

/** Takes the object of the plugin away, but not its pods; the result puts it back. */
async function taken<T extends V1DaemonSet | V1ServiceAccount>(kind: 'daemonset' | 'serviceaccount'): Promise<() => Promise<void>> {
  const cluster = stack.cluster('four');
  const { metadata, status, ...rest } = await cluster.kubectlJson<T & { status?: object }>('-n', 'kube-system', 'get', kind, 'aws-node');
  await cluster.kubectl('-n', 'kube-system', 'delete', kind, 'aws-node', '--cascade=orphan');
  const { name, namespace, labels } = metadata!;
  return async () => {
    await cluster.apply(JSON.stringify({ ...rest, metadata: { name, namespace, labels } }));
    await cluster.waitForAwsNode();
  };
}
