import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledgements';
import { anyRole, nodegroupsOf } from './arns';
import type { Cluster, Kubectl } from './kubectl';
import { rbac } from './rbac';
import { ADDON_NAME, EARLIER_ROLE_TAG } from './vpc-cni-addon';
import type { KubernetesAccess } from '../kubernetes-access';

export interface AwsNodeAccessProps {
  readonly cluster: Cluster;
  readonly access: KubernetesAccess;
  readonly kubectl: Kubectl;
  readonly openIdConnectProviderArn: string;
}

const RULES = [
  { apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: ['aws-node'], verbs: ['get', 'watch'] },
  { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['aws-node'], verbs: ['get', 'watch', 'patch'] },
  { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'delete'] },
];

/** What the functions behind `AwsNodeGuard` and `AwsNodeRollout` may do, in IAM and in Kubernetes. */
export class AwsNodeAccess extends Construct {
  public readonly role: iam.IRole;

  constructor(scope: Construct, id: string, props: AwsNodeAccessProps) {
    super(scope, id);
    const group = props.access._mode.groupFor(this);
    this.role = props.access._mode.roleFor(this, props.cluster, { group });
    this.allow(props.cluster.clusterArn, 'eks:DescribeCluster', 'eks:ListPodIdentityAssociations', 'eks:ListNodegroups', 'eks:ListAccessEntries');
    this.allow(props.openIdConnectProviderArn, 'iam:GetOpenIDConnectProvider');
    this.allowNodeRoles(props.cluster.clusterName);
    this.allowAddon(props.cluster);
    if (group) {
      props.kubectl.manifest(this, 'Rbac', rbac(group, RULES));
    }
  }

  /** The roles of the nodes: which ones they are, and whether `aws-node` may work with them again. */
  private allowNodeRoles(clusterName: string): void {
    const nodegroups = nodegroupsOf(this, clusterName);
    const accessEntries = Stack.of(this).formatArn({ service: 'eks', resource: 'access-entry', resourceName: `${clusterName}/role/*` });
    this.allow(nodegroups, 'eks:DescribeNodegroup');
    this.allow(accessEntries, 'eks:DescribeAccessEntry');
    this.allow(anyRole(this), 'iam:SimulatePrincipalPolicy');
    acknowledgeWildcard(this.role, nodegroups, 'Reads which roles the nodes of this one cluster have; which node groups it has is not known before');
    acknowledgeWildcard(this.role, accessEntries, 'Reads which roles the nodes of this one cluster have; which access entries it has is not known before');
    acknowledgeWildcard(this.role, anyRole(this),
      'Asks, before the role is taken away, whether a role of a node allows what aws-node needs, and gives the vpc-cni add-on of this one cluster '
      + 'the role back that it had; which roles these are is not known before');
  }

  /** The managed add-on: where it has a role of its own, EKS owns the annotation, and the role goes through its update. */
  private allowAddon({ clusterArn, clusterName }: Cluster): void {
    const addon = Stack.of(this).formatArn({ service: 'eks', resource: 'addon', resourceName: `${clusterName}/${ADDON_NAME}/*` });
    const updates = ['eks:ListUpdates', 'eks:DescribeUpdate'];
    this.allow(clusterArn, 'eks:ListAddons', ...updates);
    this.allow(addon, 'eks:DescribeAddon', 'eks:UpdateAddon', ...updates);
    this.allowIf({ 'ForAllValues:StringEquals': { 'aws:TagKeys': [EARLIER_ROLE_TAG] } }, addon, 'eks:TagResource', 'eks:UntagResource');
    this.allowIf({ StringEquals: { 'iam:PassedToService': 'eks.amazonaws.com' } }, anyRole(this), 'iam:PassRole');
    acknowledgeWildcard(this.role, addon, 'The one add-on of this one cluster: its ARN ends in an id that EKS gives it');
  }

  private allow(resource: string, ...actions: string[]): void {
    this.allowIf({}, resource, ...actions);
  }

  private allowIf(conditions: iam.Conditions, resource: string, ...actions: string[]): void {
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources: [resource], conditions }));
  }
}
