import { Annotations, Stack, aws_eks as eks, aws_iam as iam } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const PREFIX = 'cdk-vpc-cni-service-account-role';

/** A role that the app gives the nodes of a cluster. */
export interface NodeRoleUse {
  readonly clusterName: string;
  readonly roleArn: string;
  /** By which people know the role. */
  readonly role: string;
  /** What gives it to the nodes, or takes it for theirs. */
  readonly user: string;
}

/**
 * Warns about node roles that policies are taken off at a price, as far as the app shows it.
 *
 * @param given by this construct and others
 * @param isManaged whether it is the managed node groups that tell the roles of this cluster
 */
export function warnAboutNodeRoles(scope: IConstruct, clusterName: string, given: readonly NodeRoleUse[], isManaged: boolean): void {
  const inApp = scope.node.root.node.findAll();
  const nodegroups = inApp.filter(child => child instanceof eks.CfnNodegroup)
    .map(({ clusterName: name, nodeRole, node }) => ({ clusterName: name, roleArn: nodeRole, role: `role of ${node.path}`, user: node.path }));
  const own = (isManaged ? nodegroups : given).filter(use => use.clusterName === clusterName);
  const others = [...given, ...nodegroups].filter(use => use.clusterName !== clusterName);

  const shared = own.flatMap(({ roleArn, role }) => others.filter(use => use.roleArn === roleArn).map(({ user }) => `'${role}' is also that of '${user}'`));
  if (shared.length > 0) {
    Annotations.of(scope).addWarningV2(`${PREFIX}:sharedNodeRole`,
      `node roles must not be shared with another cluster, whose aws-node may work with what is detached from them, got: ${shared.join(', ')}; `
      + 'give the nodes of each cluster a role of their own, or see that aws-node has a role of its own there, too');
  }
  const attaching = inApp.filter(child => child instanceof iam.Role)
    .filter(role => own.some(({ roleArn }) => roleArn === role.roleArn) && attachesCniPolicy(role)).map(({ node }) => `'${node.path}'`);
  if (attaching.length > 0) {
    Annotations.of(scope).addWarningV2(`${PREFIX}:ownedNodeRole`,
      `node roles that the app defines should not have AmazonEKS_CNI_Policy themselves, got: ${attaching.join(', ')}; `
      + 'CloudFormation attaches it again when their policies change: take it out of the definition once this construct is deployed');
  }
}

function attachesCniPolicy(role: iam.Role): boolean {
  const resource = role.node.defaultChild;
  return resource instanceof iam.CfnRole
    && JSON.stringify(Stack.of(role).resolve(resource.managedPolicyArns) ?? []).includes(':iam::aws:policy/AmazonEKS_CNI_Policy');
}
