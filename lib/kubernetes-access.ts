import { Aws, aws_eks as eks, aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { Cluster } from './private/kubectl';
import { checkArn } from './private/validation';

/**
 * How the functions of the construct get access to the Kubernetes API of the cluster.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/grant-k8s-access.html
 */
export abstract class KubernetesAccess {
  /**
   * An EKS access entry for each function that talks to Kubernetes, removed with the construct.
   *
   * The function that restarts the pods may read the DaemonSet and the service account `aws-node`, patch that service account, and read and
   * delete pods in `kube-system`, nothing else. Where the construct makes a kubectl provider of its own, that one is a cluster
   * administrator, as CDK's own are: it defines those permissions.
   *
   * The authentication mode of the cluster must be `API` or `API_AND_CONFIG_MAP`.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
   */
  public static accessEntry(): KubernetesAccess {
    return new AccessEntryAccess();
  }

  /**
   * A role that has access to the cluster already; the functions run as this role, and nothing is changed in the cluster's access.
   *
   * Use it where access entries cannot be used, or are made elsewhere. The role must trust `lambda.amazonaws.com`. In Kubernetes it needs
   * `get` and `watch` on the DaemonSet `aws-node`, `get`, `watch` and `patch` on the service account `aws-node`, and `list`, `watch` and
   * `delete` on pods, all in `kube-system`. Its IAM permissions are added by the construct; a role from another account or stack must let it, or
   * have them.
   *
   * @param role the functions' execution role
   */
  public static existingRole(role: iam.IRole): KubernetesAccess {
    checkArn('`role` of KubernetesAccess.existingRole', 'role', role.roleArn);
    return new ExistingRoleAccess(role);
  }

  /** @internal */
  public abstract _validate(cluster: Cluster): void;

  /**
   * The group that our RBAC objects may be bound to; undefined when access is somebody else's business.
   *
   * @internal
   */
  public abstract _kubernetesGroup(scope: Construct): string | undefined;

  /**
   * The role for a function in `scope`, with the given access to the cluster once everything in `scope` exists.
   *
   * @internal
   */
  public abstract _role(scope: Construct, clusterName: string, access: GroupAccess | 'cluster-admin'): iam.IRole;
}

interface GroupAccess {
  readonly group: string | undefined;
}

class AccessEntryAccess extends KubernetesAccess {
  public _validate(cluster: Cluster): void {
    // An owned aws-eks cluster has the member, and without a value its mode is CONFIG_MAP; what an imported one has is not known here.
    if ('authenticationMode' in cluster && (cluster.authenticationMode ?? eks.AuthenticationMode.CONFIG_MAP) === eks.AuthenticationMode.CONFIG_MAP) {
      throw new Error(
        `KubernetesAccess.accessEntry() needs a cluster with authenticationMode API or API_AND_CONFIG_MAP, got: CONFIG_MAP for '${cluster.node.path}'; `
        + 'set authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP on the cluster, or give kubernetesAccess: KubernetesAccess.existingRole(role)');
    }
  }

  public _kubernetesGroup(scope: Construct): string {
    return `cdk-vpc-cni-service-account-role-${scope.node.addr.slice(-8)}`;
  }

  public _role(scope: Construct, clusterName: string, access: GroupAccess | 'cluster-admin'): iam.IRole {
    const role = new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    new eks.CfnAccessEntry(scope, 'AccessEntry', {
      clusterName,
      principalArn: role.roleArn,
      ...(access === 'cluster-admin'
        ? {
          accessPolicies: [{
            policyArn: `arn:${Aws.PARTITION}:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy`,
            accessScope: { type: 'cluster' },
          }],
        }
        : { kubernetesGroups: access.group ? [access.group] : [] }),
    });
    return role;
  }
}

class ExistingRoleAccess extends KubernetesAccess {
  constructor(private readonly role: iam.IRole) {
    super();
  }

  public _validate(): void {}

  public _kubernetesGroup(): undefined {
    return undefined;
  }

  public _role(): iam.IRole {
    return this.role;
  }
}
