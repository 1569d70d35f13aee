import { Aws, type IResolvable, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { acknowledge } from './acknowledgements';
import { CLUSTER_TAG } from './cluster-scope';
import { IPV6_ACTIONS, TAG_INTERFACES } from './cni-actions';
import { IpFamily } from '../ip-family';

/** What a policy for one cluster has to know of it. */
export interface ClusterScope {
  readonly clusterName: string;
  readonly vpcId: string;
  readonly instanceConditions: Record<string, string> | IResolvable;
}

/** What a `CniPolicy` stands for. */
export interface CniPolicyKind {
  /** The only family that it is good for; undefined if it is the user's own. */
  readonly ipFamily?: IpFamily;
  /** Whether it names the cluster, which the plugin then has to know as well. */
  readonly isScoped?: boolean;
  define(scope: Construct, cluster?: ClusterScope): iam.IManagedPolicy;
}

export const IPV4_POLICY: CniPolicyKind = {
  ipFamily: IpFamily.IP_V4,

  define(scope) {
    acknowledge(scope, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonEKS_CNI_Policy]':
        'The policy that the EKS user guide names for the plugin; AWS adds to it what new versions of the plugin call',
    });
    return iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEKS_CNI_Policy');
  },
};

export const IPV6_POLICY: CniPolicyKind = {
  ipFamily: IpFamily.IP_V6,

  define(scope) {
    const policy = new iam.ManagedPolicy(scope, 'Ipv6Policy', {
      description: 'Lets the Amazon VPC CNI plugin assign IPv6 addresses',
      statements: [
        new iam.PolicyStatement({ actions: IPV6_ACTIONS, resources: ['*'] }),
        new iam.PolicyStatement({ actions: [TAG_INTERFACES], resources: [every('network-interface')] }),
      ],
    });
    acknowledge(policy, {
      'AwsSolutions-IAM5[Resource::*]':
        'The EC2 Describe actions have no resource-level permissions, and the network interfaces that get addresses are made by the plugin itself',
      'AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:*:*:network-interface/*]':
        'The plugin tags the network interfaces that it creates; their ids are not known beforehand',
    });
    return policy;
  },
};

export const SCOPED_POLICY: CniPolicyKind = {
  ipFamily: IpFamily.IP_V4,
  isScoped: true,

  define(scope, cluster) {
    const { clusterName, vpcId, instanceConditions } = cluster!;
    const policy = new iam.ManagedPolicy(scope, 'ScopedPolicy', {
      description: 'Lets the Amazon VPC CNI plugin manage the IPv4 addresses of one cluster',
      statements: [
        new iam.PolicyStatement({
          actions: ['ec2:DescribeInstances', 'ec2:DescribeInstanceTypes', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSubnets', 'ec2:DescribeTags'],
          resources: ['*'],
        }),
        new iam.PolicyStatement({ actions: [TAG_INTERFACES], resources: [every('network-interface')] }),
        new iam.PolicyStatement({
          actions: ['ec2:CreateNetworkInterface'],
          resources: [every('network-interface')],
          conditions: { StringEquals: { [`aws:RequestTag/${CLUSTER_TAG}`]: clusterName } },
        }),
        new iam.PolicyStatement({
          actions: ['ec2:CreateNetworkInterface'],
          resources: [every('subnet'), every('security-group')],
          conditions: { ArnEquals: { 'ec2:Vpc': `arn:${Aws.PARTITION}:ec2:*:*:vpc/${vpcId}` } },
        }),
        new iam.PolicyStatement({
          actions: [
            'ec2:AssignPrivateIpAddresses',
            'ec2:AttachNetworkInterface',
            'ec2:DeleteNetworkInterface',
            'ec2:DetachNetworkInterface',
            'ec2:ModifyNetworkInterfaceAttribute',
            'ec2:UnassignPrivateIpAddresses',
          ],
          resources: [every('network-interface')],
          conditions: { StringEquals: { [`aws:ResourceTag/${CLUSTER_TAG}`]: clusterName } },
        }),
        new iam.PolicyStatement({
          actions: ['ec2:AttachNetworkInterface', 'ec2:DetachNetworkInterface', 'ec2:ModifyNetworkInterfaceAttribute'],
          resources: [every('instance')],
          conditions: { StringEquals: instanceConditions },
        }),
        new iam.PolicyStatement({ actions: ['ec2:ModifyNetworkInterfaceAttribute'], resources: [every('security-group')] }),
      ],
    });
    acknowledge(policy, {
      'AwsSolutions-IAM5[Resource::*]': 'The EC2 Describe actions have no resource-level permissions',
      ...Object.fromEntries(['network-interface', 'subnet', 'security-group', 'instance'].map(resource => [
        `AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:ec2:*:*:${resource}/*]`,
        'Which of these the cluster will have is not known beforehand; the conditions keep to its own, as the documentation of the plugin has it',
      ])),
    });
    return policy;
  },
};

/** Of EC2, in any region and account. */
function every(resource: string): string {
  return `arn:${Aws.PARTITION}:ec2:*:*:${resource}/*`;
}
