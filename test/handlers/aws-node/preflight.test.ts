import { INJECTED, OTHER_ROLE, ROLE, aDaemonSet } from './builders';
import { PROVIDER, World, properties } from './world';
import type { AddonState } from '../../../lib/handlers/aws-node/addon';
import type { DaemonSet } from '../../../lib/handlers/aws-node/kubernetes';
import { Preflight } from '../../../lib/handlers/aws-node/preflight';
import type { AwsNodeGuardProperties } from '../../../lib/handlers/aws-node/resource-properties';
import { aCluster } from '../shared/cluster';

let world: World;

beforeEach(() => {
  world = new World().withNodes(2);
});

async function check(differences: Partial<AwsNodeGuardProperties> = {}) {
  return new Preflight(world.ports).check(world.clusters.get('blue')!, { ...properties, ...differences }, world.kubernetes);
}

function template(env: Record<string, string>, annotations: Record<string, string> = {}): Partial<DaemonSet> {
  const [init, plugin, agent] = aDaemonSet().template.containers;
  return { template: { annotations, containers: [init, { ...plugin, env }, agent] } };
}

test('passes a healthy cluster, changes nothing and says what the service account carries', async () => {
  world.kubernetes.annotate({ 'eks.amazonaws.com/role-arn': OTHER_ROLE, 'team': 'network' });
  await expect(check({ IpFamily: 'ipv4' })).resolves.toEqual({ annotations: { 'eks.amazonaws.com/role-arn': OTHER_ROLE, 'team': 'network' } });
  expect([world.kubernetes.patches, world.kubernetes.deleted]).toEqual([[], []]);
});

test('waits for an OIDC provider that was made a moment ago', async () => {
  const providers = [undefined, { clientIds: [], tags: {} }, { clientIds: ['sts.amazonaws.com'], tags: {} }];
  world.ports.providers.get = async () => providers.shift();
  const before = world.clock.now();
  await expect(check()).resolves.toBeDefined();
  expect(world.clock.now() - before).toBe(6_000);
});

test.each<[string, Record<string, string>, Partial<AwsNodeGuardProperties>]>([
  ['the role', INJECTED, {}],
  ['endpoints', { AWS_STS_REGIONAL_ENDPOINTS: 'legacy' }, {}],
  ['the name of its cluster', { CLUSTER_NAME: 'blue' }, { ScopedToCluster: 'true' }],
  ['the name of another cluster, which does not matter then', { CLUSTER_NAME: 'green' }, {}],
  ['regional endpoints', { AWS_STS_REGIONAL_ENDPOINTS: 'regional' }, { StsRegionalEndpoints: 'true' }],
])('takes a DaemonSet that sets exactly what was asked for itself: %s', async (_, env, differences) => {
  world.kubernetes.daemonSet = template(env);
  await expect(check(differences)).resolves.toBeDefined();
});

test.each([
  ['App/VpcCni in stack App', undefined],
  ['App/Earlier in stack App', ['App/VpcCni in stack App', 'App/Earlier in stack App']],
])('passes the mark of the construct itself: %s', async (owner, owners) => {
  world.kubernetes.annotate({ 'cdk-vpc-cni-service-account-role/owner': owner });
  await expect(new Preflight(world.ports).check(world.clusters.get('blue')!, properties, world.kubernetes, owners)).resolves.toBeDefined();
});

test.each<[string, Partial<AddonState>]>([
  ['without a role of its own, in whatever state', { status: 'CREATE_FAILED' }],
  ['with our role, in whatever state', { roleArn: ROLE, status: 'CREATE_FAILED' }],
  ...['ACTIVE', 'DEGRADED', 'CREATING', 'UPDATING', 'UPDATE_FAILED'].map((status): [string, Partial<AddonState>] =>
    [`with another role that is ${status}`, { roleArn: OTHER_ROLE, status }]),
])('passes an add-on %s', async (_, addon) => {
  world.addon.install(addon);
  await expect(check()).resolves.toBeDefined();
  expect(world.addon.calls).toEqual([]);
});

describe('fails', () => {
  test.each<[string, () => void, Partial<AwsNodeGuardProperties>, string]>([
    ['on another IP family', () => world.clusters.set('blue', aCluster({ ipFamily: 'ipv6' })), { IpFamily: 'ipv4' },
      'cluster blue is an ipv6 cluster, but ipv4 was asked for'],
    ['on the OIDC provider of another cluster', () => undefined, { OpenIdConnectProviderArn: `${PROVIDER}0` },
      `OIDC provider ${PROVIDER}0 is not that of cluster blue, whose issuer is https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF: `
      + 'give the provider whose ARN ends with oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF as `openIdConnectProvider`, or leave it out. Nothing was changed'],
    ['without the OIDC provider', () => { world.provider = undefined; }, {},
      `OIDC provider ${PROVIDER} does not exist in this account, so no pod of cluster blue could assume the role: leave out \`openIdConnectProvider\` to have it created, `
      + 'or run: aws iam create-open-id-connect-provider --url https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF --client-id-list sts.amazonaws.com. Nothing was changed'],
    ['without the client id', () => { world.provider = { clientIds: ['other', 'third'], tags: {} }; }, {},
      `OIDC provider ${PROVIDER} has no client id sts.amazonaws.com (it has: other, third), so STS would refuse the plugin's token; run: aws iam `
      + `add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${PROVIDER} --client-id sts.amazonaws.com. Nothing was changed`],
    ['without any client id', () => { world.provider = { clientIds: [], tags: {} }; }, {}, '(it has: none)'],
    ['on a Pod Identity association', () => { world.association = { id: 'a-123' }; }, {},
      'service account kube-system/aws-node of cluster blue has Pod Identity association a-123, which wins over an annotated role: '
      + 'either delete it (aws eks delete-pod-identity-association --cluster-name blue --association-id a-123), '
      + 'or keep it and do not use this construct. Nothing was changed'],
    ['on a Pod Identity association of the add-on', () => { world.association = { id: 'a-123', addonName: 'vpc-cni' }; }, {},
      'service account kube-system/aws-node of cluster blue has Pod Identity association a-123, which wins over an annotated role: '
      + 'either take it off the add-on that owns it (aws eks update-addon --cluster-name blue --addon-name vpc-cni --pod-identity-associations \'[]\' '
      + '--resolve-conflicts PRESERVE), or keep it and do not use this construct. Nothing was changed'],
    ...['CREATE_FAILED', 'DELETE_FAILED'].map((status): [string, () => void, {}, string] => [
      `on an add-on that is ${status}`, () => world.addon.install({ roleArn: OTHER_ROLE, status }), {},
      `the managed add-on vpc-cni of cluster blue is ${status}, in which EKS does not change its role ${OTHER_ROLE}: `
      + 'find out why (aws eks describe-addon --cluster-name blue --addon-name vpc-cni --query addon.health), '
      + 'delete it and keep the plugin (aws eks delete-addon --cluster-name blue --addon-name vpc-cni --preserve), '
      + 'install it again (aws eks create-addon --cluster-name blue --addon-name vpc-cni --resolve-conflicts OVERWRITE), then deploy again. Nothing was changed',
    ]),
    ['on an add-on that is going', () => world.addon.install({ roleArn: OTHER_ROLE, status: 'DELETING' }), {},
      `the managed add-on vpc-cni of cluster blue is DELETING, in which EKS does not change its role ${OTHER_ROLE}: `
      + 'wait until it is gone, and install the plugin again, then deploy again. Nothing was changed'],
    ['without the DaemonSet', () => { world.kubernetes.daemonSet = undefined; }, {},
      'cluster blue has no DaemonSet kube-system/aws-node: install the Amazon VPC CNI plugin (the vpc-cni add-on) first. Nothing was changed'],
    ['on the mark of another construct', () => world.kubernetes.annotate({ 'cdk-vpc-cni-service-account-role/owner': 'Other/VpcCni in stack Other' }), {},
      'service account kube-system/aws-node of cluster blue is annotated by another VpcCniServiceAccountRole, Other/VpcCni in stack Other: '
      + 'destroy that one first, or keep its id if you have moved or renamed it; if it is gone without having been destroyed, run: '
      + 'kubectl -n kube-system annotate serviceaccount aws-node cdk-vpc-cni-service-account-role/owner-. Nothing was changed'],
    ['in Auto Mode only', () => { world.kubernetes.daemonSet = undefined; world.clusters.set('blue', aCluster({ autoMode: true })); }, {},
      'cluster blue runs in EKS Auto Mode only, without DaemonSet kube-system/aws-node: Auto Mode nodes have their own network, which needs no role here; '
      + 'remove this construct. Nothing was changed'],
    ['without the service account', () => world.kubernetes.removeServiceAccount(), {},
      'cluster blue has DaemonSet kube-system/aws-node, but no service account of that name: install the Amazon VPC CNI plugin with its service account. Nothing was changed'],
    ['when no pod may be unavailable', () => { world.kubernetes.daemonSet = { maxUnavailable: '0%' }; }, {},
      'DaemonSet kube-system/aws-node of cluster blue allows no unavailable pod (maxUnavailable 0%), so none can be restarted: '
      + 'set spec.updateStrategy.rollingUpdate.maxUnavailable to 1 or more, such as the usual 10%. Nothing was changed'],
    ['on a role in the DaemonSet', () => { world.kubernetes.daemonSet = template({ AWS_ROLE_ARN: OTHER_ROLE }); }, {},
      `DaemonSet kube-system/aws-node of cluster blue sets AWS_ROLE_ARN=${OTHER_ROLE} in container aws-node, `
      + 'so the pod identity webhook would not give its pods the role: remove that. Nothing was changed'],
    ['on a role in the DaemonSet whose pods get their token from elsewhere', () => { world.kubernetes.daemonSet = template({ ...INJECTED, AWS_ROLE_ARN: OTHER_ROLE }); }, {},
      `sets AWS_ROLE_ARN=${OTHER_ROLE} in container aws-node, so`],
    ['on our role in the DaemonSet without a token file', () => { world.kubernetes.daemonSet = template({ AWS_ROLE_ARN: ROLE }); }, {},
      `sets AWS_ROLE_ARN=${ROLE} in container aws-node, so`],
    ['on a token file in the DaemonSet', () => { world.kubernetes.daemonSet = template({ AWS_WEB_IDENTITY_TOKEN_FILE: '/t' }); }, {},
      'sets AWS_WEB_IDENTITY_TOKEN_FILE in container aws-node, so'],
    ['on other endpoints in the DaemonSet', () => { world.kubernetes.daemonSet = template({ AWS_STS_REGIONAL_ENDPOINTS: 'legacy' }); }, { StsRegionalEndpoints: 'true' },
      'sets AWS_STS_REGIONAL_ENDPOINTS=legacy in container aws-node against `stsRegionalEndpoints`, so'],
    ['on any endpoints in the DaemonSet', () => { world.kubernetes.daemonSet = template({ AWS_STS_REGIONAL_ENDPOINTS: 'regional' }); }, { StsRegionalEndpoints: 'false' },
      'sets AWS_STS_REGIONAL_ENDPOINTS=regional in container aws-node against `stsRegionalEndpoints`, so'],
    ['on a plugin that does not know its cluster', () => {}, { ScopedToCluster: 'true' },
      'DaemonSet kube-system/aws-node of cluster blue must set CLUSTER_NAME=blue in container aws-node, got: nothing; without it, '
      + 'the policy of CniPolicy.scopedToCluster() does not let the plugin make or use network interfaces; '
      + 'run: kubectl -n kube-system set env daemonset/aws-node -c aws-node CLUSTER_NAME=blue '
      + '(with the vpc-cni add-on, put {"env":{"CLUSTER_NAME":"blue"}} into its configuration values instead)'],
    ['on a plugin that takes another cluster for its own', () => { world.kubernetes.daemonSet = template({ CLUSTER_NAME: 'green' }); }, { ScopedToCluster: 'true' },
      'must set CLUSTER_NAME=blue in container aws-node, got: green; without it'],
    ['on containers to be skipped', () => { world.kubernetes.daemonSet = template({}, { 'eks.amazonaws.com/skip-containers': 'aws-node' }); }, {},
      'DaemonSet kube-system/aws-node of cluster blue has eks.amazonaws.com/skip-containers=aws-node in its template, so'],
  ])('%s, and changes nothing', async (_, given, differences, message) => {
    given();
    await expect(check(differences)).rejects.toThrow(message);
    expect([world.kubernetes.patches, world.kubernetes.deleted, world.addon.calls]).toEqual([[], [], []]);
  });
});
