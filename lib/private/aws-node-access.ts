import { Stack, aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeWildcard } from './acknowledgements';
import type { Cluster, Kubectl } from './kubectl';
import type { KubernetesAccess } from '../kubernetes-access';

export interface AwsNodeAccessProps {
  readonly cluster: Cluster;
  readonly access: KubernetesAccess;
  readonly kubectl: Kubectl;
  readonly openIdConnectProviderArn: string;
}

/** What the functions behind `AwsNodeGuard` and `AwsNodeRollout` may do, in IAM and in Kubernetes. */
export class AwsNodeAccess extends Construct {
  public readonly role: iam.IRole;

  constructor(scope: Construct, id: string, props: AwsNodeAccessProps) {
    super(scope, id);
    const group = props.access._kubernetesGroup(this);
    this.role = props.access._role(this, props.cluster, { group });
    this.allow(props.cluster.clusterArn, 'eks:DescribeCluster', 'eks:ListPodIdentityAssociations', 'eks:ListNodegroups', 'eks:ListAccessEntries');
    this.allow(props.openIdConnectProviderArn, 'iam:GetOpenIDConnectProvider');
    this.allowNodeRoles(props.cluster.clusterName);
    if (group) {
      props.kubectl.manifest(this, 'Rbac', rbac(group));
    }
  }

  /** The roles of the nodes: which ones they are, and whether `aws-node` may work with them again. */
  private allowNodeRoles(clusterName: string): void {
    const stack = Stack.of(this);
    const nodegroups = stack.formatArn({ service: 'eks', resource: 'nodegroup', resourceName: `${clusterName}/*` });
    const accessEntries = stack.formatArn({ service: 'eks', resource: 'access-entry', resourceName: `${clusterName}/role/*` });
    const roles = stack.formatArn({ service: 'iam', region: '', resource: 'role', resourceName: '*' });
    this.allow(nodegroups, 'eks:DescribeNodegroup');
    this.allow(accessEntries, 'eks:DescribeAccessEntry');
    this.allow(roles, 'iam:SimulatePrincipalPolicy');
    acknowledgeWildcard(this.role, nodegroups, 'Reads which roles the nodes of this one cluster have; which node groups it has is not known before');
    acknowledgeWildcard(this.role, accessEntries, 'Reads which roles the nodes of this one cluster have; which access entries it has is not known before');
    acknowledgeWildcard(this.role, roles, 'Asks, before the role is taken away, whether a role of a node allows what aws-node needs; which roles these are is not known before');
  }

  private allow(resource: string, ...actions: string[]): void {
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({ actions, resources: [resource] }));
  }
}

function rbac(name: string): Record<string, unknown>[] {
  const metadata = { name, namespace: 'kube-system' };
  return [
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'Role',
      metadata,
      rules: [
        { apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: ['aws-node'], verbs: ['get', 'watch'] },
        { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['aws-node'], verbs: ['get', 'watch', 'patch'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list', 'watch', 'delete'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata,
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'Group', name }],
    },
  ];
}
