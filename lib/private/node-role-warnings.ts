import { Annotations, Stack, aws_eks as eks, aws_iam as iam } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const PREFIX = 'cdk-vpc-cni-service-account-role';

/** A role that the app gives the nodes of a cluster. */
export interface NodeRoleUse {
  readonly clusterName: string;
  readonly roleArn: string;
  readonly path: string;
}

/** Warns about the roles that policies are taken off at a price, as far as the app shows it. */
export function warnAboutNodeRoles(scope: IConstruct, clusterName: string, roles: readonly iam.IRole[], uses: readonly NodeRoleUse[]): void {
  const others = [...uses, ...nodegroupsIn(scope.node.root)].filter(use => use.clusterName !== clusterName);
  const shared = roles.flatMap(({ roleArn, node }) => others.filter(use => use.roleArn === roleArn).map(({ path }) => `'${node.path}' is also that of '${path}'`));
  if (shared.length > 0) {
    Annotations.of(scope).addWarningV2(`${PREFIX}:sharedNodeRole`,
      `node roles must not be shared with another cluster, whose aws-node may work with what is detached from them, got: ${shared.join(', ')}; `
      + 'give the nodes of each cluster a role of their own, or see that aws-node has a role of its own there, too');
  }
  const attaching = roles.filter(attachesCniPolicy).map(({ node }) => `'${node.path}'`);
  if (attaching.length > 0) {
    Annotations.of(scope).addWarningV2(`${PREFIX}:ownedNodeRole`,
      `node roles that the app defines should not have AmazonEKS_CNI_Policy themselves, got: ${attaching.join(', ')}; `
      + 'CloudFormation attaches it again when their policies change: take it out of the definition once this construct is deployed');
  }
}

function nodegroupsIn(root: IConstruct): NodeRoleUse[] {
  return root.node.findAll().filter(child => child instanceof eks.CfnNodegroup)
    .map(({ clusterName, nodeRole, node }) => ({ clusterName, roleArn: nodeRole, path: node.path }));
}

function attachesCniPolicy({ node }: iam.IRole): boolean {
  const resource = node.defaultChild;
  return resource instanceof iam.CfnRole
    && JSON.stringify(Stack.of(resource).resolve(resource.managedPolicyArns) ?? []).includes(':iam::aws:policy/AmazonEKS_CNI_Policy');
}
