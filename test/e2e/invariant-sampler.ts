import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesObject, V1DaemonSet, V1Node, V1Pod, V1ServiceAccount } from '@kubernetes/client-node';
import { type InvariantOptions, Invariants, type RoleState, type Sight } from './invariants';
import { RoleReadings } from './role-readings';
import type { LocalAws } from '../../local-stack/aws/local-aws';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import { ObjectWatch } from '../../local-stack/kubernetes/object-watch';

export interface Verdict {
  /** How often the cluster was judged apart from its events, ... */
  readonly samples: number;
  /** ... and how often the roles that its pods carry were read and judged. */
  readonly roleSamples?: number;
  readonly reachableSeconds: number;
  readonly violations: readonly string[];
  readonly mostUnavailable: number;
  /** Nodes whose pod was replaced. */
  readonly restartedNodes: readonly string[];
}

const SAMPLE_MS = 250;
const ROLE_SAMPLE_MS = 500;
const MISSING: RoleState = { exists: false, policies: 0, trust: '' };

/** Looks on at a cluster, and at the roles that its pods carry, by the API server's own watch and by IAM: never by our code. */
export class InvariantSampler {
  /** @param aws if the roles are to be looked at, too */
  static async start(cluster: KubernetesCluster, aws?: LocalAws, options: InvariantOptions = {}): Promise<InvariantSampler> {
    const sampler = new InvariantSampler(cluster, aws && RoleReadings.of(aws), options);
    await sampler.until('the first look', () => true);
    return sampler;
  }

  private readonly invariants: Invariants;
  private readonly nodes: Watched<V1Node>;
  private readonly pods: Watched<V1Pod>;
  private readonly daemonSets: Watched<V1DaemonSet>;
  private readonly serviceAccounts: Watched<V1ServiceAccount>;
  private readonly sampling: Promise<unknown>;
  private isOver = false;
  private samples = 0;
  private roleSamples = 0;
  private reachableMs = 0;

  private constructor(cluster: KubernetesCluster, private readonly roles: RoleReadings | undefined, options: InvariantOptions) {
    this.invariants = new Invariants(options);
    const judge = () => this.judge();
    const inNamespace = (resource: string, selector: string) => `/${resource.includes('daemon') ? 'apis/apps' : 'api'}/v1/namespaces/kube-system/${resource}?${selector}`;
    this.nodes = new Watched(cluster, '/api/v1/nodes', judge);
    this.pods = new Watched(cluster, inNamespace('pods', 'labelSelector=k8s-app%3Daws-node'), judge);
    this.daemonSets = new Watched(cluster, inNamespace('daemonsets', 'fieldSelector=metadata.name%3Daws-node'), judge);
    this.serviceAccounts = new Watched(cluster, inNamespace('serviceaccounts', 'fieldSelector=metadata.name%3Daws-node'), judge);
    this.sampling = Promise.all([this.sample(), this.sampleRoles()]);
    // told when it is waited for
    this.sampling.catch(() => {});
  }

  /** What the test itself does to these nodes and their pods from now on is not the function's doing. */
  excuse(...nodes: readonly string[]): void {
    this.invariants.excuse(...nodes);
  }

  get restartedNodes(): readonly string[] {
    return this.invariants.restartedNodes;
  }

  /** Waits until something is to be seen in the cluster. */
  async until(what: string, isSeen: (sight: Sight) => boolean, seconds = 120): Promise<Sight> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
      const sight = this.sight();
      if (sight && isSeen(sight)) {
        return sight;
      }
      if (Date.now() > deadline) {
        throw new Error(`not seen within ${seconds} s: ${what}`);
      }
      await sleep(50);
    }
  }

  async stop(): Promise<Verdict> {
    this.judge();
    this.isOver = true;
    await this.sampling;
    await Promise.all([this.nodes, this.pods, this.daemonSets, this.serviceAccounts].map(watched => watched.close()));
    this.invariants.judgeEnd();
    const { violations, mostUnavailable, restartedNodes } = this.invariants;
    const { samples, roleSamples, reachableMs } = this;
    return {
      samples, roleSamples: this.roles && roleSamples, reachableSeconds: reachableMs / 1000, violations, mostUnavailable, restartedNodes,
    };
  }

  private sight(): Sight | undefined {
    const { nodes, pods, daemonSets, serviceAccounts } = this;
    return nodes.objects && pods.objects && daemonSets.objects && serviceAccounts.objects && {
      nodes: [...nodes.objects.values()],
      pods: [...pods.objects.values()],
      daemonSet: [...daemonSets.objects.values()][0],
      serviceAccount: [...serviceAccounts.objects.values()][0],
    };
  }

  private judge(): Sight | undefined {
    const sight = this.sight();
    if (sight) {
      this.invariants.see(sight, Date.now());
    }
    return sight;
  }

  private async sample(): Promise<void> {
    for (let from = Date.now(); !this.isOver; await sleep(SAMPLE_MS)) {
      const now = Date.now();
      if (this.judge()) {
        this.samples++;
        this.reachableMs += now - from;
      }
      from = now;
    }
  }

  private async sampleRoles(): Promise<void> {
    const looks: Promise<void>[] = [];
    for (; this.roles && !this.isOver; await sleep(ROLE_SAMPLE_MS)) {
      const sight = this.sight();
      if (sight) {
        const look = this.judgeRoles(sight, this.roles.read());
        // IAM may take longer than that to answer; what goes wrong is told when it is waited for
        look.catch(() => {});
        looks.push(look);
      }
    }
    await Promise.all(looks);
  }

  /** A pod is judged only if it was there before its role was read, and still is: it has been running with the role as read. */
  private async judgeRoles(sight: Sight, reading: Promise<ReadonlyMap<string, RoleState>>): Promise<void> {
    const carried = new Map(sight.pods.filter(({ status }) => status?.phase === 'Running').flatMap(pod => rolesOf(pod).map(role => [role, pod])));
    const states = await reading;
    for (const [role, { metadata }] of carried) {
      if (this.pods.objects?.has(metadata!.uid!)) {
        this.invariants.judgeRole(role, states.get(role) ?? MISSING, `pod ${metadata!.name}`);
      }
    }
    this.roleSamples++;
  }
}

/**
 * Does some work under a sampler's eyes.
 *
 * @throws if an invariant was violated, or if there was not one sample a second
 */
export async function underWatch<T>(
  cluster: KubernetesCluster, aws: LocalAws | undefined, work: () => Promise<T>, options?: InvariantOptions,
): Promise<T> {
  const sampler = await InvariantSampler.start(cluster, aws, options);
  let verdict: Verdict;
  let result: T;
  try {
    result = await work();
  } finally {
    verdict = await sampler.stop();
  }
  checkVerdict(verdict);
  return result;
}

export function checkVerdict({ violations, samples, roleSamples = samples, reachableSeconds }: Verdict): void {
  if (violations.length > 0) {
    throw new Error(`invariants were violated:\n${violations.join('\n')}`);
  }
  if (Math.min(samples, roleSamples) < Math.floor(reachableSeconds)) {
    throw new Error(`only ${samples} samples of the cluster and ${roleSamples} of the roles in ${reachableSeconds} s`);
  }
}

function rolesOf({ spec }: V1Pod): string[] {
  const containers = [...spec?.initContainers ?? [], ...spec?.containers ?? []];
  return [...new Set(containers.flatMap(({ env }) => env?.find(({ name }) => name === 'AWS_ROLE_ARN')?.value ?? []))];
}

/** Objects by uid, as long as they are known. */
class Watched<T extends KubernetesObject> {
  objects?: Map<string, T>;
  private readonly watch: ObjectWatch<T>;

  constructor(cluster: KubernetesCluster, path: string, changed: () => void) {
    this.watch = new ObjectWatch<T>(cluster.api, path, {
      listed: objects => {
        this.objects = new Map(objects.map(object => [object.metadata!.uid!, object]));
        changed();
      },
      changed: (type, object) => {
        if (type === 'DELETED') {
          this.objects?.delete(object.metadata!.uid!);
        } else {
          this.objects?.set(object.metadata!.uid!, object);
        }
        changed();
      },
      lost: () => this.objects = undefined,
    });
  }

  async close(): Promise<void> {
    await this.watch.close();
  }
}
