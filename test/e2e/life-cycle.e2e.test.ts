import { AssociateAccessPolicyCommand, CreateAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import type { AppSettings } from './app';
import { Deployment, expectAll } from './deployment';
import { LocalStack } from '../../local-stack/local-stack';
import { recordDeployed } from '../compatibility/compatibility-table';

const NODES = { four: 5, six: 3 };
const FAMILIES = { ipv4: 'IPv4', ipv6: 'IPv6' };

let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start('life cycle', [
    { name: 'four', ipFamily: 'ipv4', nodes: NODES.four },
    { name: 'six', ipFamily: 'ipv6', nodes: NODES.six },
  ]);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const STS_ANNOTATION = 'eks.amazonaws.com/sts-regional-endpoints';

describe.each<[string, AppSettings, string]>([
  ['IPv4, detected, aws-eks-v2', { stackName: 'Four', clusterName: 'four', module: 'aws-eks-v2' }, 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy'],
  ['IPv4, given, aws-eks', { stackName: 'FourGiven', clusterName: 'four', module: 'aws-eks', ipFamily: 'ipv4' }, 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy'],
  ['IPv6, detected, aws-eks', { stackName: 'Six', clusterName: 'six', module: 'aws-eks' }, 'arn:aws:iam::111122223333:policy/'],
  ['IPv6, given, aws-eks-v2', { stackName: 'SixGiven', clusterName: 'six', module: 'aws-eks-v2', ipFamily: 'ipv6' }, 'arn:aws:iam::111122223333:policy/'],
])('%s', (_, settings, policy) => {
  const nodes = NODES[settings.clusterName as keyof typeof NODES];
  let deployment: Deployment;
  let before: object;
  let role: string;

  beforeAll(async () => {
    deployment = new Deployment(stack, settings);
    before = await deployment.state();
  });

  test('before: no pod has a role', async () => {
    expectAll(await deployment.pods(), nodes, {});
  });

  test('deploy: every container has the role', async () => {
    const outputs = await deployment.deploy();
    role = outputs.RoleArn;
    expectAll(await deployment.pods(), nodes, { role });
    expect(outputs.RolloutSummary).toMatch(new RegExp(`^restarted ${nodes} and verified ${nodes} aws-node pods \\(3 containers each\\) on ${nodes} nodes in \\d+ s$`));
    expect(outputs.ProviderArn).toEqual(`arn:aws:iam::111122223333:oidc-provider/${deployment.cluster.issuer.slice('https://'.length)}`);
    expect(outputs.PolicyArn.startsWith(policy)).toBe(true);
    expect(await deployment.policiesOf(role)).toEqual([outputs.PolicyArn]);
    expect(await deployment.annotations()).toMatchObject({ [ROLE_ANNOTATION]: role });
    expect(await deployment.annotations()).not.toHaveProperty(STS_ANNOTATION);
  });

  test('a token of aws-node is worth the role, any other is not', async () => {
    const other = stack.cluster(settings.clusterName === 'four' ? 'six' : 'four');
    expect(await deployment.assumeRole(role)).toEqual(`arn:aws:sts::111122223333:assumed-role/${role.split('/').pop()}/test`);
    await expect(deployment.assumeRole(role, { serviceAccount: 'default' })).rejects.toThrow(/AccessDenied|Not authorized/i);
    await expect(deployment.assumeRole(role, { audience: 'other' })).rejects.toThrow(/audience/i);
    await expect(deployment.assumeRole(role, { issuer: other })).rejects.toThrow(/No OpenIDConnect provider found/);
  });

  test('deploy again: nothing is called, no pod is restarted', async () => {
    const [calls, uids] = [await deployment.handlerCalls(), await deployment.podUids()];
    expect(calls).toBeGreaterThan(0);
    await deployment.deploy();
    expect(await deployment.handlerCalls()).toEqual(calls);
    expect(await deployment.podUids()).toEqual(uids);
  });

  if (settings.stackName === 'Four') {
    test('STS endpoint: regional, then no more, then the default again', async () => {
      await deployment.deploy({ stsRegionalEndpoints: true });
      expectAll(await deployment.pods(), nodes, { role, stsEndpoints: 'regional' });
      expect(await deployment.annotations()).toMatchObject({ [STS_ANNOTATION]: 'true' });

      await deployment.deploy({ stsRegionalEndpoints: false });
      expectAll(await deployment.pods(), nodes, { role });
      expect(await deployment.annotations()).toMatchObject({ [STS_ANNOTATION]: 'false' });

      await deployment.deploy({ stsRegionalEndpoints: true });
      await deployment.deploy();
      expectAll(await deployment.pods(), nodes, { role });
      expect(await deployment.annotations()).not.toHaveProperty(STS_ANNOTATION);
    });

    test('a new name: the pods move to the new role, and the old one goes last', async () => {
      const { RoleArn } = await deployment.deploy({ roleName: 'renamed' });
      expect(RoleArn).toEqual('arn:aws:iam::111122223333:role/renamed');
      expectAll(await deployment.pods(), nodes, { role: RoleArn });
      expect(await deployment.roleExists(role)).toBe(false);
    });
  }

  test('destroy: the pods are without the role, and all is as it was', async () => {
    await deployment.destroy();
    expectAll(await deployment.pods(), nodes, {});
    expect(await deployment.state()).toEqual(before);
    recordDeployed({
      area: 'Cluster object',
      kind: `${settings.module}, imported by name, ${settings.ipFamily ? FAMILIES[settings.ipFamily] : 'family read at deployment'}, access entry`,
      test: 'life-cycle.e2e.test.ts: destroy: the pods are without the role, and all is as it was',
    });
  });
});

test('with a role that has access already: nothing is added to the cluster but the annotation', async () => {
  const deployment = new Deployment(stack, { stackName: 'Existing', clusterName: 'six', module: 'aws-eks-v2' });
  const { Role } = await deployment.client(IAMClient).send(new CreateRoleCommand({
    RoleName: 'existing',
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
    }),
  }));
  const access = { clusterName: 'six', principalArn: Role!.Arn };
  const eks = deployment.client(EKSClient);
  await eks.send(new CreateAccessEntryCommand(access));
  await eks.send(new AssociateAccessPolicyCommand({
    ...access,
    policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy',
    accessScope: { type: 'cluster' },
  }));
  const before = await deployment.state();

  const outputs = await deployment.deploy({ existingRoleArn: Role!.Arn });
  expectAll(await deployment.pods(), NODES.six, { role: outputs.RoleArn });
  const { rbac, accessEntries } = await deployment.state();
  expect({ rbac, accessEntries }).toEqual({ rbac: before.rbac, accessEntries: before.accessEntries });

  await deployment.destroy();
  expectAll(await deployment.pods(), NODES.six, {});
  expect(await deployment.state()).toEqual(before);
  recordDeployed({
    area: 'Cluster object',
    kind: 'aws-eks-v2, imported by name, family read at deployment, existing role',
    test: 'life-cycle.e2e.test.ts: with a role that has access already: nothing is added to the cluster but the annotation',
  });
});
