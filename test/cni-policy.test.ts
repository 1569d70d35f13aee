import { Stack, aws_ec2 as ec2, aws_eks_v2 as eksv2, aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CLUSTERS, define, newStack, provider } from './clusters';
import { CniPolicy, VpcCniServiceAccountRole } from '../lib';
import { type PolicyStatement, facts } from './facts/vpc-cni-iam-policies';

/** Statements as the documentation writes them, whatever the order of their actions and the form of a single one. */
function inOrder(statements: readonly { Action: string | readonly string[]; Resource: unknown; Condition?: unknown }[]): unknown[] {
  const list = (value: unknown) => [value].flat().sort();
  const plain = (value: unknown) => JSON.parse(JSON.stringify(value, intrinsic).replaceAll('arn:${AWS::Partition}:', 'arn:aws:'));
  return statements.map(statement => {
    const { Action, Resource, Condition } = plain(statement);
    return { actions: list(Action), resources: list(Resource), condition: Condition };
  });
}

/** Joins and references as text. */
function intrinsic(_key: string, value: unknown): unknown {
  if (typeof value === 'object' && value !== null && 'Fn::Join' in value) {
    const [, parts] = value['Fn::Join'] as [string, (string | { Ref: string })[]];
    return parts.map(part => typeof part === 'string' ? part : `\${${part.Ref}}`).join('');
  }
  return value;
}

describe('CniPolicy.ipv4()', () => {
  test("is the AWS managed policy of the stack's partition", () => {
    const stack = new Stack();
    expect(stack.resolve(CniPolicy.ipv4()._kind.define(stack).managedPolicyArn)).toEqual(
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonEKS_CNI_Policy']] });
  });
});

describe('CniPolicy.ipv6()', () => {
  const stack = new Stack();
  CniPolicy.ipv6()._kind.define(stack);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
  const statements: PolicyStatement[] = policy.Properties.PolicyDocument.Statement;

  test('grants what the user guide lists', () => {
    const granted = statements.flatMap(({ Action }) => Action);
    expect(granted).toEqual(expect.arrayContaining([
      'ec2:AssignIpv6Addresses',
      'ec2:DescribeInstances',
      'ec2:DescribeTags',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeInstanceTypes',
      'ec2:CreateTags',
    ]));
  });

  test('grants what the documentation of the plugin lists, to the letter', () => {
    expect(inOrder(statements)).toEqual(inOrder(facts().ipv6.Statement));
  });

  test('and what the plugin calls beyond it, nothing else', () => {
    expect(statements).toEqual([
      {
        Effect: 'Allow',
        Resource: '*',
        Action: [
          'ec2:AssignIpv6Addresses',
          'ec2:DescribeInstances',
          'ec2:DescribeInstanceTypes',
          'ec2:DescribeNetworkInterfaces',
          'ec2:DescribeSecurityGroups',
          'ec2:DescribeSubnets',
          'ec2:DescribeTags',
        ],
      },
      {
        Effect: 'Allow',
        Resource: { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ec2:*:*:network-interface/*']] },
        Action: 'ec2:CreateTags',
      },
    ]);
  });
});

describe('CniPolicy.fromManagedPolicy()', () => {
  test('is the policy itself', () => {
    const policy = iam.ManagedPolicy.fromManagedPolicyArn(new Stack(), 'Policy', 'arn:aws-cn:iam::111122223333:policy/path/own');
    expect(CniPolicy.fromManagedPolicy(policy)._kind.define(new Stack())).toBe(policy);
  });

  test("takes one of the app's own, whose ARN is a token", () => {
    const policy = new iam.ManagedPolicy(new Stack(), 'Policy', { statements: [new iam.PolicyStatement({ actions: ['ec2:*'], resources: ['*'] })] });
    expect(() => CniPolicy.fromManagedPolicy(policy)).not.toThrow();
  });
});

describe('CniPolicy.scopedToCluster()', () => {
  const VPC = 'vpc-0123456789abcdef0';

  function statementsOf(construct: VpcCniServiceAccountRole): PolicyStatement[] {
    const [policy] = Object.values(Template.fromStack(Stack.of(construct)).findResources('AWS::IAM::ManagedPolicy'));
    return policy.Properties.PolicyDocument.Statement;
  }

  /** With the names of this cluster where the documentation has its own. */
  function documentedFor(clusterName: string): PolicyStatement[] {
    return JSON.parse(JSON.stringify(facts().scopedToCluster.Statement).replaceAll('${CLUSTER_NAME}', clusterName).replaceAll('${VPC_ID}', VPC));
  }

  test('grants what the documentation of the plugin lists for one cluster, to the letter', () => {
    const stack = newStack();
    const vpc = ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: VPC, availabilityZones: ['eu-west-1a'] });
    const cluster = eksv2.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName: 'my-cluster', vpc });
    const construct = define({ cluster, policy: CniPolicy.scopedToCluster(), openIdConnectProvider: provider(stack) }, stack);
    expect(inOrder(statementsOf(construct))).toEqual(inOrder(documentedFor('my-cluster')));
    Template.fromStack(stack).resourceCountIs('Custom::ClusterIdentity', 0);
  });

  test('takes from the cluster what is not known at synth', () => {
    const stack = newStack();
    const construct = define({ policy: CniPolicy.scopedToCluster(), openIdConnectProvider: provider(stack) }, stack);
    const [[identity, { Properties }]] = Object.entries(Template.fromStack(stack).findResources('Custom::ClusterIdentity'));
    expect(Properties).toMatchObject({ ScopedToCluster: 'true', IpFamily: 'ipv4' });
    const conditions = statementsOf(construct).map(({ Condition }) => Condition);
    expect(conditions).toContainEqual({ StringEquals: { 'Fn::GetAtt': [identity, 'InstanceConditions'] } });
    expect(conditions).toContainEqual({
      ArnEquals: { 'ec2:Vpc': { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':ec2:*:*:vpc/', { 'Fn::GetAtt': [identity, 'VpcId'] }]] } },
    });
  });

  test('takes the condition with the name from the cluster where the name is a token, and the VPC with it', () => {
    const stack = newStack();
    const props = CLUSTERS['aws-eks-v2 owned'](stack);
    const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', { ...props, policy: CniPolicy.scopedToCluster() });
    const text = JSON.stringify(statementsOf(construct));
    expect(text).toContain('"InstanceConditions"');
    expect(text).toContain('{"StringEquals":{"aws:RequestTag/cluster.k8s.amazonaws.com/name":{"Ref":"Cluster');
  });

  test('asks the guard to look whether the plugin knows its cluster, and no other policy does', () => {
    const [scoped, other] = [CniPolicy.scopedToCluster(), CniPolicy.ipv4()].map(policy => {
      const [guard] = Object.values(Template.fromStack(Stack.of(define({ policy }))).findResources('Custom::AwsNodeGuard'));
      return guard.Properties.ScopedToCluster;
    });
    expect([scoped, other]).toEqual(['true', undefined]);
  });

  test('asks the cluster for nothing when another policy is chosen', () => {
    const [identity] = Object.values(Template.fromStack(Stack.of(define())).findResources('Custom::ClusterIdentity'));
    expect(identity.Properties.ScopedToCluster).toBeUndefined();
  });
});
