import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { App, CfnOutput, CfnResource, Duration, Stack, aws_eks as eks, aws_eks_v2 as eksv2, aws_iam as iam } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { CLUSTERS, type ClusterKind, ISSUER, PROVIDER_ARN, define, kubectlProvider, layer, newStack, provider } from './clusters';
import { only, requires } from './resources';
import { CniPolicy, IpFamily, KubernetesAccess, VpcCniServiceAccountRole } from '../lib';

const KINDS = Object.keys(CLUSTERS) as ClusterKind[];

describe.each(KINDS)('%s cluster', kind => {
  test.each<[string, IpFamily | undefined]>([
    ['IPv4', IpFamily.IP_V4],
    ['IPv6', IpFamily.IP_V6],
    // That of an owned cluster is always known.
    ...kind.endsWith('imported') ? [['family read at deployment', undefined] as [string, undefined]] : [],
  ])('%s', (_, ipFamily) => {
    const stack = newStack();
    new VpcCniServiceAccountRole(stack, 'VpcCni', { ...CLUSTERS[kind](stack, ipFamily), ipFamily });
    expect(Template.fromStack(stack).toJSON()).toMatchSnapshot();
  });
});

describe('trust policy', () => {
  test('is static JSON when the issuer is known', () => {
    const stack = newStack();
    define({ openIdConnectProvider: provider(stack), ipFamily: IpFamily.IP_V4 }, stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Version: '2012-10-17',
        Statement: [{
          Effect: 'Allow',
          Action: 'sts:AssumeRoleWithWebIdentity',
          Principal: { Federated: PROVIDER_ARN },
          Condition: {
            StringEquals: { [`${ISSUER}:aud`]: 'sts.amazonaws.com', [`${ISSUER}:sub`]: 'system:serviceaccount:kube-system:aws-node' },
          },
        }],
      },
    });
    template.resourceCountIs('Custom::ClusterIdentity', 0);
  });

  test('takes its conditions from the cluster when the issuer is not known', () => {
    const { node } = define({ ipFamily: IpFamily.IP_V4 });
    const template = Template.fromStack(Stack.of(node.scope!));
    const [identity] = only(template, 'Custom::ClusterIdentity');
    template.hasResourceProperties('AWS::IAM::Role', {
      AssumeRolePolicyDocument: {
        Statement: [Match.objectLike({
          Principal: { Federated: { 'Fn::GetAtt': [identity, 'OpenIdConnectProviderArn'] } },
          Condition: { StringEquals: { 'Fn::GetAtt': [identity, 'TrustConditions'] } },
        })],
      },
    });
  });

  test('names the provider that the cluster object has', () => {
    const stack = newStack();
    const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: 'my-cluster', openIdConnectProvider: provider(stack) });
    const construct = define({ cluster, ipFamily: IpFamily.IP_V4 }, stack);
    expect(construct.openIdConnectProviderArn).toEqual(PROVIDER_ARN);
    Template.fromStack(stack).resourceCountIs('Custom::ClusterIdentity', 0);
  });

  test('prefers the given provider to that of the cluster object', () => {
    const stack = newStack();
    const other = iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Other', `${PROVIDER_ARN}2`);
    const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: 'my-cluster', openIdConnectProvider: other });
    expect(define({ cluster, openIdConnectProvider: provider(stack) }, stack).openIdConnectProviderArn).toEqual(PROVIDER_ARN);
  });
});

describe('policy', () => {
  test('of an IPv4 cluster is the AWS managed one', () => {
    const stack = newStack();
    const construct = define({ ipFamily: IpFamily.IP_V4 }, stack);
    expect(stack.resolve(construct.policy.managedPolicyArn)).toEqual(
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonEKS_CNI_Policy']] });
    Template.fromStack(stack).resourceCountIs('AWS::IAM::ManagedPolicy', 0);
  });

  test('of an IPv6 cluster is one of our own', () => {
    const stack = newStack();
    const construct = define({ ipFamily: IpFamily.IP_V6 }, stack);
    const [logicalId] = only(Template.fromStack(stack), 'AWS::IAM::ManagedPolicy');
    expect(stack.resolve(construct.policy.managedPolicyArn)).toEqual({ Ref: logicalId });
  });

  test('is chosen at deployment when the family is not known', () => {
    const stack = newStack();
    const construct = define({ openIdConnectProvider: provider(stack) }, stack);
    const template = Template.fromStack(stack);
    const [identity, { Properties }] = only(template, 'Custom::ClusterIdentity');
    const [ipv6] = only(template, 'AWS::IAM::ManagedPolicy');
    expect(Properties.PolicyArns).toEqual({
      ipv4: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonEKS_CNI_Policy']] },
      ipv6: { Ref: ipv6 },
    });
    expect(stack.resolve(construct.policy.managedPolicyArn)).toEqual({ 'Fn::GetAtt': [identity, 'PolicyArn'] });
  });

  test('may be given, and then the family needs not be known', () => {
    const stack = newStack();
    const policy = iam.ManagedPolicy.fromManagedPolicyArn(stack, 'Own', 'arn:aws:iam::111122223333:policy/own');
    const construct = define({ policy: CniPolicy.fromManagedPolicy(policy), openIdConnectProvider: provider(stack) }, stack);
    expect(construct.policy).toBe(policy);
    const template = Template.fromStack(stack);
    template.resourceCountIs('Custom::ClusterIdentity', 0);
    template.hasResourceProperties('AWS::IAM::Role', { ManagedPolicyArns: ['arn:aws:iam::111122223333:policy/own'] });
  });

  test('that is given tells the family', () => {
    const stack = newStack();
    define({ policy: CniPolicy.ipv6(), openIdConnectProvider: provider(stack) }, stack);
    const template = Template.fromStack(stack);
    template.hasResourceProperties('Custom::AwsNodeGuard', { IpFamily: 'ipv6' });
    template.resourceCountIs('Custom::ClusterIdentity', 0);
  });
});

describe('annotations', () => {
  const OWNER = { 'cdk-vpc-cni-service-account-role/owner': 'Stack/VpcCni in stack Stack' };

  test.each([
    [undefined, {}, {}],
    [true, { 'eks.amazonaws.com/sts-regional-endpoints': 'true' }, { 'eks.amazonaws.com/sts-regional-endpoints': null }],
    [false, { 'eks.amazonaws.com/sts-regional-endpoints': 'false' }, { 'eks.amazonaws.com/sts-regional-endpoints': null }],
  ])('with stsRegionalEndpoints %s', (stsRegionalEndpoints, applied, removed) => {
    const stack = newStack();
    const { role } = define({ stsRegionalEndpoints }, stack);
    const template = Template.fromStack(stack);
    const [, { Properties }] = only(template, 'Custom::AWSCDK-EKS-KubernetesPatch');
    const [, guard] = only(template, 'Custom::AwsNodeGuard');
    const { Arn } = { Arn: stack.resolve(role.roleArn) };
    expect(Properties).toMatchObject({ ResourceName: 'serviceaccount/aws-node', ResourceNamespace: 'kube-system', PatchType: 'merge' });
    const apply = Properties.ApplyPatchJson['Fn::Join'][1];
    expect(apply).toContainEqual(Arn);
    expect(JSON.parse(apply.map((part: unknown) => typeof part === 'string' ? part : 'ROLE').join(''))).toEqual(
      { metadata: { annotations: { ...OWNER, 'eks.amazonaws.com/role-arn': 'ROLE', ...applied } } });
    expect(JSON.parse(Properties.RestorePatchJson)).toEqual(
      { metadata: { annotations: { 'cdk-vpc-cni-service-account-role/owner': null, 'eks.amazonaws.com/role-arn': null, ...removed } } });
    expect(guard.Properties.Owner).toEqual(Object.values(OWNER)[0]);
  });
});

test('everything that a handler may do outlives its last call', () => {
  const stack = newStack();
  define({}, stack);
  const template = Template.fromStack(stack);
  const [guard] = only(template, 'Custom::AwsNodeGuard');
  const [patch] = only(template, 'Custom::AWSCDK-EKS-KubernetesPatch');
  const needed = new Set([...requires(template, guard), ...requires(template, patch)]);
  for (const type of ['AWS::IAM::Policy', 'AWS::Lambda::Function', 'AWS::Logs::LogGroup', 'AWS::EKS::AccessEntry']) {
    const missing = Object.keys(template.findResources(type)).filter(id => !needed.has(id));
    expect(missing).toEqual([]);
  }
});

describe('kubernetes access', () => {
  test('is an access entry and the narrowest RBAC by default', () => {
    const stack = newStack();
    define({}, stack);
    const template = Template.fromStack(stack);
    const [, { Properties }] = only(template, 'Custom::AWSCDK-EKS-KubernetesResource');
    const [role, binding] = JSON.parse(Properties.Manifest);
    expect(role.rules).toEqual([
      { apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: ['aws-node'], verbs: ['get', 'watch'] },
      { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['aws-node'], verbs: ['get', 'watch', 'patch'] },
      { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'delete'] },
    ]);
    expect(binding.roleRef.name).toEqual(role.metadata.name);
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      ClusterName: 'my-cluster',
      KubernetesGroups: [binding.subjects[0].name],
      AccessPolicies: Match.absent(),
    });
    template.hasResourceProperties('AWS::EKS::AccessEntry', {
      AccessPolicies: [{
        AccessScope: { Type: 'cluster' },
        PolicyArn: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy']] },
      }],
    });
    template.resourceCountIs('AWS::EKS::AccessEntry', 2);
  });

  test('of an existing role changes nothing in the cluster', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Existing', 'arn:aws:iam::111122223333:role/existing');
    define({ kubernetesAccess: KubernetesAccess.existingRole(role) }, stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('AWS::EKS::AccessEntry', 0);
    template.resourceCountIs('Custom::AWSCDK-EKS-KubernetesResource', 0);
    const functions = Object.values(template.findResources('AWS::Lambda::Function')).filter(({ Properties }) => Properties.Role === role.roleArn);
    expect(functions.map(({ Properties }) => Properties.Handler).sort()).toEqual(['index.isComplete', 'index.onEvent', 'unless_cluster_is_gone.handler']);
    template.hasResourceProperties('AWS::IAM::Policy', { Roles: ['existing'] });
  });

  test('reads the roles of the nodes of this cluster alone', () => {
    const stack = newStack();
    define({}, stack);
    const allowed = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy'))
      .flatMap(({ Properties }) => Properties.PolicyDocument.Statement as { Action: string | string[]; Resource: { 'Fn::Join': [string, unknown[]] } }[])
      .map(({ Action, Resource }) => [Action, Resource['Fn::Join']?.[1].at(-1)]);
    expect(allowed).toEqual(expect.arrayContaining([
      [['eks:DescribeCluster', 'eks:ListPodIdentityAssociations', 'eks:ListNodegroups', 'eks:ListAccessEntries'], ':eks:eu-west-1:111122223333:cluster/my-cluster'],
      ['eks:DescribeNodegroup', ':eks:eu-west-1:111122223333:nodegroup/my-cluster/*'],
      ['eks:DescribeAccessEntry', ':eks:eu-west-1:111122223333:access-entry/my-cluster/role/*'],
      ['iam:SimulatePrincipalPolicy', ':iam::111122223333:role/*'],
    ]));
  });

  test('of the rollout function are for the role of one add-on of one cluster', () => {
    const stack = newStack();
    define({}, stack);
    const Resource = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':eks:eu-west-1:111122223333:addon/my-cluster/vpc-cni/*']] };
    Template.fromStack(stack).hasResourceProperties('AWS::IAM::Policy', {
      PolicyDocument: {
        Statement: Match.arrayWith([
          Match.objectLike({ Action: ['eks:ListAddons', 'eks:ListUpdates', 'eks:DescribeUpdate'] }),
          { Effect: 'Allow', Action: ['eks:DescribeAddon', 'eks:UpdateAddon', 'eks:ListUpdates', 'eks:DescribeUpdate'], Resource },
          {
            Effect: 'Allow',
            Action: ['eks:TagResource', 'eks:UntagResource'],
            Condition: { 'ForAllValues:StringEquals': { 'aws:TagKeys': ['cdk-vpc-cni-service-account-role:earlier-role'] } },
            Resource,
          },
          {
            Effect: 'Allow',
            Action: 'iam:PassRole',
            Condition: { StringEquals: { 'iam:PassedToService': 'eks.amazonaws.com' } },
            Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:role/*']] },
          },
        ]),
      },
    });
  });

  test('of our own functions cannot make log groups', () => {
    const stack = newStack();
    define({}, stack);
    const template = Template.fromStack(stack);
    for (const { Properties } of Object.values(template.findResources('AWS::Lambda::Function'))) {
      expect(Properties.LoggingConfig?.LogGroup).toBeDefined();
    }
    expect(JSON.stringify(template)).not.toMatch(/logs:CreateLogGroup|AWSLambdaBasicExecutionRole/);
    template.allResources('AWS::Logs::LogGroup', { DeletionPolicy: 'Delete' });
  });
});

describe('kubectl', () => {
  test('of our own lets a deletion succeed once the cluster is gone', () => {
    const stack = newStack();
    define({}, stack);
    const template = Template.fromStack(stack);
    const [id] = Object.keys(template.findResources('AWS::Lambda::LayerVersion', { Properties: { Description: Match.stringLikeRegexp('gone') } }));
    template.hasResourceProperties('AWS::Lambda::Function', { Handler: 'unless_cluster_is_gone.handler', Layers: Match.arrayWith([{ Ref: id }]) });
    expect(readdirSync(join(__dirname, '../assets/lib/handlers/kubectl/layer/python'))).toEqual(['unless_cluster_is_gone.py']);
  });

  test('of the cluster object is used', () => {
    const stack = newStack();
    const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: 'my-cluster', kubectlProvider: kubectlProvider(stack) });
    new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('Custom::AWSCDK-EKS-KubernetesPatch', { ServiceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:kubectl' });
    template.resourceCountIs('AWS::Lambda::LayerVersion', 0);
  });

  test('of an imported aws-eks cluster is used', () => {
    const stack = newStack();
    const cluster = eks.Cluster.fromClusterAttributes(stack, 'Imported', {
      clusterName: 'my-cluster',
      kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl',
      kubectlLayer: layer(stack),
    });
    new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });
    const template = Template.fromStack(stack);
    template.hasResourceProperties('Custom::AWSCDK-EKS-KubernetesPatch', { RoleArn: 'arn:aws:iam::111122223333:role/kubectl' });
    template.resourceCountIs('AWS::CloudFormation::Stack', 1);
  });
});

test('the attributes can be put out', () => {
  const stack = newStack();
  const construct = define({}, stack);
  const [rollout] = only(Template.fromStack(stack), 'Custom::AwsNodeRollout');
  expect(stack.resolve(construct.rolloutSummary)).toEqual({ 'Fn::GetAtt': [rollout, 'Summary'] });
  expect(stack.resolve(construct.role.roleArn)).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^VpcCni/), 'Arn'] });
  new CfnOutput(stack, 'Summary', { value: construct.rolloutSummary });
});

test('the role may be named', () => {
  const stack = newStack();
  define({ roleName: 'AmazonEKSVPCCNIRole' }, stack);
  Template.fromStack(stack).hasResourceProperties('AWS::IAM::Role', { RoleName: 'AmazonEKSVPCCNIRole' });
});

test('the time for the rollout reaches the handler', () => {
  const stack = newStack();
  define({ rolloutTimeout: Duration.minutes(5) }, stack);
  Template.fromStack(stack).hasResourceProperties('Custom::AwsNodeRollout', { RolloutTimeoutSeconds: '300' });
});

test('no function is deployed for what is known', () => {
  const stack = newStack();
  define({ openIdConnectProvider: provider(stack), ipFamily: IpFamily.IP_V4 }, stack);
  const handlers = Object.values(Template.fromStack(stack).findResources('AWS::Lambda::Function')).map(({ Properties }) => Properties.Handler);
  expect(handlers.sort()).toEqual([
    'framework.isComplete', 'framework.onEvent', 'framework.onEvent', 'framework.onTimeout', 'index.isComplete', 'index.onEvent', 'unless_cluster_is_gone.handler',
  ]);
});

test('two clusters in one stack', () => {
  const stack = newStack();
  const kubectlLayer = layer(stack);
  for (const clusterName of ['one', 'two']) {
    const cluster = eksv2.Cluster.fromClusterAttributes(stack, clusterName, { clusterName });
    new VpcCniServiceAccountRole(stack, `VpcCni-${clusterName}`, { cluster, kubectlLayer });
  }
  Template.fromStack(stack).resourceCountIs('Custom::AwsNodeRollout', 2);
  Annotations.fromStack(stack).hasNoWarning('*', Match.anyValue());
});

describe('fails', () => {
  test('for two constructs on one cluster, by its name', () => {
    const stack = newStack();
    define({}, stack);
    const cluster = eks.Cluster.fromClusterAttributes(stack, 'Again', { clusterName: 'my-cluster' });
    expect(() => new VpcCniServiceAccountRole(stack, 'Second', { cluster })).toThrow(
      "one VpcCniServiceAccountRole per cluster, since aws-node has one service account, got a second one at 'Stack/Second' beside 'Stack/VpcCni'");
  });

  test('for two constructs on one cluster in two stacks', () => {
    const app = new App();
    const [one, two] = ['One', 'Two'].map(id => new Stack(app, id));
    define({}, one);
    expect(() => define({}, two)).toThrow("got a second one at 'Two/VpcCni' beside 'One/VpcCni'; remove one of them");
  });

  test('for two constructs on one owned cluster', () => {
    const stack = newStack();
    const props = CLUSTERS['aws-eks-v2 owned'](stack);
    new VpcCniServiceAccountRole(stack, 'First', props);
    expect(() => new VpcCniServiceAccountRole(stack, 'Second', props)).toThrow('one VpcCniServiceAccountRole per cluster');
  });

  test('but not for clusters of one name in two regions', () => {
    const app = new App();
    const [one, two] = ['eu-west-1', 'us-east-1'].map(region => new Stack(app, region, { env: { account: '111122223333', region } }));
    define({}, one);
    expect(() => define({}, two)).not.toThrow();
  });

  test.each(['aws-eks', 'aws-eks-v2'])('without kubectl, for %s', module => {
    const stack = newStack();
    const { Cluster } = module === 'aws-eks' ? eks : eksv2;
    const cluster = Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: 'my-cluster' });
    expect(() => new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster })).toThrow(
      "add this line to the properties: kubectlLayer: new KubectlV35Layer(this, 'KubectlLayer')");
  });

  test('for an aws-eks import whose kubectl has no layer', () => {
    const stack = newStack();
    const cluster = eks.Cluster.fromClusterAttributes(stack, 'Imported', {
      clusterName: 'my-cluster',
      kubectlRoleArn: 'arn:aws:iam::111122223333:role/kubectl',
    });
    expect(() => new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster })).toThrow('has no kubectl provider');
  });

  test.each([
    [{ rolloutTimeout: Duration.minutes(61) }, 'must be between 1 minute and 1 hour, the longest that CloudFormation waits for a custom resource, got: 1 hour 1 minute'],
    [{ rolloutTimeout: Duration.seconds(59) }, 'got: 59 seconds'],
    [{ roleName: 'a'.repeat(65) }, `\`roleName\` must be 1 to 64 letters, digits or characters of _+=,.@- (no path, no ARN), got: '${'a'.repeat(65)}'`],
    [{ roleName: '' }, "got: ''; give the bare name"],
    [{ roleName: 'arn:aws:iam::111122223333:role/mine' }, "got: 'arn:aws:iam::111122223333:role/mine'"],
    [{ ipFamily: IpFamily.IP_V4, policy: CniPolicy.ipv6() }, 'the IP families must agree, got: ipv4 from `ipFamily`, ipv6 from `policy`'],
  ])('for %j', (props, message) => {
    expect(() => define(props)).toThrow(message);
  });

  test('for a family that is not that of the cluster object', () => {
    const stack = newStack();
    const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: 'my-cluster', ipFamily: eksv2.IpFamily.IP_V6 });
    expect(() => define({ cluster, ipFamily: IpFamily.IP_V4 }, stack)).toThrow(
      'the IP families must agree, got: ipv4 from `ipFamily`, ipv6 from the cluster object; '
      + 'set them to the family of the cluster, or leave out what the construct can work out');
  });

  test.each(['', '-cluster', 'my cluster', 'a'.repeat(101), 'arn:aws:eks:eu-west-1:111122223333:cluster/my-cluster'])('for the cluster name "%s"', clusterName => {
    const stack = newStack();
    const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName });
    expect(() => define({ cluster }, stack)).toThrow(`got: '${clusterName}'; give the name that \`aws eks list-clusters\` shows`);
  });

  test('for an OIDC provider ARN that cannot be one', () => {
    const stack = newStack();
    const openIdConnectProvider = iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'P', 'arn:aws:iam::1234:oidc-provider/x');
    expect(() => define({ openIdConnectProvider }, stack)).toThrow(
      "`openIdConnectProvider` must have an ARN of the form arn:PARTITION:iam::ACCOUNT:oidc-provider/NAME, got: 'arn:aws:iam::1234:oidc-provider/x'");
  });

  test('for a role ARN that cannot be one', () => {
    const role = iam.Role.fromRoleArn(newStack(), 'Role', 'arn:aws:iam::1234:role/short-account');
    expect(() => KubernetesAccess.existingRole(role)).toThrow(
      '`role` of KubernetesAccess.existingRole must have an ARN of the form arn:PARTITION:iam::ACCOUNT:role/NAME, '
      + "got: 'arn:aws:iam::1234:role/short-account'; give the ARN of an IAM role");
  });

  test('for a policy ARN that cannot be one', () => {
    const policy = iam.ManagedPolicy.fromManagedPolicyArn(newStack(), 'Policy', 'AmazonEKS_CNI_Policy');
    expect(() => CniPolicy.fromManagedPolicy(policy)).toThrow(
      '`policy` of CniPolicy.fromManagedPolicy must have an ARN of the form arn:PARTITION:iam::ACCOUNT:policy/NAME, '
      + "got: 'AmazonEKS_CNI_Policy'; give the ARN of an IAM policy");
  });
});

test('tokens pass where the values are not known yet', () => {
  const stack = newStack();
  const name = new CfnResource(stack, 'Name', { type: 'My::Name' }).ref;
  const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: name });
  expect(() => define({ cluster, roleName: name }, stack)).not.toThrow();
});
