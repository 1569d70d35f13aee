import { Stack } from 'aws-cdk-lib';
import { Match, Template } from 'aws-cdk-lib/assertions';
import { CLUSTER_KINDS, type ClusterKind, givenArn, nameOf, propsOf } from './cluster-kinds';
import { testKinds } from './template-kinds';
import { VpcCniServiceAccountRole } from '../../lib';
import { newStack } from '../clusters';
import { ours, only, requires } from '../resources';

testKinds('Cluster object', Object.fromEntries(CLUSTER_KINDS.map(kind => [nameOf(kind), () => {
  const stack = newStack();
  const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', propsOf(kind, stack));
  const template = Template.fromStack(stack);
  expectPolicy(kind, template, stack.resolve(construct.policy.managedPolicyArn));
  expectTrust(kind, template);
  expectKubectl(kind, template);
  expectAccess(kind, template, stack);
  expectOrder(template);
}])));

function roleOf(template: Template): [logicalId: string, properties: Record<string, any>] {
  const [, { Properties: { RoleArn } }] = only(template, 'Custom::AwsNodeRollout');
  const [logicalId] = RoleArn['Fn::GetAtt'];
  return [logicalId, template.toJSON().Resources[logicalId].Properties];
}

function expectPolicy({ family }: ClusterKind, template: Template, policy: unknown): void {
  const [, role] = roleOf(template);
  const ipv4 = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonEKS_CNI_Policy']] };
  expect(role.ManagedPolicyArns).toEqual([policy]);
  if (family === 'IPv4') {
    expect(policy).toEqual(ipv4);
    template.resourceCountIs('AWS::IAM::ManagedPolicy', 0);
    return;
  }
  const [logicalId, { Properties: { PolicyDocument } }] = only(template, 'AWS::IAM::ManagedPolicy');
  const ipv6 = { Ref: logicalId };
  expect(PolicyDocument.Statement[0].Action).toContain('ec2:AssignIpv6Addresses');
  if (family === 'IPv6') {
    expect(policy).toEqual(ipv6);
  } else {
    const [identity, { Properties }] = only(template, 'Custom::ClusterIdentity');
    expect(policy).toEqual({ 'Fn::GetAtt': [identity, 'PolicyArn'] });
    expect(Properties.PolicyArns).toEqual({ ipv4, ipv6 });
  }
}

function expectTrust({ object }: ClusterKind, template: Template): void {
  const [, { AssumeRolePolicyDocument: { Statement } }] = roleOf(template);
  const [statement] = Statement;
  expect(Statement).toHaveLength(1);
  expect(statement).toMatchObject({ Effect: 'Allow', Action: 'sts:AssumeRoleWithWebIdentity' });
  if (object.endsWith('with kubectl')) {
    const issuer = statement.Principal.Federated.split('oidc-provider/')[1];
    expect(issuer).toMatch(/^oidc\.eks\.eu-west-1\.amazonaws\.com\/id\/\w+$/);
    expect(statement.Condition).toEqual({
      StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: 'system:serviceaccount:kube-system:aws-node' },
    });
    return;
  }
  const [identity, { Properties }] = only(template, 'Custom::ClusterIdentity');
  expect(statement.Condition).toEqual({ StringEquals: { 'Fn::GetAtt': [identity, 'TrustConditions'] } });
  if (object.endsWith('owned')) {
    const [provider] = only(template, 'AWS::IAM::OIDCProvider');
    expect(statement.Principal).toEqual({ Federated: { Ref: provider } });
    expect(Properties.OpenIdConnectProviderArn).toEqual({ Ref: provider });
  } else {
    expect(statement.Principal).toEqual({ Federated: { 'Fn::GetAtt': [identity, 'OpenIdConnectProviderArn'] } });
    expect(Properties).not.toHaveProperty('OpenIdConnectProviderArn');
  }
}

function expectKubectl({ object }: ClusterKind, template: Template): void {
  const [, { Properties: { ServiceToken, RoleArn } }] = only(template, 'Custom::AWSCDK-EKS-KubernetesPatch');
  const isOwn = object.endsWith('by name');
  const own = template.findResources('AWS::Lambda::Function', { Properties: { Handler: 'unless_cluster_is_gone.handler' } });
  expect(Object.keys(own)).toHaveLength(isOwn ? 1 : 0);
  if (isOwn) {
    expect(ServiceToken).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^VpcCniKubectlProvider/), 'Arn'] });
  } else if (object === 'aws-eks-v2, imported with kubectl') {
    expect(ServiceToken).toEqual('arn:aws:lambda:eu-west-1:111122223333:function:kubectl');
  } else if (object === 'aws-eks-v2, owned') {
    expect(ServiceToken).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/^ClusterKubectlProvider/), 'Arn'] });
  } else {
    expect(ServiceToken).toEqual({ 'Fn::GetAtt': [expect.stringMatching(/KubectlProviderNestedStack/), expect.stringMatching(/^Outputs\./)] });
    expect(RoleArn).toEqual(object.endsWith('owned')
      ? { 'Fn::GetAtt': [expect.stringMatching(/^ClusterCreationRole/), 'Arn'] }
      : 'arn:aws:iam::111122223333:role/kubectl');
  }
}

function expectAccess({ object, access }: ClusterKind, template: Template, stack: Stack): void {
  const handlers = template.findResources('AWS::Lambda::Function', { Properties: { Description: Match.stringLikeRegexp('^Restarts') } });
  const roles = Object.values(handlers).map(({ Properties: { Role } }) => Role);
  const entries = ours(template, 'AWS::EKS::AccessEntry').map(([, { Properties: { PrincipalArn, KubernetesGroups, AccessPolicies } }]) =>
    ({ PrincipalArn, KubernetesGroups, policies: AccessPolicies?.length }));
  expect(roles).toHaveLength(2);
  if (access === 'existing role') {
    expect(roles).toEqual(Array(2).fill(givenArn(stack, 'iam', 'role/existing')));
    expect(entries).toEqual([]);
    template.resourceCountIs('Custom::AWSCDK-EKS-KubernetesResource', 0);
    return;
  }
  const [, { Properties: { Manifest } }] = only(template, 'Custom::AWSCDK-EKS-KubernetesResource');
  const [, { subjects: [{ name }] }] = JSON.parse(Manifest);
  const kubectl = object.endsWith('by name')
    ? [{ PrincipalArn: { 'Fn::GetAtt': [expect.stringMatching(/^VpcCniKubectlRole/), 'Arn'] }, KubernetesGroups: undefined, policies: 1 }]
    : [];
  expect(entries).toEqual([...kubectl, { PrincipalArn: roles[0], KubernetesGroups: [name], policies: undefined }]);
}

/** Each needs all before it, so it is created after them and deleted before them. */
function expectOrder(template: Template): void {
  const idsOf = (...types: string[]) => types.flatMap(type => ours(template, type).map(([logicalId]) => logicalId));
  const [role] = roleOf(template);
  const [guard] = only(template, 'Custom::AwsNodeGuard');
  const [annotation] = only(template, 'Custom::AWSCDK-EKS-KubernetesPatch');
  const [rollout] = only(template, 'Custom::AwsNodeRollout');
  const access = idsOf('AWS::EKS::AccessEntry', 'Custom::AWSCDK-EKS-KubernetesResource');
  expect([...requires(template, role)]).toEqual(expect.arrayContaining(idsOf('Custom::ClusterIdentity')));
  expect([...requires(template, guard)]).toEqual(expect.arrayContaining([role, ...access]));
  expect([...requires(template, annotation)]).toEqual(expect.arrayContaining([guard]));
  expect([...requires(template, rollout)]).toEqual(expect.arrayContaining([annotation, ...idsOf('AWS::IAM::Policy', 'AWS::Logs::LogGroup')]));
}
