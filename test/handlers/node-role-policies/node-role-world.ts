import { FakeRolePolicies } from './fake-role-policies';
import { CNI_POLICY, IPV6_POLICY, WORKER_POLICY } from './policies';
import type { Denial } from '../../../lib/handlers/node-role-policies/denials';
import { type IsCompleteEvent, NodeRolePoliciesHandler } from '../../../lib/handlers/node-role-policies/node-role-policies-handler';
import type { NodeRolePoliciesProperties } from '../../../lib/handlers/node-role-policies/resource-properties';
import type { IpFamilyName } from '../../../lib/handlers/shared/cluster';
import { ClusterNotFoundError } from '../../../lib/handlers/shared/cluster';
import { FakeClock } from '../aws-node/fake-clock';
import { aCluster } from '../shared/cluster';
import { createEvent, deleteEvent, updateEvent } from '../shared/events';

export const role = (name: string) => `arn:aws:iam::111122223333:role/${name}`;

export function properties(...roleNames: string[]): NodeRolePoliciesProperties {
  return { ClusterName: 'blue', RoleArns: roleNames.map(role), CniPolicyArn: CNI_POLICY.arn };
}

export const MANAGED: NodeRolePoliciesProperties = { ClusterName: 'blue', CniPolicyArn: CNI_POLICY.arn };

/** Everything behind the ports of the handler. */
export class NodeRoleWorld {
  readonly clock = new FakeClock(Date.parse('2026-11-24T10:00:00.123Z'));
  readonly iam = new FakeRolePolicies();
  readonly denials: (Denial & { readonly at: number })[] = [];
  /** When the API server was asked, in seconds from the start. */
  readonly looks: number[] = [];
  /** Of the managed node groups. */
  nodegroupRoles: string[] = [];
  /** Undefined: it is gone. */
  ipFamily: IpFamilyName | undefined = 'ipv4';
  unreachable = false;
  private readonly startedAt = this.clock.now();

  readonly handler = new NodeRolePoliciesHandler({
    clusters: {
      describe: async name => {
        if (!this.ipFamily) {
          throw new ClusterNotFoundError(name);
        }
        return aCluster({ name, ipFamily: this.ipFamily });
      },
    },
    nodegroupRoles: { findOfNodegroups: async clusterName => clusterName === 'blue' ? this.nodegroupRoles : [] },
    rolePolicies: this.iam,
    connect: () => ({
      since: async time => {
        if (this.unreachable) {
          throw new Error('list events failed');
        }
        this.looks.push((this.clock.now() - this.startedAt) / 1000);
        return this.denials.filter(({ at }) => at > time && at <= this.clock.now()).map(({ pod, action }) => ({ pod, action }));
      },
    }),
    clock: this.clock,
  });

  constructor() {
    [CNI_POLICY, IPV6_POLICY, WORKER_POLICY].forEach(policy => this.iam.addPolicy(policy));
  }

  /** Roles of nodes as EKS makes them. */
  withNodeRoles(...names: string[]): this {
    names.forEach(name => this.iam.addRole(role(name), { attached: [WORKER_POLICY.arn, CNI_POLICY.arn] }));
    return this;
  }

  /** The first part of a change, which only notes when it has begun. */
  async begin(event: ReturnType<typeof createEvent<NodeRolePoliciesProperties>> | ReturnType<typeof updateEvent<NodeRolePoliciesProperties>>
    | ReturnType<typeof deleteEvent<NodeRolePoliciesProperties>>): Promise<IsCompleteEvent> {
    const { PhysicalResourceId, Data } = await this.handler.onEvent(event);
    return { ...event, PhysicalResourceId, Data } as IsCompleteEvent;
  }

  /** @returns the summary */
  async create(props: NodeRolePoliciesProperties): Promise<string> {
    return this.complete(await this.begin(createEvent(props)));
  }

  async update(before: NodeRolePoliciesProperties, now: NodeRolePoliciesProperties): Promise<string> {
    return this.complete(await this.begin(updateEvent('id', before, now)));
  }

  async delete(props: NodeRolePoliciesProperties): Promise<void> {
    expect(await this.handler.isComplete(await this.begin(deleteEvent('id', props)))).toEqual({ IsComplete: true });
  }

  async complete(event: IsCompleteEvent): Promise<string> {
    const response = await this.handler.isComplete(event);
    expect(response).toEqual({ IsComplete: true, Data: { Summary: expect.any(String) } });
    return (response as { Data: { Summary: string } }).Data.Summary;
  }

  /** By the names of role and policies. */
  attached(): Record<string, string[]> {
    const name = (arn: string) => arn.split('/').at(-1)!;
    return Object.fromEntries(Object.entries(this.iam.state()).map(([arn, { attached }]) => [name(arn), attached.map(name)]));
  }

  tags(): Record<string, string>[] {
    return Object.values(this.iam.state()).map(({ tags }) => tags);
  }

  /** What is changed, in order. */
  changes(): string[] {
    const short = (call: string) => call.replaceAll(/arn:[^ ]*\//g, '').replaceAll(/cdk-vpc-cni-service-account-role:detached:\w+:\w+/g, 'TAG');
    return this.iam.calls.filter(call => /^(attach|detach|tag|untag) /.test(call)).map(short);
  }
}
