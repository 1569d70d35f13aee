import { Aws, Stack, aws_eks as eks, aws_iam as iam } from 'aws-cdk-lib';
import { type Construct, Dependable } from 'constructs';
import type { Cluster } from './kubectl';

interface GroupAccess {
  readonly group: string | undefined;
}

/** How a `KubernetesAccess` is given. */
export interface AccessMode {
  /** Whether CloudFormation may take the access away before the functions run for the last time. */
  readonly goesFirst?: boolean;
  /** @throws if the cluster has no such access */
  validate(scope: Construct, cluster: Cluster): void;
  /** The group that our RBAC objects may be bound to; undefined when access is somebody else's business. */
  groupFor(scope: Construct): string | undefined;
  /** The role for a function in `scope`, with the given access to the cluster once everything in `scope` exists. */
  roleFor(scope: Construct, cluster: Cluster, access: GroupAccess | 'cluster-admin'): iam.IRole;
}

export const ACCESS_ENTRY: AccessMode = {
  validate(_scope, cluster) {
    // What an imported cluster has is not known here.
    if (isOwnedByEksV1(cluster) && modeOf(cluster) === eks.AuthenticationMode.CONFIG_MAP) {
      throw new Error(
        `KubernetesAccess.accessEntry() needs a cluster with authenticationMode API or API_AND_CONFIG_MAP, got: CONFIG_MAP for '${cluster.node.path}'; `
        + 'set authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP on the cluster, or give kubernetesAccess: KubernetesAccess.awsAuth()');
    }
  },

  groupFor,

  roleFor(scope, { clusterName }, access) {
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
  },
};

export const AWS_AUTH: AccessMode = {
  goesFirst: true,

  validate(scope, cluster) {
    const fault = awsAuthFault(scope, cluster);
    if (fault) {
      throw new Error(
        'KubernetesAccess.awsAuth() needs a cluster of aws-eks that is defined in the stack of the construct, with authenticationMode CONFIG_MAP or API_AND_CONFIG_MAP, '
        + `got: '${cluster.node.path}', ${fault}; give kubernetesAccess: KubernetesAccess.accessEntry() or KubernetesAccess.existingRole(role)`);
    }
  },

  groupFor,

  roleFor(scope, cluster, access) {
    const { awsAuth } = cluster as eks.Cluster;
    const role = functionRole(scope);
    awsAuth.addRoleMapping(role, { groups: access === 'cluster-admin' ? ['system:masters'] : [access.group!] });
    // The line names the role, so what is in the scope cannot depend on the line: who uses the scope does.
    Dependable.implement(scope, { dependencyRoots: [scope, awsAuth] });
    return role;
  },
};

export function existingRole(role: iam.IRole): AccessMode {
  return { validate() {}, groupFor: () => undefined, roleFor: () => role };
}

export function defaultMode(cluster: Cluster): AccessMode {
  return isOwnedByEksV1(cluster) && modeOf(cluster) === eks.AuthenticationMode.CONFIG_MAP ? AWS_AUTH : ACCESS_ENTRY;
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
