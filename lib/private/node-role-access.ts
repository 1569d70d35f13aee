import { createHash } from 'node:crypto';
import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge, acknowledgeWildcard } from './acknowledgements';
import { anyRole, nodegroupsOf, policy } from './arns';
import type { Cluster, Kubectl } from './kubectl';
import { rbac } from './rbac';
import { IpFamily } from '../ip-family';
import type { KubernetesAccess } from '../kubernetes-access';
import type { NodeRoles } from '../node-roles';

export interface NodeRoleAccessProps {
  readonly cluster: Cluster;
  readonly access: KubernetesAccess;
  readonly kubectl: Kubectl;
  readonly nodeRoles: NodeRoles;
  readonly ipFamily?: IpFamily;
}

const RULES = [{ apiGroups: [''], resources: ['events'], verbs: ['list'] }];

/** What the function behind `NodeRolePolicies` may do, in IAM and in Kubernetes. */
export class NodeRoleAccess extends Construct {
  public readonly role: iam.IRole;

  constructor(scope: Construct, id: string, private readonly props: NodeRoleAccessProps) {
    super(scope, id);
    const group = props.access._mode.groupFor(this);
    this.role = props.access._mode.roleFor(this, props.cluster, { group });
    this.definePolicy(this.statements());
    if (group) {
      props.kubectl.manifest(this, 'Rbac', rbac(group, RULES));
    }
  }

  private statements(): iam.PolicyStatement[] {
    const { cluster, nodeRoles, ipFamily } = this.props;
    const allow = (resources: string[], actions: string[], conditions?: iam.Conditions) =>
      new iam.PolicyStatement({ resources, actions, conditions });
    const roles = nodeRoles._arns(this);
    const detachable = [policy(this, 'aws', 'AmazonEKS_CNI_Policy'), ...ipFamily === IpFamily.IP_V4 ? [] : [policy(this, 'account', '*')]];
    return [
      allow([cluster.clusterArn], ['eks:DescribeCluster', ...nodeRoles._roles ? [] : ['eks:ListNodegroups']]),
      ...nodeRoles._roles ? [] : [allow([nodegroupsOf(this, cluster.clusterName)], ['eks:DescribeNodegroup']), allow(['*'], ['iam:ListRoles'])],
      allow([anyRole(this)], ['iam:GetRole']),
      allow(roles, ['iam:ListAttachedRolePolicies', 'iam:ListRolePolicies', 'iam:GetRolePolicy']),
      allow([policy(this, 'aws', '*'), policy(this, 'account', '*')], ['iam:GetPolicy', 'iam:GetPolicyVersion']),
      allow(roles, ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'], { ArnLike: { 'iam:PolicyARN': detachable } }),
      allow(roles, ['iam:TagRole', 'iam:UntagRole'], { 'ForAllValues:StringLike': { 'aws:TagKeys': 'cdk-vpc-cni-service-account-role:detached:*' } }),
    ];
  }

  /**
   * Under an id that changes with what it allows: in an update, CloudFormation deletes the earlier one last, and until then the function can
   * put policies back on roles that are not among the node roles any more.
   */
  private definePolicy(statements: iam.PolicyStatement[]): void {
    const contents = Stack.of(this).resolve([
      ...statements.map(statement => statement.toStatementJson()),
      ...(this.props.nodeRoles._roles ?? []).map(whatReplaces),
    ]);
    const digest = createHash('sha256').update(JSON.stringify(contents)).digest('hex').slice(0, 8);
    const defined = new iam.Policy(this, `Policy${digest}`, { statements, roles: [this.role] });
    this.acknowledgeWildcards(defined);
  }

  private acknowledgeWildcards(defined: iam.Policy): void {
    const { cluster, nodeRoles } = this.props;
    for (const owner of ['aws', 'account'] as const) {
      acknowledgeWildcard(defined, policy(this, owner, '*'), 'Reads the policies that the node roles have; which these are is not known before');
    }
    if (nodeRoles._roles) {
      acknowledgeWildcard(defined, anyRole(this),
        'Asks whether a role that was given exists: a wrong ARN is to be named as such and not refused, on rollback either; all else is for these roles only');
      return;
    }
    acknowledgeWildcard(defined, nodegroupsOf(this, cluster.clusterName),
      'Reads which roles the nodes of this one cluster have; which node groups it has is not known before');
    acknowledgeWildcard(defined, anyRole(this),
      'Which roles the managed node groups have is not known before; changes are limited by the ARNs of policies and the keys of tags');
    acknowledge(defined, {
      'AwsSolutions-IAM5[Resource::*]':
        'iam:ListRoles has no narrower resource; it finds the roles of node groups that are gone, to attach policies to them again',
    });
  }
}

/** With another one, a role of the app becomes another role under the same logical id. */
function whatReplaces({ node: { defaultChild } }: iam.IRole): unknown {
  return defaultChild instanceof iam.CfnRole ? [defaultChild.roleName, defaultChild.path] : [];
}
