import { CustomResource, Duration, type aws_iam as iam } from 'aws-cdk-lib';
import { Construct, type IDependable } from 'constructs';
import { policy } from './arns';
import { HandlerProvider } from './handler-provider';
import type { Cluster, Kubectl } from './kubectl';
import type { Network } from './network';
import { NodeRoleAccess } from './node-role-access';
import { type NodeRoleUse, warnAboutNodeRoles } from './node-role-warnings';
import type { NodeRolePoliciesProperties } from '../handlers/node-role-policies/resource-properties';
import type { IpFamily } from '../ip-family';
import type { KubernetesAccess } from '../kubernetes-access';
import type { NodeRoles } from '../node-roles';

export interface NodeRolePoliciesProps {
  readonly cluster: Cluster;
  readonly access: KubernetesAccess;
  readonly kubectl: Kubectl;
  readonly nodeRoles: NodeRoles;
  readonly ipFamily?: IpFamily;
  readonly network?: Network;
  /** What verifies the pods first, and is undone last. */
  readonly after: IDependable;
}

/** IAM answers slowly where there are many roles; the watch for denials alone takes 75 seconds. */
const TOTAL_TIMEOUT = Duration.minutes(15);

/** Takes the policies for `aws-node` off the roles of the nodes (G12, G13), and puts them back. */
export class NodeRolePolicies extends Construct {
  public readonly summary: string;
  /** Those that are given. */
  public readonly roles: readonly iam.IRole[];
  public readonly clusterName: string;

  constructor(scope: Construct, id: string, props: NodeRolePoliciesProps) {
    super(scope, id);
    this.roles = props.nodeRoles._roles ?? [];
    this.clusterName = props.cluster.clusterName;
    const access = new NodeRoleAccess(this, 'Access', props);
    const { serviceToken } = new HandlerProvider(this, 'Handler', {
      handler: 'aws-node',
      description: 'Detaches CNI policies from the node roles of an EKS cluster and attaches them again',
      role: access.role,
      network: props.network,
      totalTimeout: TOTAL_TIMEOUT,
    });
    const properties: NodeRolePoliciesProperties = {
      ClusterName: this.clusterName,
      RoleArns: props.nodeRoles._roles && props.nodeRoles._arns(this),
      CniPolicyArn: policy(this, 'aws', 'AmazonEKS_CNI_Policy'),
    };
    const resource = new CustomResource(this, 'Resource', { resourceType: 'Custom::NodeRolePolicies', serviceToken, properties });
    resource.node.addDependency(access, props.after);
    this.summary = resource.getAttString('Summary');
    this.node.addValidation({
      // Only by then is all of the app defined.
      validate: () => {
        warnAboutNodeRoles(this, this.clusterName, this.given(), props.nodeRoles._roles === undefined);
        return [];
      },
    });
  }

  /** To this construct, and to others in the app. */
  private given(): NodeRoleUse[] {
    return this.node.root.node.findAll().filter(child => child instanceof NodeRolePolicies)
      .flatMap(({ clusterName, roles, node }) => roles.map(role => ({ clusterName, roleArn: role.roleArn, role: role.node.path, user: node.path })));
  }
}
