import { ROLE } from './builders';
import { FakeAddon } from './fake-addon';
import { FakeClock } from './fake-clock';
import { FakeKubernetes } from './fake-kubernetes';
import type { PodIdentityAssociation } from '../../../lib/handlers/aws-node/pod-identity';
import type { AwsNodeGuardProperties } from '../../../lib/handlers/aws-node/resource-properties';
import type { Cluster } from '../../../lib/handlers/shared/cluster';
import { ClusterNotFoundError } from '../../../lib/handlers/shared/cluster';
import { aCluster } from '../shared/cluster';

export const PROVIDER = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF';

export const properties: AwsNodeGuardProperties = {
  ClusterName: 'blue',
  RoleArn: ROLE,
  RolloutTimeoutSeconds: '1800',
  OpenIdConnectProviderArn: PROVIDER,
  Owner: 'App/VpcCni in stack App',
};

/** Everything behind the ports of the handlers, as a healthy account has it. */
export class World {
  readonly clock = new FakeClock(Date.parse('2026-11-24T10:00:00.123Z'));
  readonly kubernetes = new FakeKubernetes(this.clock);
  readonly addon = new FakeAddon(this.clock);
  readonly clusters = new Map<string, Cluster>([['blue', aCluster()]]);
  provider: { clientIds: string[]; tags: {} } | undefined = { clientIds: ['sts.amazonaws.com'], tags: {} };
  association: PodIdentityAssociation | undefined;
  connectedTo: string[] = [];
  nodeRoles: string[] = ['arn:aws:iam::111122223333:role/node'];
  /** Of the node roles, those that allow nothing. */
  lackingRoles: string[] = [];
  goneRoles: string[] = [];
  readonly simulations: [roleArn: string, action: string, resourceArn: string][] = [];

  readonly ports = {
    clusters: {
      describe: async (name: string) => {
        const cluster = this.clusters.get(name);
        if (!cluster) {
          throw new ClusterNotFoundError(name);
        }
        return cluster;
      },
    },
    connect: (cluster: Cluster) => {
      this.connectedTo.push(cluster.name);
      return this.kubernetes;
    },
    clock: this.clock,
    providers: { get: async () => this.provider },
    addon: this.addon,
    podIdentity: { findAssociation: async () => this.association },
    nodeRoles: { find: async () => this.nodeRoles },
    rolePermissions: {
      isGone: async (roleArn: string) => this.goneRoles.includes(roleArn),
      lacks: async (...simulation: [string, string, string]) => {
        this.simulations.push(simulation);
        return this.lackingRoles.includes(simulation[0]);
      },
    },
  };

  /** Nodes whose pods have been there for a while. */
  withNodes(number: number): this {
    this.kubernetes.addNodes(...Array.from({ length: number }, (_, index) => ({ name: `node-${index}` })));
    this.clock.advance(60_000);
    return this;
  }

  async roles(): Promise<(string | undefined)[]> {
    return (await this.kubernetes.listPods()).map(pod => pod.containers[0].env.AWS_ROLE_ARN);
  }
}

export function silenceLog(): { message: string; [field: string]: unknown }[] {
  const lines: { message: string }[] = [];
  jest.spyOn(console, 'log').mockImplementation(line => lines.push(JSON.parse(line)));
  return lines;
}
