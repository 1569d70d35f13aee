import { aDaemonSet } from './builders';
import type { Annotations, Container, DaemonSet, Pod, ServiceAccount } from '../../../lib/handlers/aws-node/kubernetes';
import { ROLE_ANNOTATION } from '../../../lib/private/annotations';

export interface NodeProperties {
  readonly name: string;
  /** From when kubelet sees a pod until it is Ready. */
  readonly startupMs: number;
  readonly shutdownMs: number;
}

export interface ClusterProperties {
  readonly nodes: readonly NodeProperties[];
  readonly maxUnavailable: number | string;
  readonly minReadySeconds: number;
  /** Until the DaemonSet controller makes a pod, or takes a finished one away. */
  readonly creationMs: number;
  /** Until the DaemonSet controller tells of a change in its status; in turn. */
  readonly statusLagsMs: readonly number[];
  readonly webhook: WebhookProperties;
  /** With these the plugin does not get Ready any more; undefined is the role of the node. */
  readonly brokenRoles: readonly (string | undefined)[];
  /** From the first annotation. */
  readonly incidents: readonly Incident[];
}

export interface WebhookProperties {
  /** How long it goes on with what the service account said before. */
  readonly lagMs: number;
  /** The API server lets pods pass meanwhile. */
  readonly outages: readonly { readonly atMs: number; readonly forMs: number }[];
  /** Of each pod that is created: which containers it serves; all of those beyond. */
  readonly serves: readonly Service[];
}

export type Service = 'all' | 'some' | 'none';

/** Nodes are counted in the order in which they joined, and round again. */
export type Incident = { readonly atMs: number } & (
  | { readonly kind: 'node silent'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'node removed'; readonly node: number; readonly ghostMs: number }
  | { readonly kind: 'node joins'; readonly startupMs: number; readonly shutdownMs: number }
  | { readonly kind: 'pod deleted'; readonly node: number }
  | { readonly kind: 'pod evicted'; readonly node: number }
  | { readonly kind: 'pod crashes'; readonly node: number; readonly forMs: number }
  | { readonly kind: 'DaemonSet edited'; readonly maxUnavailable?: number | string; readonly minReadySeconds?: number });

interface Node extends NodeProperties {
  isSilent: boolean;
  /** Counts how often it went silent or came back: what kubelet was about to do before is void. */
  era: number;
}

interface SimulatedPod extends Pick<Pod, 'name' | 'uid' | 'node' | 'createdAt'> {
  readonly env: readonly Container['env'][];
  containersReady: boolean | undefined;
  ready: boolean;
  readyChangedAt: number;
  finished: boolean;
  deletionTimestamp?: number;
  /** As the API server shows it, until it changes. */
  shown?: Pod;
}

interface Event {
  readonly at: number;
  readonly act: () => void;
}

export const wholeSecond = (time: number) => Math.floor(time / 1000) * 1000;
const AN_HOUR_MS = 3600_000;
const GRACE_MS = 30_000;
const SILENT_AFTER_MS = 40_000;
const TOKEN_FILE = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token';
const CONTAINERS = ['aws-vpc-cni-init', 'aws-node', 'aws-eks-nodeagent'];

const toAnnotations = (role: string | undefined): Annotations => role === undefined ? {} : { [ROLE_ANNOTATION]: role };

/** API server, DaemonSet controller, webhook, kubelets and bystanders, in memory, on a clock that jumps from event to event. */
export class SimulatedCluster {
  private time: number;
  private events: Event[] = [];
  private readonly nodes = new Map<string, Node>();
  private pods: SimulatedPod[] = [];
  private created = 0;
  private joined = 0;
  private syncs = 0;
  private isSyncDue = false;
  private generation = 1;
  private maxUnavailable: number | string;
  private minReadySeconds: number;
  private history: { readonly since: number; readonly annotations: Annotations }[];
  private shown!: DaemonSet;

  /** All nodes have a pod that has been Ready for long. */
  constructor(private readonly properties: ClusterProperties, beginning: number, role?: string) {
    this.time = beginning - AN_HOUR_MS;
    this.maxUnavailable = properties.maxUnavailable;
    this.minReadySeconds = properties.minReadySeconds;
    this.history = [{ since: -Infinity, annotations: toAnnotations(role) }];
    properties.nodes.forEach(node => this.addNode(node));
    this.nodes.forEach(node => this.becomeReady(this.createPod(node, 'all')));
    this.events = [];
    this.isSyncDue = false;
    this.time = beginning;
    this.publish();
  }

  get now(): number {
    return this.time;
  }

  get nextEventAt(): number {
    return this.events[0]?.at ?? Infinity;
  }

  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    while (this.nextEventAt <= end) {
      const { at, act } = this.events.shift()!;
      this.time = at;
      act();
    }
    this.time = end;
  }

  /** What the service account says from now on; the first time, incidents begin. */
  annotate(role: string | undefined): void {
    if (this.history.length === 1) {
      this.properties.incidents.forEach(incident => this.after(incident.atMs, () => this.happen(incident)));
    }
    this.history.push({ since: this.time, annotations: toAnnotations(role) });
  }

  silence(name: string): void {
    const node = this.nodes.get(name)!;
    const era = this.turn(node, true);
    this.after(SILENT_AFTER_MS, () => {
      if (this.nodes.has(name) && node.era === era) {
        this.podsOn(name).filter(({ ready }) => ready).forEach(pod => this.setReady(pod, false));
      }
    });
  }

  // what the API server shows

  showDaemonSet(): DaemonSet {
    return this.shown;
  }

  showServiceAccount(): ServiceAccount {
    return { annotations: this.history.at(-1)!.annotations };
  }

  showPods(): Pod[] {
    return this.pods.map(pod => pod.shown ??= this.show(pod));
  }

  /** @returns when its grace period ends; undefined when there is no such pod, or it is on its way already */
  deletePod({ name, uid }: Pick<Pod, 'name' | 'uid'>): number | undefined {
    const pod = this.pods.find(one => one.name === name && one.uid === uid && one.deletionTimestamp === undefined);
    if (pod) {
      this.change(pod, { deletionTimestamp: wholeSecond(this.time + GRACE_MS) });
      this.shutDown(pod);
    }
    return pod?.deletionTimestamp;
  }

  // the truth

  /** Nodes without an available pod. */
  down(minReadySeconds = this.minReadySeconds): Set<string> {
    const down = new Set(this.nodes.keys());
    for (const pod of this.pods) {
      if (pod.deletionTimestamp === undefined && this.isAvailable(pod, minReadySeconds)) {
        down.delete(pod.node);
      }
    }
    return down;
  }

  /** Nodes for which the DaemonSet controller has not made a pod yet. */
  vacant(): string[] {
    return [...this.nodes.keys()].filter(name => !this.pods.some(({ node }) => node === name));
  }

  /** Nodes that are there and whose kubelet works. */
  reporting(): Set<string> {
    return new Set([...this.nodes.values()].filter(({ isSilent }) => !isSilent).map(({ name }) => name));
  }

  // bystanders

  private happen(incident: Incident): void {
    if (incident.kind === 'node joins') {
      this.vacate(this.addNode({ ...incident, name: `joined-${this.joined++}` }).name);
      return this.sync();
    }
    if (incident.kind === 'DaemonSet edited') {
      this.maxUnavailable = incident.maxUnavailable ?? this.maxUnavailable;
      this.minReadySeconds = incident.minReadySeconds ?? this.minReadySeconds;
      this.shown = { ...this.shown, generation: ++this.generation, maxUnavailable: this.maxUnavailable, minReadySeconds: this.minReadySeconds };
      this.after(this.minReadySeconds * 1000, () => this.sync());
      return this.sync();
    }
    const node = [...this.nodes.values()][incident.node % this.nodes.size];
    const pod = node && this.podsOn(node.name).find(({ deletionTimestamp, finished }) => deletionTimestamp === undefined && !finished);
    switch (incident.kind) {
      case 'node silent': return node && !node.isSilent ? this.silenceFor(node, incident.forMs) : undefined;
      case 'node removed': return node && this.removeNode(node, incident.ghostMs);
      case 'pod deleted': return void (pod && this.deletePod(pod));
      case 'pod evicted': return pod && !node.isSilent ? this.evict(pod) : undefined;
      case 'pod crashes': return pod?.containersReady && !node.isSilent ? this.crash(pod, incident.forMs) : undefined;
    }
  }

  private addNode(properties: NodeProperties): Node {
    const node = { ...properties, isSilent: false, era: 0 };
    this.nodes.set(node.name, node);
    return node;
  }

  private removeNode({ name }: Node, ghostMs: number): void {
    this.nodes.delete(name);
    this.after(ghostMs, () => this.podsOn(name).forEach(pod => this.forget(pod)));
    this.sync();
  }

  private silenceFor(node: Node, milliseconds: number): void {
    this.silence(node.name);
    this.after(milliseconds, () => this.wake(node));
  }

  // kubelets

  private wake(node: Node): void {
    if (!this.nodes.has(node.name)) {
      return;
    }
    this.turn(node, false);
    for (const pod of this.podsOn(node.name)) {
      if (pod.deletionTimestamp !== undefined) {
        this.shutDown(pod);
      } else if (pod.containersReady) {
        this.becomeReady(pod);
      } else {
        this.startUp(pod);
      }
    }
  }

  private startUp(pod: SimulatedPod): void {
    this.kubelet(pod, 0, ({ startupMs }) => {
      this.change(pod, { containersReady: false });
      if (!this.properties.brokenRoles.includes(pod.env[CONTAINERS.indexOf('aws-node')].AWS_ROLE_ARN)) {
        this.kubelet(pod, startupMs, () => this.becomeReady(pod));
      }
    });
  }

  private becomeReady(pod: SimulatedPod): void {
    if (!pod.ready && pod.deletionTimestamp === undefined && !pod.finished) {
      pod.containersReady = true;
      this.setReady(pod, true);
      this.after(pod.readyChangedAt + this.minReadySeconds * 1000 - this.time, () => this.sync());
    }
  }

  private shutDown(pod: SimulatedPod): void {
    this.kubelet(pod, this.nodes.get(pod.node)?.shutdownMs ?? 0, () => this.forget(pod));
  }

  private evict(pod: SimulatedPod): void {
    this.change(pod, { finished: true, containersReady: false });
    this.setReady(pod, false);
    this.after(this.properties.creationMs, () => this.forget(pod));
  }

  private crash(pod: SimulatedPod, milliseconds: number): void {
    pod.containersReady = false;
    this.setReady(pod, false);
    this.kubelet(pod, milliseconds, () => this.becomeReady(pod));
  }

  private kubelet(pod: SimulatedPod, milliseconds: number, act: (node: Node) => void): void {
    const node = this.nodes.get(pod.node);
    if (!node || node.isSilent) {
      return;
    }
    const { era } = node;
    this.after(milliseconds, () => this.nodes.has(node.name) && node.era === era && act(node));
  }

  private turn(node: Node, isSilent: boolean): number {
    node.isSilent = isSilent;
    return ++node.era;
  }

  // DaemonSet controller

  private vacate(name: string): void {
    this.after(this.properties.creationMs, () => {
      const node = this.nodes.get(name);
      if (node && this.podsOn(name).length === 0) {
        this.startUp(this.createPod(node, this.properties.webhook.serves[this.created - this.properties.nodes.length] ?? 'all'));
      }
    });
  }

  private sync(): void {
    if (!this.isSyncDue) {
      this.isSyncDue = true;
      const { statusLagsMs } = this.properties;
      this.after(statusLagsMs[this.syncs++ % statusLagsMs.length], () => {
        this.isSyncDue = false;
        this.publish();
      });
    }
  }

  /** A terminating pod that is still Ready counts as available here, as the real controller has it. */
  private publish(): void {
    const down = new Set(this.nodes.keys());
    this.pods.filter(pod => this.isAvailable(pod, this.minReadySeconds)).forEach(({ node }) => down.delete(node));
    this.shown = aDaemonSet({
      generation: this.generation,
      observedGeneration: this.generation,
      desiredNumberScheduled: this.nodes.size,
      numberUnavailable: down.size,
      maxUnavailable: this.maxUnavailable,
      minReadySeconds: this.minReadySeconds,
    });
  }

  // webhook and API server

  private createPod({ name: node }: Node, service: Service): SimulatedPod {
    const nth = this.created++;
    const injected = this.injected();
    const pod: SimulatedPod = {
      name: `aws-node-${nth.toString(36).padStart(5, '0')}`,
      uid: `uid-${nth}`,
      node,
      createdAt: wholeSecond(this.time),
      env: CONTAINERS.map(name => service === 'all' || service === 'some' && name === 'aws-node' ? injected : {}),
      containersReady: undefined,
      ready: false,
      readyChangedAt: wholeSecond(this.time),
      finished: false,
    };
    this.pods.push(pod);
    this.sync();
    return pod;
  }

  private injected(): Container['env'] {
    const { lagMs, outages } = this.properties.webhook;
    const known = this.history.filter(({ since }) => since <= this.time - lagMs).at(-1)!;
    const role = known.annotations[ROLE_ANNOTATION];
    const start = this.history.at(-1)!.since;
    const isOut = outages.some(({ atMs, forMs }) => start + atMs <= this.time && this.time < start + atMs + forMs);
    return role === undefined || isOut ? {} : { AWS_ROLE_ARN: role, AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE };
  }

  private forget(pod: SimulatedPod): void {
    this.pods = this.pods.filter(one => one !== pod);
    this.vacate(pod.node);
    this.sync();
  }

  private podsOn(name: string): SimulatedPod[] {
    return this.pods.filter(({ node }) => node === name);
  }

  private setReady(pod: SimulatedPod, ready: boolean): void {
    this.change(pod, { ready, readyChangedAt: wholeSecond(this.time) });
  }

  private change(pod: SimulatedPod, changes: Partial<SimulatedPod>): void {
    Object.assign(pod, changes, { shown: undefined });
    this.sync();
  }

  private isAvailable({ ready, readyChangedAt, finished }: SimulatedPod, minReadySeconds: number): boolean {
    return ready && !finished && this.time >= readyChangedAt + minReadySeconds * 1000;
  }

  private show({ env, containersReady, shown: _, ...pod }: SimulatedPod): Pod {
    return {
      ...pod,
      scheduled: true,
      containers: CONTAINERS.map((name, index) => ({
        name,
        init: index === 0,
        env: env[index],
        ready: containersReady === false ? index === 0 : containersReady,
        trouble: containersReady === false && index > 0 ? 'CrashLoopBackOff: back-off 10s' : undefined,
      })),
    };
  }

  private after(milliseconds: number, act: () => void): void {
    const at = this.time + Math.max(0, milliseconds);
    let index = this.events.length;
    while (index > 0 && this.events[index - 1].at > at) {
      index--;
    }
    this.events.splice(index, 0, { at, act });
  }
}
