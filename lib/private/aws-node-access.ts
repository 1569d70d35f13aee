import { aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
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
    this.role = props.access._role(this, props.cluster.clusterName, { group });
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ['eks:DescribeCluster', 'eks:ListPodIdentityAssociations'],
      resources: [props.cluster.clusterArn],
    }));
    this.role.addToPrincipalPolicy(new iam.PolicyStatement({
      actions: ['iam:GetOpenIDConnectProvider'],
      resources: [props.openIdConnectProviderArn],
    }));
    if (group) {
      props.kubectl.manifest(this, 'Rbac', rbac(group));
    }
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
        { apiGroups: ['apps'], resources: ['daemonsets'], resourceNames: ['aws-node'], verbs: ['get'] },
        { apiGroups: [''], resources: ['serviceaccounts'], resourceNames: ['aws-node'], verbs: ['get', 'patch'] },
        { apiGroups: [''], resources: ['pods'], verbs: ['list', 'delete'] },
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
