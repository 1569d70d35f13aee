import { App, Stack, aws_ec2 as ec2, aws_eks as eks, aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CLUSTERS, CONTEXT, layer, newStack, vpc } from './clusters';
import { KubernetesAccess, VpcCniServiceAccountRole } from '../lib';
import { testKinds } from './compatibility/template-kinds';

function owned(stack: Stack, authenticationMode?: eks.AuthenticationMode, ipFamily?: eks.IpFamily): eks.Cluster {
  return new eks.Cluster(stack, 'Owned', {
    version: eks.KubernetesVersion.V1_34,
    vpc: vpc(stack),
    vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
    kubectlLayer: layer(stack),
    defaultCapacity: 0,
    authenticationMode,
    ipFamily,
  });
}

interface Differences {
  readonly authenticationMode?: eks.AuthenticationMode;
  readonly ipFamily?: eks.IpFamily;
  readonly kubernetesAccess?: KubernetesAccess;
}

function awsAuthOf(stack: Stack, { authenticationMode, ipFamily, kubernetesAccess }: Differences) {
  new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster: owned(stack, authenticationMode, ipFamily), kubernetesAccess });
  const template = Template.fromStack(stack);
  const manifests = Object.entries(template.findResources('Custom::AWSCDK-EKS-KubernetesResource'));
  const of = (text: string) => manifests.find(([, { Properties }]) => JSON.stringify(Properties.Manifest).includes(text));
  return { template, awsAuth: of('ConfigMap'), rbac: of('RoleBinding') };
}

function expectLine(differences: Differences): void {
  const stack = newStack();
  const { template, awsAuth, rbac } = awsAuthOf(stack, differences);
  template.resourceCountIs('AWS::EKS::AccessEntry', 0);
  const [, { Properties: { Manifest } }] = awsAuth!;
  const text = Manifest['Fn::Join'][1].map((part: string | object) => typeof part === 'string' ? part : 'FUNCTION_ROLE').join('');
  const [{ data }] = JSON.parse(text);
  const [, { Properties }] = rbac!;
  const group = JSON.parse(Properties.Manifest)[1].subjects[0].name;
  expect(JSON.parse(data.mapRoles)).toEqual([{ rolearn: 'FUNCTION_ROLE', username: 'FUNCTION_ROLE', groups: [group] }]);
}

testKinds('Cluster object', {
  'aws-eks, owned, IPv4, aws-auth': () => expectLine({ ipFamily: eks.IpFamily.IP_V4 }),
  'aws-eks, owned, IPv6, aws-auth': () => expectLine({ ipFamily: eks.IpFamily.IP_V6 }),
});

describe('KubernetesAccess.awsAuth()', () => {
  test.each<[string, Differences]>([
    ['is the default in mode CONFIG_MAP', { authenticationMode: eks.AuthenticationMode.CONFIG_MAP }],
    ['is the default where no mode is given', {}],
    ['can be chosen in mode API_AND_CONFIG_MAP', { authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP, kubernetesAccess: KubernetesAccess.awsAuth() }],
  ])('%s', (_, differences) => expectLine(differences));

  test('the line is there before the first call and until the last one', () => {
    const stack = newStack();
    const { template, awsAuth } = awsAuthOf(stack, {});
    const [guard] = Object.values(template.findResources('Custom::AwsNodeGuard'));
    expect(guard.DependsOn).toContain(awsAuth![0]);
    expect(guard.DependsOn.filter((id: string) => id.startsWith('VpcCniAwsNodeAccess')).length).toBeGreaterThan(1);
  });

  test('role, policy and provider stay: without the line, the functions cannot move the pods off the role', () => {
    const stack = newStack();
    const cluster = owned(stack, undefined, eks.IpFamily.IP_V6);
    const { role } = new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });
    const template = Template.fromStack(stack);
    template.allResources('AWS::IAM::ManagedPolicy', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    template.allResources('AWS::IAM::OIDCProvider', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' });
    const kept = Object.entries(template.findResources('AWS::IAM::Role', { DeletionPolicy: 'RetainExceptOnCreate', UpdateReplacePolicy: 'Retain' }));
    expect(kept.map(([id]) => id)).toEqual([stack.resolve(role.roleArn)['Fn::GetAtt'][0]]);
  });

  test('the AWS managed policy needs not be kept', () => {
    const stack = newStack();
    const { template } = awsAuthOf(stack, {});
    expect(Object.keys(template.findResources('AWS::IAM::Role', { DeletionPolicy: 'RetainExceptOnCreate' }))).toHaveLength(1);
  });

  test('is not the default in mode API_AND_CONFIG_MAP', () => {
    const stack = newStack();
    const { template } = awsAuthOf(stack, { authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP });
    template.resourceCountIs('AWS::EKS::AccessEntry', 1);
  });

  const NEEDS = 'KubernetesAccess.awsAuth() needs a cluster of aws-eks that is defined in the stack of the construct, with authenticationMode CONFIG_MAP or API_AND_CONFIG_MAP, got: ';
  const INSTEAD = '; give kubernetesAccess: KubernetesAccess.accessEntry() or KubernetesAccess.existingRole(role)';

  test.each(['aws-eks imported', 'aws-eks-v2 imported', 'aws-eks-v2 owned'] as const)('fails for a cluster that is %s', kind => {
    const stack = newStack();
    expect(() => new VpcCniServiceAccountRole(stack, 'VpcCni', { ...CLUSTERS[kind](stack), kubernetesAccess: KubernetesAccess.awsAuth() }))
      .toThrow(`${NEEDS}'Stack/Cluster', which is imported or of aws-eks-v2${INSTEAD}`);
  });

  test('fails in mode API', () => {
    expect(() => awsAuthOf(newStack(), { authenticationMode: eks.AuthenticationMode.API, kubernetesAccess: KubernetesAccess.awsAuth() }))
      .toThrow(`${NEEDS}'Stack/Owned', whose authenticationMode is API${INSTEAD}`);
  });

  test('fails for a cluster of another stack', () => {
    const app = new App({ context: CONTEXT });
    const cluster = owned(new Stack(app, 'Stack'));
    expect(() => new VpcCniServiceAccountRole(new Stack(app, 'Other'), 'VpcCni', { cluster }))
      .toThrow(`${NEEDS}'Stack/Owned', which is in another stack${INSTEAD}`);
  });
});

describe('KubernetesAccess.accessEntry()', () => {
  test('fails for a cluster in mode CONFIG_MAP', () => {
    expect(() => awsAuthOf(newStack(), { kubernetesAccess: KubernetesAccess.accessEntry() })).toThrow(
      "KubernetesAccess.accessEntry() needs a cluster with authenticationMode API or API_AND_CONFIG_MAP, got: CONFIG_MAP for 'Stack/Owned'; "
      + 'set authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP on the cluster, or give kubernetesAccess: KubernetesAccess.awsAuth()');
  });
});

test('KubernetesAccess.existingRole() takes a role whose ARN is a token', () => {
  const role = new iam.Role(newStack(), 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  expect(() => KubernetesAccess.existingRole(role)).not.toThrow();
});
