import type { aws_iam as iam } from 'aws-cdk-lib';
import { ACCESS_ENTRY, AWS_AUTH, type AccessMode, defaultMode, existingRole } from './private/access-modes';
import type { Cluster } from './private/kubectl';
import { checkArn } from './private/validation';

/**
 * How the functions of the construct get access to the Kubernetes API of the cluster.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html
 */
export class KubernetesAccess {
  /**
   * An EKS access entry for each function that talks to Kubernetes, removed with the construct.
   *
   * The function that restarts the pods may read the DaemonSet and the service account `aws-node`, patch that service account, and read and
   * delete pods in `kube-system`, nothing else; the one that `nodeRoles` needs may list events there. Where the construct makes a kubectl
   * provider of its own, that one is a cluster administrator, as CDK's own are: it defines those permissions.
   *
   * The authentication mode of the cluster must be `API` or `API_AND_CONFIG_MAP`.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
   */
  public static accessEntry(): KubernetesAccess {
    return new KubernetesAccess(ACCESS_ENTRY);
  }

  /**
   * A line in the ConfigMap `aws-auth` for each function that talks to Kubernetes, by the cluster's own `awsAuth`.
   *
   * For a cluster of `aws-eks` that is defined in the same stack, in mode `CONFIG_MAP` or `API_AND_CONFIG_MAP`. In Kubernetes the functions may
   * do what they may with `accessEntry()`.
   *
   * When the construct is removed from the stack, CloudFormation takes the line out of `aws-auth` before the functions run for the last time,
   * and they are refused: set the cluster to `API_AND_CONFIG_MAP` and deploy with `accessEntry()` first. Lest pods are left with a role that is
   * gone, the role, its policy and the cluster's OIDC provider are never deleted, not with the whole stack either: delete them yourself once
   * no pod carries the role.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/auth-configmap.html
   */
  public static awsAuth(): KubernetesAccess {
    return new KubernetesAccess(AWS_AUTH);
  }

  /**
   * A role that has access to the cluster already; the functions run as this role, and nothing is changed in the cluster's access.
   *
   * Use it where access entries cannot be used, or are made elsewhere. The role must trust `lambda.amazonaws.com`. In Kubernetes it needs
   * `get` and `watch` on the DaemonSet `aws-node`, `get`, `watch` and `patch` on the service account `aws-node`, and `list`, `watch` and
   * `delete` on pods, with `nodeRoles` also `list` on events, all in `kube-system`. Its IAM permissions are added by the construct; a role from
   * another account or stack must let it, or have them.
   *
   * @param role the functions' execution role
   * @example
   * import { aws_iam as iam } from 'aws-cdk-lib';
   * import { KubernetesAccess } from 'cdk-vpc-cni-service-account-role';
   *
   * const kubernetesAccess = KubernetesAccess.existingRole(iam.Role.fromRoleName(this, 'FunctionRole', 'cluster-operator'));
   */
  public static existingRole(role: iam.IRole): KubernetesAccess {
    checkArn('`role` of KubernetesAccess.existingRole', 'role', role.roleArn);
    return new KubernetesAccess(existingRole(role));
  }

  /** @internal */
  public static _default(cluster: Cluster): KubernetesAccess {
    return new KubernetesAccess(defaultMode(cluster));
  }

  /** @internal */
  public readonly _mode: AccessMode;

  private constructor(mode: AccessMode) {
    this._mode = mode;
  }
}
