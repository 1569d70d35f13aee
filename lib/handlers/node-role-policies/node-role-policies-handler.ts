import type { CdkCustomResourceEvent, CdkCustomResourceIsCompleteEvent, CdkCustomResourceIsCompleteResponse, CdkCustomResourceResponse } from 'aws-lambda';
import type { Denials } from './denials';
import { sortPolicies } from './detachable-policies';
import { DetachedTags, type Detachment } from './detached-tags';
import { Detachments, type PutBack } from './detachments';
import { type DoneRole, deniedMessage, failedMessage, missingMessage, summary } from './node-role-messages';
import type { NodeRolePoliciesAttributes, NodeRolePoliciesProperties } from './resource-properties';
import type { Policy, Role, RolePolicies } from './role-policies';
import type { Clock, Timestamp } from '../shared/clock';
import type { Cluster, ClusterReader } from '../shared/cluster';
import { eventually } from '../shared/eventually';
import type { NodegroupRoles } from '../shared/node-roles';
import { some } from '../shared/words';

export interface NodeRolePoliciesPorts {
  readonly clusters: ClusterReader;
  readonly nodegroupRoles: NodegroupRoles;
  readonly rolePolicies: RolePolicies;
  readonly connect: (cluster: Cluster) => Denials;
  readonly clock: Clock;
}

/** The framework hands it on from onEvent to isComplete. */
export interface Started {
  readonly StartedAt: string;
}

export type IsCompleteEvent = CdkCustomResourceIsCompleteEvent<NodeRolePoliciesProperties, Started>;
type Change = Exclude<IsCompleteEvent, { RequestType: 'Delete' }>;

interface ReadRole {
  readonly role: Role;
  readonly policies: readonly Policy[];
}

/** The plugin looks at its interfaces every minute: what it is refused, it has told by then. */
const WATCH_MS = 75_000;
const LOOK_MS = 5_000;

/**
 * Takes the policies that only `aws-node` needs off the roles of the nodes, and puts them back.
 *
 * Each invocation works from what it finds, so that one that ends early is made up for by the next one, whatever that one is for.
 */
export class NodeRolePoliciesHandler {
  constructor(private readonly ports: NodeRolePoliciesPorts) {}

  /** Does nothing yet: a failed creation is followed by a deletion only if its physical id is known by then. */
  async onEvent(event: CdkCustomResourceEvent<NodeRolePoliciesProperties>): Promise<CdkCustomResourceResponse<Started>> {
    const PhysicalResourceId = event.RequestType === 'Create' ? new DetachedTags(event).prefix : event.PhysicalResourceId;
    return { PhysicalResourceId, Data: { StartedAt: new Date(this.ports.clock.now()).toISOString() } };
  }

  async isComplete(event: IsCompleteEvent): Promise<CdkCustomResourceIsCompleteResponse<NodeRolePoliciesAttributes>> {
    const detachments = new Detachments(this.ports.rolePolicies, new DetachedTags(event), this.ports.clock);
    if (event.RequestType === 'Delete') {
      await this.putBack(await this.rolesBehind(event.ResourceProperties), detachments);
      return { IsComplete: true };
    }
    try {
      return { IsComplete: true, Data: { Summary: await this.change(event, detachments) } };
    } catch (error) {
      const { message } = error as Error;
      throw new Error(failedMessage(message, await this.undo(event, detachments)), { cause: error });
    }
  }

  /** @returns the summary */
  private async change(event: Change, detachments: Detachments): Promise<string> {
    const { ClusterName, CniPolicyArn } = event.ResourceProperties;
    const cluster = await this.ports.clusters.describe(ClusterName);
    const denials = this.ports.connect(cluster);
    const roles = await this.read(event.ResourceProperties);
    // whether they can be seen is found out before anything is detached
    await denials.since(this.ports.clock.now());
    if (event.RequestType === 'Update') {
      const before = await this.rolesBehind(event.OldResourceProperties);
      await this.putBack(before.filter(arn => roles.every(({ role }) => role.arn !== arn)), detachments);
    }

    const done: DoneRole[] = [];
    for (const { role, policies } of roles) {
      const { detachable, left } = sortPolicies(policies, cluster.ipFamily, CniPolicyArn);
      const detached = detachments.in(role).filter(({ policyArn }) => policies.every(({ arn }) => arn !== policyArn));
      for (const policyArn of detachable) {
        detached.push(await detachments.detach(role.arn, policyArn));
      }
      done.push({ arn: role.arn, detached, left });
    }
    await this.watch(denials, done.flatMap(({ detached }) => detached).filter(({ at }) => at >= startOf(event)), ClusterName);
    return summary(done);
  }

  /** All of them must be there before any is touched. */
  private async read({ ClusterName, RoleArns }: NodeRolePoliciesProperties): Promise<ReadRole[]> {
    const arns = RoleArns ?? await this.ports.nodegroupRoles.findOfNodegroups(ClusterName);
    const { rolePolicies, clock } = this.ports;
    const roles: Role[] = [];
    const missing: string[] = [];
    for (const arn of arns) {
      const role = await eventually(
        () => rolePolicies.find(arn), seen => seen !== undefined, async milliseconds => clock.sleep(milliseconds));
      role ? roles.push(role) : missing.push(arn);
    }
    if (missing.length > 0) {
      throw new Error(missingMessage(ClusterName, missing));
    }
    const read: ReadRole[] = [];
    for (const role of roles) {
      read.push({ role, policies: await rolePolicies.policiesOf(role.arn) });
    }
    return read;
  }

  /** By when the roles say that it was done: an earlier invocation may have detached, and not have come this far. */
  private async watch(denials: Denials, detached: readonly Detachment[], clusterName: string): Promise<void> {
    if (detached.length === 0) {
      return;
    }
    const times = detached.map(({ at }) => at);
    const [since, until] = [Math.min(...times), Math.max(...times) + WATCH_MS];
    for (;;) {
      const denied = await denials.since(since);
      if (denied.length > 0) {
        throw new Error(deniedMessage(clusterName, denied));
      }
      if (this.ports.clock.now() >= until) {
        return;
      }
      await this.ports.clock.sleep(LOOK_MS);
    }
  }

  private async putBack(roleArns: readonly string[], detachments: Detachments): Promise<void> {
    const { failures } = await detachments.putBack(roleArns);
    if (failures.length > 0) {
      throw new Error(`policies cannot be attached to node roles again: ${some(failures)}. Repair that, or attach them yourself and remove the tags`);
    }
  }

  private async undo(event: Change, detachments: Detachments): Promise<PutBack> {
    try {
      return await detachments.putBack(await this.rolesBehind(event.ResourceProperties), startOf(event));
    } catch (error) {
      return { done: [], failures: [(error as Error).message] };
    }
  }

  /** All that a policy may have been detached from; node groups, and with them their roles, may be others by now. */
  private async rolesBehind({ RoleArns }: NodeRolePoliciesProperties): Promise<string[]> {
    return RoleArns ?? this.ports.rolePolicies.rolesOfInstances();
  }
}

function startOf(event: IsCompleteEvent): Timestamp {
  return Date.parse(event.Data!.StartedAt);
}
