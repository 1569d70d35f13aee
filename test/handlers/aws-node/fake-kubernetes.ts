import { aDaemonSet } from './builders';
import type { FakeClock } from './fake-clock';
import type { Annotations, AwsNodeWatch, Container, DaemonSet, Kubernetes, Pod, ServiceAccount } from '../../../lib/handlers/aws-node/kubernetes';
import { ROLE_ANNOTATION, STS_ANNOTATION } from '../../../lib/private/annotations';

export interface FakeNode {
  readonly name: string;
  /** From a pod's creation until it is Ready. */
  readonly startupMs?: number;
  readonly shutdownMs?: number;
  /** Until the DaemonSet controller makes a pod for the node. */
  readonly creationMs?: number;
}

/** How the cluster behaves; everything may change while it runs. */
export interface Behaviour {
  /** How long the webhook goes on with what the service account said before. */
  webhookLagMs: number;
  /** Whether the webhook answers, for the nth pod that is created; if not, the API server lets the pod pass. */
  webhookAnswers: (nth: number, now: number) => boolean;
  /** Whether the plugin gets Ready with this role, or with that of the node. */
  isGoodRole: (roleArn: string | undefined) => boolean;
}

const GRACE_MS = 30_000;
const SILENT_AFTER_MS = 40_000;
const TICK_MS = 250;
const TOKEN_FILE = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token';
const second = (time: number) => Math.floor(time / 1000) * 1000;

interface RunningPod {
  readonly name: string;
  readonly uid: string;
  readonly node: FakeNode;
  readonly createdAt: number;
  readonly readyAt: number;
  readonly env: Readonly<Record<string, string>>;
  deletionTimestamp?: number;
  goneAt?: number;
}

/** An API server with a DaemonSet controller, a pod identity webhook and kubelets, on a clock of its own. */
export class FakeKubernetes implements Kubernetes {
  daemonSet: Partial<DaemonSet> | undefined = {};
  readonly behaviour: Behaviour = { webhookLagMs: 0, webhookAnswers: () => true, isGoodRole: () => true };
  readonly deleted: string[] = [];
  openWatches = 0;
  readonly patches: Readonly<Record<string, string | null>>[] = [];
  private readonly nodes = new Map<string, FakeNode>();
  private readonly vacantSince = new Map<string, number>();
  private readonly silentSince = new Map<string, number>();
  private history: { since: number; annotations: Annotations | undefined }[];
  private pods: RunningPod[] = [];
  private created = 0;

  constructor(private readonly clock: FakeClock, annotations: Annotations = {}) {
    this.history = [{ since: 0, annotations }];
    clock.onAdvance(TICK_MS, () => this.tick());
  }

  async getDaemonSet(): Promise<DaemonSet | undefined> {
    const number = this.nodes.size;
    const available = new Set(this.pods.filter(pod => this.isReady(pod) && pod.deletionTimestamp === undefined).map(({ node }) => node.name)).size;
    return this.daemonSet && aDaemonSet({ desiredNumberScheduled: number, numberUnavailable: number - available, ...this.daemonSet });
  }

  async getServiceAccount(): Promise<ServiceAccount | undefined> {
    return this.annotations && { annotations: this.annotations };
  }

  async patchServiceAccountAnnotations(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    this.patches.push(annotations);
    this.annotate(annotations);
  }

  /** Sees everything at once, so that any time brings a change. */
  watch(): AwsNodeWatch {
    this.openWatches++;
    return {
      look: async () => ({ daemonSet: await this.getDaemonSet(), serviceAccount: await this.getServiceAccount(), pods: await this.listPods() }),
      change: async milliseconds => this.clock.sleep(milliseconds),
      close: () => { this.openWatches--; },
    };
  }

  async listPods(): Promise<Pod[]> {
    return this.pods.map(pod => this.toPod(pod));
  }

  async deletePod({ name, uid }: Pick<Pod, 'name' | 'uid'>): Promise<void> {
    const pod = this.pods.find(one => one.name === name && one.uid === uid && one.deletionTimestamp === undefined);
    if (pod) {
      this.deleted.push(pod.node.name);
      pod.deletionTimestamp = second(this.clock.now() + GRACE_MS);
      pod.goneAt = this.clock.now() + (pod.node.shutdownMs ?? 1000);
    }
  }

  /** As somebody else would. */
  annotate(annotations: Readonly<Record<string, string | null>>): void {
    const merged = Object.entries({ ...this.annotations, ...annotations }).filter((entry): entry is [string, string] => entry[1] !== null);
    this.history.push({ since: this.clock.now(), annotations: Object.fromEntries(merged) });
  }

  removeServiceAccount(): void {
    this.history.push({ since: this.clock.now(), annotations: undefined });
  }

  addNodes(...nodes: FakeNode[]): this {
    for (const node of nodes) {
      this.nodes.set(node.name, node);
    }
    this.tick();
    return this;
  }

  removeNode(name: string): void {
    this.nodes.delete(name);
    this.pods = this.pods.filter(({ node }) => node.name !== name);
  }

  /** The node stops to report. */
  silence(name: string): void {
    this.silentSince.set(name, this.clock.now());
  }

  get annotations(): Annotations | undefined {
    return this.history.at(-1)!.annotations;
  }

  /** How many nodes have no pod that works, as their workloads see it. */
  unavailable(): number {
    const working = new Set(this.pods.filter(pod => this.isReady(pod) && pod.deletionTimestamp === undefined).map(({ node }) => node.name));
    return [...this.nodes.keys()].filter(node => !working.has(node)).length;
  }

  private tick(): void {
    const now = this.clock.now();
    this.pods = this.pods.filter(pod => pod.goneAt === undefined || pod.goneAt > now || this.silentSince.has(pod.node.name));
    const served = new Set(this.pods.map(({ node }) => node.name));
    for (const node of this.daemonSet ? this.nodes.values() : []) {
      if (served.has(node.name)) {
        continue;
      }
      const since = this.vacantSince.get(node.name) ?? now;
      this.vacantSince.set(node.name, since);
      if (now >= since + (node.creationMs ?? 0)) {
        this.vacantSince.delete(node.name);
        this.pods.push(this.create(node, now));
      }
    }
  }

  private create(node: FakeNode, now: number): RunningPod {
    const nth = this.created++;
    const env = this.behaviour.webhookAnswers(nth, now) ? this.injected(now) : {};
    const isGood = this.behaviour.isGoodRole(env.AWS_ROLE_ARN);
    return {
      name: `aws-node-${nth.toString(36).padStart(5, '0')}`,
      uid: `uid-${nth}`,
      node,
      createdAt: now,
      readyAt: isGood ? now + (node.startupMs ?? 2000) : Infinity,
      env,
    };
  }

  private injected(now: number): Record<string, string> {
    const { annotations = {} } = this.history.filter(({ since }) => since <= now - this.behaviour.webhookLagMs).at(-1) ?? {};
    return {
      ...annotations[ROLE_ANNOTATION] !== undefined && { AWS_ROLE_ARN: annotations[ROLE_ANNOTATION], AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE },
      ...annotations[STS_ANNOTATION] === 'true' && { AWS_STS_REGIONAL_ENDPOINTS: 'regional' },
    };
  }

  private isReady({ readyAt, node }: RunningPod): boolean {
    return this.clock.now() >= readyAt && !this.isSilent(node);
  }

  private isSilent({ name }: FakeNode): boolean {
    const since = this.silentSince.get(name);
    return since !== undefined && this.clock.now() >= since + SILENT_AFTER_MS;
  }

  private toPod(pod: RunningPod): Pod {
    const { name, uid, node, createdAt, readyAt, env, deletionTimestamp } = pod;
    const ready = this.isReady(pod);
    const started = this.clock.now() >= readyAt;
    const container = (containerName: string, init: boolean): Container => ({
      name: containerName, init, env, ready: init || started, trouble: init || started ? undefined : 'CrashLoopBackOff: back-off 10s',
    });
    return {
      name,
      uid,
      node: node.name,
      scheduled: true,
      createdAt: second(createdAt),
      deletionTimestamp,
      finished: false,
      ready,
      readyChangedAt: second(ready ? readyAt : this.isSilent(node) ? this.silentSince.get(node.name)! + SILENT_AFTER_MS : createdAt),
      containers: [container('aws-vpc-cni-init', true), container('aws-node', false), container('aws-eks-nodeagent', false)],
    };
  }
}
