import { Aws, type IResolvable, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import { IpFamily } from './ip-family';
import { acknowledge } from './private/acknowledgements';
import { CLUSTER_TAG } from './private/cluster-scope';
import { IPV6_ACTIONS, TAG_INTERFACES } from './private/cni-actions';
import { checkArn } from './private/validation';

/**
 * The IAM policy that the role of the Amazon VPC CNI plugin gets.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html
 */
export abstract class CniPolicy {
  /**
   * The AWS managed policy `AmazonEKS_CNI_Policy`, for IPv4 clusters.
   *
   * AWS keeps it up to date with the plugin. An IPv6 cluster is refused: at synth if its family is known there, else at deployment,
   * before anything changes.
   *
   * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKS_CNI_Policy.html
   */
  public static ipv4(): CniPolicy {
    return new Ipv4CniPolicy();
  }

  /**
   * A customer managed policy for IPv6 clusters, defined in your stack: AWS offers no managed one.
   *
   * It holds what the EKS user guide lists, and `ec2:DescribeSubnets` and `ec2:DescribeSecurityGroups`, which later versions of the plugin
   * call. An IPv4 cluster is refused: at synth if its family is known there, else at deployment, before anything changes.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html#cni-iam-role-create-ipv6-policy
   * @see https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md
   */
  public static ipv6(): CniPolicy {
    return new Ipv6CniPolicy();
  }

  /**
   * A customer managed policy for IPv4 clusters, defined in your stack: what `ipv4()` allows, on the network interfaces and instances of this one
   * cluster only, as the plugin's documentation scopes it down.
   *
   * The plugin must know the name of the cluster, by the environment variable `CLUSTER_NAME` of its container; a deployment to a cluster where
   * it does not fails before anything changes. Network interfaces from before it knew the name lack the tag that the policy asks for: recycle
   * the nodes first. The instances must have the tag `kubernetes.io/cluster/NAME` with the value `owned`, which those of managed node
   * groups have.
   *
   * @see https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md#scope-down-iam-policy-per-eks-cluster
   */
  public static scopedToCluster(): CniPolicy {
    return new ScopedCniPolicy();
  }

  /**
   * A managed policy of your own, for either family.
   *
   * Nothing checks what it grants: the plugin needs at least what its documentation lists, or its pods do not become ready and the
   * deployment fails after the first one.
   *
   * @param policy attached to the role as it is
   * @see https://github.com/aws/amazon-vpc-cni-k8s/blob/master/docs/iam-policy.md
   * @example
   * import { aws_iam as iam } from 'aws-cdk-lib';
   * import { CniPolicy } from 'cdk-vpc-cni-service-account-role';
   *
   * const policy = CniPolicy.fromManagedPolicy(iam.ManagedPolicy.fromManagedPolicyName(this, 'Policy', 'my-cni-policy'));
   */
  public static fromManagedPolicy(policy: iam.IManagedPolicy): CniPolicy {
    checkArn('`policy` of CniPolicy.fromManagedPolicy', 'policy', policy.managedPolicyArn);
    return new ManagedCniPolicy(policy);
  }

  /** @internal */
  public static _forIpFamily(family: IpFamily): CniPolicy {
    return family === IpFamily.IP_V6 ? CniPolicy.ipv6() : CniPolicy.ipv4();
  }

  /**
   * The only family that the policy is good for; undefined if it is the user's own.
   *
   * @internal
   */
  public abstract readonly _ipFamily?: IpFamily;

  /**
   * Whether the policy names the cluster, which the plugin then has to know as well.
   *
   * @internal
   */
  public readonly _isScoped: boolean = false;

  /** @internal */
  public abstract _bind(scope: Construct, cluster?: _ClusterScope): iam.IManagedPolicy;
}

/**
 * What a policy for one cluster has to know of it.
 *
 * @internal
 */
export interface _ClusterScope {
  readonly clusterName: string;
  readonly vpcId: string;
  readonly instanceConditions: Record<string, string> | IResolvable;
}

class Ipv4CniPolicy extends CniPolicy {
  public readonly _ipFamily = IpFamily.IP_V4;

  public _bind(scope: Construct): iam.IManagedPolicy {
    acknowledge(scope, {
      'AwsSolutions-IAM4[Policy::arn:<AWS::Partition>:iam::aws:policy/AmazonEKS_CNI_Policy]':
        'The policy that the EKS user guide names for the plugin; AWS adds to it what new versions of the plugin call',
    });
    return iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEKS_CNI_Policy');
  }
}

class Ipv6CniPolicy extends CniPolicy {
  public readonly _ipFamily = IpFamily.IP_V6;

  public _bind(scope: Construct): iam.IManagedPolicy {
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
  }
}

class ScopedCniPolicy extends CniPolicy {
  public readonly _ipFamily = IpFamily.IP_V4;
  public readonly _isScoped = true;

  public _bind(scope: Construct, { clusterName, vpcId, instanceConditions }: _ClusterScope): iam.IManagedPolicy {
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
  }
}

class ManagedCniPolicy extends CniPolicy {
  public readonly _ipFamily = undefined;

  constructor(private readonly policy: iam.IManagedPolicy) {
    super();
  }

  public _bind(_scope: Construct): iam.IManagedPolicy {
    return this.policy;
  }
}

/** Of EC2, in any region and account. */
function every(resource: string): string {
  return `arn:${Aws.PARTITION}:ec2:*:*:${resource}/*`;
}
