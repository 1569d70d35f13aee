import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CniPolicy } from '../lib';

describe('CniPolicy.ipv4()', () => {
  test("is the AWS managed policy of the stack's partition", () => {
    const stack = new Stack();
    expect(stack.resolve(CniPolicy.ipv4()._bind(stack).managedPolicyArn)).toEqual(
      { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::aws:policy/AmazonEKS_CNI_Policy']] });
  });
});

describe('CniPolicy.ipv6()', () => {
  const stack = new Stack();
  CniPolicy.ipv6()._bind(stack);
  const [policy] = Object.values(Template.fromStack(stack).findResources('AWS::IAM::ManagedPolicy'));
  const statements: { Action: string | string[]; Resource: unknown; Effect: string }[] = policy.Properties.PolicyDocument.Statement;

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
    expect(CniPolicy.fromManagedPolicy(policy)._bind(new Stack())).toBe(policy);
  });

  test("takes one of the app's own, whose ARN is a token", () => {
    const policy = new iam.ManagedPolicy(new Stack(), 'Policy', { statements: [new iam.PolicyStatement({ actions: ['ec2:*'], resources: ['*'] })] });
    expect(() => CniPolicy.fromManagedPolicy(policy)).not.toThrow();
  });
});
