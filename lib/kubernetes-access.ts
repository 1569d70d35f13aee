import { Aws, Stack, aws_eks as eks, aws_iam as iam } from 'aws-cdk-lib';
import { type Construct, Dependable } from 'constructs';
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
   * delete pods in `kube-system`, nothing else; the one that `nodeRoles` needs may list events there. Where the construct makes a kubectl
   * provider of its own, that one is a cluster administrator, as CDK's own are: it defines those permissions.
   *
   * The authentication mode of the cluster must be `API` or `API_AND_CONFIG_MAP`.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/access-entries.html
   */
  public static accessEntry(): KubernetesAccess {
    return new AccessEntryAccess();
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
    return new AwsAuthAccess();
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
    return new ExistingRoleAccess(role);
  }

  /** @internal */
  public static _default(cluster: Cluster): KubernetesAccess {
    const hasAwsAuthOnly = isOwnedByEksV1(cluster) && modeOf(cluster) === eks.AuthenticationMode.CONFIG_MAP;
    return hasAwsAuthOnly ? KubernetesAccess.awsAuth() : KubernetesAccess.accessEntry();
  }

  /**
   * Whether CloudFormation may take the access away before the functions run for the last time.
   *
   * @internal
   */
  public readonly _goesFirst: boolean = false;

  /** @internal */
  public abstract _validate(scope: Construct, cluster: Cluster): void;

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
  public abstract _role(scope: Construct, cluster: Cluster, access: GroupAccess | 'cluster-admin'): iam.IRole;
}

interface GroupAccess {
  readonly group: string | undefined;
}

class AccessEntryAccess extends KubernetesAccess {
  public _validate(_scope: Construct, cluster: Cluster): void {
    // What an imported cluster has is not known here.
    if (isOwnedByEksV1(cluster) && modeOf(cluster) === eks.AuthenticationMode.CONFIG_MAP) {
      throw new Error(
        `KubernetesAccess.accessEntry() needs a cluster with authenticationMode API or API_AND_CONFIG_MAP, got: CONFIG_MAP for '${cluster.node.path}'; `
        + 'set authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP on the cluster, or give kubernetesAccess: KubernetesAccess.awsAuth()');
    }
  }

  public _kubernetesGroup(scope: Construct): string {
    return groupFor(scope);
  }

  public _role(scope: Construct, { clusterName }: Cluster, access: GroupAccess | 'cluster-admin'): iam.IRole {
    const role = functionRole(scope);
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

class AwsAuthAccess extends KubernetesAccess {
  public readonly _goesFirst = true;

  public _validate(scope: Construct, cluster: Cluster): void {
    const fault = awsAuthFault(scope, cluster);
    if (fault) {
      throw new Error(
        'KubernetesAccess.awsAuth() needs a cluster of aws-eks that is defined in the stack of the construct, with authenticationMode CONFIG_MAP or API_AND_CONFIG_MAP, '
        + `got: '${cluster.node.path}', ${fault}; give kubernetesAccess: KubernetesAccess.accessEntry() or KubernetesAccess.existingRole(role)`);
    }
  }

  public _kubernetesGroup(scope: Construct): string {
    return groupFor(scope);
  }

  public _role(scope: Construct, cluster: Cluster, access: GroupAccess | 'cluster-admin'): iam.IRole {
    const { awsAuth } = cluster as eks.Cluster;
    const role = functionRole(scope);
    awsAuth.addRoleMapping(role, { groups: access === 'cluster-admin' ? ['system:masters'] : [access.group!] });
    // The line names the role, so what is in the scope cannot depend on the line: who uses the scope does.
    Dependable.implement(scope, { dependencyRoots: [scope, awsAuth] });
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

/** By a member and not by `instanceof`: an app may have loaded two copies of aws-cdk-lib. */
function isOwnedByEksV1(cluster: Cluster): cluster is eks.Cluster {
  return 'authenticationMode' in cluster;
}

/** Why CDK would not take a role of ours into the cluster's `aws-auth`. */
function awsAuthFault(scope: Construct, cluster: Cluster): string | undefined {
  if (!isOwnedByEksV1(cluster)) {
    return 'which is imported or of aws-eks-v2';
  }
  if (modeOf(cluster) === eks.AuthenticationMode.API) {
    return 'whose authenticationMode is API';
  }
  return Stack.of(cluster) === Stack.of(scope) ? undefined : 'which is in another stack';
}

function modeOf(cluster: eks.Cluster): eks.AuthenticationMode {
  return cluster.authenticationMode ?? eks.AuthenticationMode.CONFIG_MAP;
}

function groupFor(scope: Construct): string {
  return `cdk-vpc-cni-service-account-role-${scope.node.addr.slice(-8)}`;
}

function functionRole(scope: Construct): iam.Role {
  return new iam.Role(scope, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
}
