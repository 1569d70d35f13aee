import type { aws_iam as iam } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';
import { anyRole } from './private/arns';
import { checkArn } from './private/validation';

/**
 * The IAM roles of the nodes, off which the policies for the Amazon VPC CNI plugin are taken once it has a role of its own.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-iam-role.html#cni-iam-role-redeploy-pods
 */
export class NodeRoles {
  /**
   * These roles, whatever nodes have them: of managed node groups, self-managed nodes or Karpenter.
   *
   * The function of the construct may change no other role. One that has no such policy is left as it is; one that does not exist fails
   * the deployment before any is changed. Give only roles that no other cluster's nodes have: these would lose the permission as well.
   *
   * @param roles at least one, of the account of the stack
   * @example
   * import { aws_iam as iam } from 'aws-cdk-lib';
   * import { NodeRoles } from 'cdk-vpc-cni-service-account-role';
   *
   * const nodeRoles = NodeRoles.of(iam.Role.fromRoleName(this, 'NodeRole', 'my-node-role'));
   */
  public static of(...roles: iam.IRole[]): NodeRoles {
    if (roles.length === 0) {
      throw new Error('NodeRoles.of() needs at least one role, got: none; give the roles of the nodes, or leave `nodeRoles` out to leave them alone');
    }
    roles.forEach(role => checkArn('`roles` of NodeRoles.of', 'role', role.roleArn));
    return new NodeRoles(roles);
  }

  /**
   * The roles of the managed node groups that the cluster has when the construct is deployed, Windows nodes left out.
   *
   * Node groups that come later are not known until a property of `nodeRoles` changes. Which roles these are is not known when permissions are
   * given, so the function of the construct may detach policies from, and attach them to, all roles of the account: only
   * `AmazonEKS_CNI_Policy` where the IP family is known at synth to be IPv4, else any customer managed policy of the account as well. Where that
   * is too much, use `NodeRoles.of()`.
   *
   * @see https://docs.aws.amazon.com/eks/latest/userguide/managed-node-groups.html
   */
  public static managedNodegroups(): NodeRoles {
    return new NodeRoles();
  }

  /**
   * Undefined where they are read from the cluster.
   *
   * @internal
   */
  public readonly _roles?: readonly iam.IRole[];

  private constructor(roles?: readonly iam.IRole[]) {
    this._roles = roles;
  }

  /**
   * Their ARNs, or one that stands for any role.
   *
   * @internal
   */
  public _arns(scope: IConstruct): string[] {
    return this._roles ? [...new Set(this._roles.map(role => role.roleArn))] : [anyRole(scope)];
  }
}
