import { Stack, aws_ec2 as ec2, aws_eks_v2 as eksv2, aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import * as nag from 'cdk-nag';
import { KubernetesAccess, VpcCniServiceAccountRole, type VpcCniServiceAccountRoleProps } from '../../lib';
import { CLUSTERS, define, newStack, vpc } from '../clusters';
import { testKinds } from '../compatibility/template-kinds';

const INTERFACES = [
  'ec2:AssignPrivateIpAddresses',
  'ec2:CreateNetworkInterface',
  'ec2:DeleteNetworkInterface',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSubnets',
  'ec2:UnassignPrivateIpAddresses',
];

const securityGroup = (stack: Stack, id = 'sg-1') => ec2.SecurityGroup.fromSecurityGroupId(stack, id, id);

function inVpc(differences: (stack: Stack) => Partial<VpcCniServiceAccountRoleProps> = () => ({})) {
  const stack = newStack();
  const construct = define({ vpc: vpc(stack), securityGroups: [securityGroup(stack)], ...differences(stack) }, stack);
  return { stack, construct, template: Template.fromStack(stack) };
}

/** Description and place of each function that is in a VPC. */
function placed(template: Template): Record<string, unknown> {
  return Object.fromEntries(Object.values(template.findResources('AWS::Lambda::Function'))
    .filter(({ Properties }) => Properties.VpcConfig)
    .map(({ Properties }) => [Properties.Handler, Properties.VpcConfig]));
}

testKinds('Network', {
  'private endpoint: functions that talk to the cluster in its VPC, no others': () => {
    const place = { SubnetIds: ['subnet-11111111', 'subnet-22222222'], SecurityGroupIds: ['sg-1'] };
    expect(placed(inVpc().template)).toEqual({
      'index.onEvent': place,
      'index.isComplete': place,
      'unless_cluster_is_gone.handler': place,
    });
    const ofIdentity = Object.values(inVpc().template.findResources('AWS::Lambda::Function'))
      .filter(({ Properties }) => Properties.Description === 'Reads the IP family and OIDC provider of an EKS cluster');
    expect(ofIdentity.map(({ Properties }) => Properties.VpcConfig)).toEqual([undefined]);
  },
});

test('or in the subnets and security groups that are given', () => {
  const { template } = inVpc(stack => ({
    vpcSubnets: { subnets: [ec2.Subnet.fromSubnetId(stack, 'Subnet', 'subnet-3')] },
    securityGroups: [securityGroup(stack, 'sg-2'), securityGroup(stack, 'sg-3')],
  }));
  const place = { SubnetIds: ['subnet-3'], SecurityGroupIds: ['sg-2', 'sg-3'] };
  expect(Object.values(placed(template))).toEqual([place, place, place]);
});

test('by default with the security group of the cluster', () => {
  const stack = newStack();
  const props = CLUSTERS['aws-eks-v2 owned'](stack);
  new VpcCniServiceAccountRole(stack, 'VpcCni', { ...props, vpc: props.cluster.vpc });
  const group = { 'Fn::GetAtt': [expect.stringMatching(/^Cluster/), 'ClusterSecurityGroupId'] };
  expect(placed(Template.fromStack(stack))).toMatchObject({ 'index.onEvent': { SecurityGroupIds: [group] }, 'index.isComplete': { SecurityGroupIds: [group] } });
});

test('their roles may have network interfaces before Lambda makes the functions, and no other role may', () => {
  const { template } = inVpc();
  const allowed = Object.entries(template.findResources('AWS::IAM::Policy'))
    .filter(([, { Properties }]) => JSON.stringify(Properties.PolicyDocument.Statement).includes('ec2:'))
    .map(([id, { Properties }]) => {
      expect(Properties.PolicyDocument.Statement).toContainEqual({ Effect: 'Allow', Action: INTERFACES, Resource: '*' });
      return id;
    });
  const inside = Object.values(template.findResources('AWS::Lambda::Function')).filter(({ Properties }) => Properties.VpcConfig);
  expect(inside.map(({ DependsOn }) => DependsOn.filter((id: string) => allowed.includes(id)).length)).toEqual([1, 1, 1]);
  expect(allowed).toHaveLength(2);
});

test('nothing of it without a VPC', () => {
  const stack = newStack();
  define({}, stack);
  const template = Template.fromStack(stack);
  expect(placed(template)).toEqual({});
  expect(JSON.stringify(template.findResources('AWS::IAM::Policy'))).not.toContain('NetworkInterface');
});

test.each([nag.AwsSolutionsChecks, nag.HIPAASecurityChecks, nag.NIST80053R5Checks])('cdk-nag finds nothing, and no function outside of a VPC without a reason: %p', Pack => {
  const { stack, construct } = inVpc();
  const found = new Pack().validateScope(stack).violations.flatMap(({ ruleName, violatingResources }) =>
    violatingResources.filter(({ constructPath }) => constructPath?.startsWith(construct.node.path)).map(() => ruleName));
  expect(found).toEqual([]);
});

test.each([
  [{ vpcSubnets: {} }, '`vpcSubnets`'],
  [{ vpcSubnets: {}, securityGroups: [] }, '`vpcSubnets` and `securityGroups`'],
])('fails for %j without a VPC', (props, given) => {
  expect(() => define(props)).toThrow(
    `functions run in a VPC only with \`vpc\`, got ${given} without it; give \`vpc\` as well, or leave out ${given}`);
});

test('fails without a security group that is known', () => {
  const stack = newStack();
  expect(() => define({ vpc: vpc(stack) }, stack)).toThrow(
    "`vpc` needs `securityGroups` that the endpoint of the cluster lets in, since 'Stack/Cluster' does not say its own; give the cluster's security group, "
    + 'as resourcesVpcConfig.clusterSecurityGroupId of `aws eks describe-cluster` shows it: '
    + "securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(this, 'ClusterSecurityGroup', 'sg-…')]");
});

test('an existing role gets the permissions once', () => {
  const stack = newStack();
  const role = iam.Role.fromRoleArn(stack, 'Existing', 'arn:aws:iam::111122223333:role/existing');
  const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: 'my-cluster' });
  define({ cluster, vpc: vpc(stack), securityGroups: [securityGroup(stack)], kubernetesAccess: KubernetesAccess.existingRole(role) }, stack);
  const statements = Object.values(Template.fromStack(stack).findResources('AWS::IAM::Policy', { Properties: { Roles: ['existing'] } }))
    .flatMap(({ Properties }) => Properties.PolicyDocument.Statement)
    .filter(({ Action }) => Action.includes('ec2:CreateNetworkInterface'));
  expect(statements).toHaveLength(1);
});
