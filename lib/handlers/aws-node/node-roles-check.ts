import type { Addon } from './addon';
import type { AwsNodePorts } from './aws-node-handler';
import { fromPhysicalId } from './guard-memory';
import { carriesRole } from './pod-environment';
import type { AwsNodeRolloutProperties } from './resource-properties';
import type { RolePermissions } from './role-permissions';
import { ASSIGN_ADDRESSES } from '../../private/cni-actions';
import { type Cluster, describeUnlessGone } from '../shared/cluster';
import { eventually } from '../shared/eventually';
import { log } from '../shared/log';
import type { NodeRoles } from '../shared/node-roles';
import { some } from '../shared/words';

export interface NodeRolesCheckPorts extends AwsNodePorts {
  readonly addon: Addon;
  readonly nodeRoles: NodeRoles;
  readonly rolePermissions: RolePermissions;
}

/** Without a role of its own `aws-node` works with the nodes' roles: whether it will, before its own is taken away. Only looks. */
export class NodeRolesCheck {
  constructor(private readonly ports: NodeRolesCheckPorts) {}

  async check(properties: AwsNodeRolloutProperties): Promise<void> {
    try {
      await this.look(properties);
    } catch (error) {
      throw new Error(`${(error as Error).message}. Nothing was changed; delete again once that is repaired`, { cause: error });
    }
  }

  private async look({ ClusterName, RoleArn, GuardId }: AwsNodeRolloutProperties): Promise<void> {
    const earlierRole = (GuardId && fromPhysicalId(GuardId)?.roleArn) ?? await this.earlierRoleOfAddon(ClusterName, RoleArn);
    if (earlierRole && !await this.isGone(earlierRole, RoleArn)) {
      log('the node roles do not matter: aws-node goes back to the role it had before', { earlierRole });
      return;
    }
    const cluster = await describeUnlessGone(this.ports.clusters, ClusterName);
    if (!cluster) {
      log('the node roles do not matter: the cluster is gone', { clusterName: ClusterName });
    } else if (!await this.isInUse(cluster, RoleArn)) {
      log('the node roles do not matter: no Ready pod of aws-node carries the role', { clusterName: ClusterName, roleArn: RoleArn });
    } else if (earlierRole) {
      throw new Error(
        `role ${earlierRole}, which aws-node had before and goes back to, does not exist any more: pods that carry it would get no credentials. `
        + 'Make it again with the trust and the policies that it had (aws iam create-role); it can go once the construct is gone, and its annotation with it');
    } else {
      await this.checkRoles(cluster, RoleArn);
    }
  }

  /** Of a role in another account nothing can be seen from here. */
  private async isGone(role: string, ours: string): Promise<boolean> {
    const accountOf = (arn: string) => arn.split(':')[4];
    return accountOf(role) === accountOf(ours) && this.ports.rolePermissions.isGone(role);
  }

  private async earlierRoleOfAddon(clusterName: string, ours: string): Promise<string | undefined> {
    const addon = await this.ports.addon.describe(clusterName);
    return addon?.roleArn === ours ? addon.earlierRoleArn : addon?.roleArn;
  }

  private async isInUse(cluster: Cluster, roleArn: string): Promise<boolean> {
    const watch = this.ports.connect(cluster).watch();
    try {
      const { daemonSet, serviceAccount, pods } = await watch.look();
      return daemonSet !== undefined && serviceAccount !== undefined && pods.some(pod => pod.ready && carriesRole(pod, roleArn).length > 0);
    } finally {
      watch.close();
    }
  }

  private async checkRoles(cluster: Cluster, roleArn: string): Promise<void> {
    const roles = await this.ports.nodeRoles.find(cluster.name);
    if (roles.length === 0) {
      log('no node role was found: neither a managed node group nor an access entry of type EC2_LINUX', { clusterName: cluster.name });
      return;
    }
    const [, partition, , region, account] = cluster.arn.split(':');
    const action = ASSIGN_ADDRESSES[cluster.ipFamily];
    const anyInterface = `arn:${partition}:ec2:${region}:${account}:network-interface/eni-00000000000000000`;
    const lacking = await eventually(
      async () => this.lacking(roles, action, anyInterface),
      seen => seen.length === 0,
      async milliseconds => this.ports.clock.sleep(milliseconds));
    if (lacking.length > 0) {
      throw new Error(
        `node roles of cluster ${cluster.name} do not allow ${action}, without which aws-node gives no pod an address once it is off ${roleArn}: ${some(lacking, ', ')}. `
        + remedy(cluster, partition));
    }
    log('the node roles allow what aws-node needs', { roles, action });
  }

  private async lacking(roles: readonly string[], action: string, resourceArn: string): Promise<string[]> {
    const lacking: string[] = [];
    for (const role of roles) {
      if (await this.ports.rolePermissions.lacks(role, action, resourceArn)) {
        lacking.push(role);
      }
    }
    return lacking;
  }
}

function remedy({ ipFamily, name }: Cluster, partition: string): string {
  const policy = ipFamily === 'ipv6'
    ? 'a policy that allows ec2:AssignIpv6Addresses (AmazonEKS_CNI_IPv6_Policy of the EKS user guide)'
    : `arn:${partition}:iam::aws:policy/AmazonEKS_CNI_Policy`;
  return `Attach ${policy} to each (aws iam attach-role-policy), or, for one that no node has any more, delete its access entry `
    + `(aws eks delete-access-entry --cluster-name ${name})`;
}
