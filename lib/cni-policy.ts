import { aws_iam as iam } from 'aws-cdk-lib';
import { IpFamily } from './ip-family';
import { type CniPolicyKind, IPV4_POLICY, IPV6_POLICY, SCOPED_POLICY } from './private/cni-policies';
import { checkArn } from './private/validation';

/**
 * The IAM policy that the role of the Amazon VPC CNI plugin gets.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html
 */
export class CniPolicy {
  /**
   * The AWS managed policy `AmazonEKS_CNI_Policy`, for IPv4 clusters.
   *
   * AWS keeps it up to date with the plugin. An IPv6 cluster is refused: at synth if its family is known there, else at deployment,
   * before anything changes.
   *
   * @see https://docs.aws.amazon.com/aws-managed-policy/latest/reference/AmazonEKS_CNI_Policy.html
   */
  public static ipv4(): CniPolicy {
    return new CniPolicy(IPV4_POLICY);
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
    return new CniPolicy(IPV6_POLICY);
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
    return new CniPolicy(SCOPED_POLICY);
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
    return new CniPolicy({ define: () => policy });
  }

  /** @internal */
  public static _forIpFamily(family: IpFamily): CniPolicy {
    return family === IpFamily.IP_V6 ? CniPolicy.ipv6() : CniPolicy.ipv4();
  }

  /** @internal */
  public readonly _kind: CniPolicyKind;

  private constructor(kind: CniPolicyKind) {
    this._kind = kind;
  }
}
