import type { V1DaemonSet, V1Node, V1ObjectMeta, V1Pod, V1ServiceAccount } from '@kubernetes/client-node';

export interface InvariantOptions {
  /** I5: at most one node may have its pod replaced. */
  readonly canaryOnly?: boolean;
  /** Objects that somebody in the story of the test changes. */
  readonly edited?: readonly ('DaemonSet' | 'ServiceAccount')[];
}

/** What the API server says of the plugin at one time. */
export interface Sight {
  readonly nodes: readonly V1Node[];
  readonly pods: readonly V1Pod[];
  readonly daemonSet?: V1DaemonSet;
  readonly serviceAccount?: V1ServiceAccount;
}

export interface RoleState {
  readonly exists: boolean;
  readonly policies: number;
  readonly trust: string;
}

/** The function cannot know sooner that a pod has gone down without it. */
const NOTICE_MS = 2_000;

const OURS = ['eks.amazonaws.com/role-arn', 'eks.amazonaws.com/sts-regional-endpoints', 'cdk-vpc-cni-service-account-role/owner'];
const OF_THE_CONTROLLER = ['deprecated.daemonset.template.generation'];
const SUBJECT = 'system:serviceaccount:kube-system:aws-node';

/** By the affinity of the plugin's DaemonSet. */
function runsThePlugin({ metadata }: V1Node): boolean {
  const { 'kubernetes.io/os': os, 'eks.amazonaws.com/compute-type': computeType = 'ec2' } = metadata!.labels ?? {};
  return os !== 'windows' && !['auto', 'fargate', 'hybrid'].includes(computeType);
}

interface NodeHistory {
  /** The pod seen last that could still become or be available. */
  pod?: { readonly uid: string; readonly name: string; readonly available: boolean };
  downSince?: number;
  /** Whether it is down because a pod that was available has been deleted. */
  deleted: boolean;
}

/** Judges what is seen of a cluster; knows nothing of how the project works. */
export class Invariants {
  readonly violations: string[] = [];
  mostUnavailable = 0;
  private readonly replaced = new Set<string>();
  private readonly excused = new Set<string>();
  private readonly histories = new Map<string, NodeHistory>();
  private first?: Sight;
  private last?: Sight;

  constructor(private readonly options: InvariantOptions = {}) {}

  get restartedNodes(): string[] {
    return [...this.replaced].sort();
  }

  /** What happens to pods of these nodes is not the function's doing; as far as they are down they count all the same. */
  excuse(...nodes: readonly string[]): void {
    nodes.forEach(node => this.excused.add(node));
  }

  see(sight: Sight, now: number): void {
    this.first ??= sight;
    this.last = sight;
    this.judgeAvailability(sight, now);
    this.judgeIdentity(sight);
  }

  /** I2, of a role that a running pod carries. */
  judgeRole(arn: string, { exists, policies, trust }: RoleState, pod: string): void {
    if (!exists) {
      this.violated(`I2: ${pod} carries ${arn}, which does not exist`);
    } else if (policies === 0) {
      this.violated(`I2: ${pod} carries ${arn}, which has no policy`);
    } else if (!trust.includes(SUBJECT)) {
      this.violated(`I2: ${pod} carries ${arn}, which does not trust ${SUBJECT}: ${trust}`);
    }
  }

  /** I4 */
  judgeEnd(): void {
    const described = (sight?: Sight) => JSON.stringify([
      this.isEdited('ServiceAccount') ? {} : foreign(sight?.serviceAccount?.metadata),
      this.isEdited('DaemonSet') ? {} : foreign(sight?.daemonSet?.metadata),
    ]);
    if (described(this.first) !== described(this.last)) {
      this.violated(`I4: annotations or labels of others were ${described(this.first)} and are ${described(this.last)}`);
    }
  }

  private judgeAvailability({ nodes: all, pods, daemonSet }: Sight, now: number): void {
    const nodes = all.filter(runsThePlugin);
    const podsOf = new Map<string, V1Pod[]>(nodes.map(({ metadata }) => [metadata!.name!, []]));
    pods.forEach(pod => podsOf.get(pod.spec?.nodeName ?? '')?.push(pod));
    [...this.histories.keys()].filter(name => !podsOf.has(name)).forEach(name => this.histories.delete(name));
    const deletions = [...podsOf].flatMap(([name, ofNode]) => this.follow(name, ofNode, daemonSet, now));
    const down = [...this.histories].filter(([, { downSince }]) => downSince !== undefined);
    this.mostUnavailable = Math.max(this.mostUnavailable, down.length);

    const counted = down.filter(([, { deleted, downSince }]) => deleted || now - downSince! > NOTICE_MS).map(([name]) => name);
    const allowed = maxUnavailable(daemonSet, nodes.length);
    if (deletions.length > 0 && counted.length > allowed) {
      this.violated(`I1: ${deletions.join(', ')} deleted, which leaves ${counted.length} unavailable of at most ${allowed}: ${counted.join(', ')}`);
    }
    const replaced = this.restartedNodes.filter(name => !this.excused.has(name));
    if (this.options.canaryOnly && replaced.length > 1) {
      this.violated(`I5: pods of more than one node were replaced: ${replaced.join(', ')}`);
    }
  }

  /** @returns the pod, if it was available and has been deleted since */
  private follow(node: string, pods: readonly V1Pod[], daemonSet: V1DaemonSet | undefined, now: number): string[] {
    const known = this.histories.get(node);
    const history: NodeHistory = known ?? { deleted: false };
    this.histories.set(node, history);
    const before = history.pod;
    const living = pods.filter(({ metadata }) => metadata!.deletionTimestamp === undefined);
    const isAvailable = (pod: V1Pod) => available(pod, daemonSet, now);
    const current = living.find(isAvailable) ?? living[0];
    history.pod = current && { uid: current.metadata!.uid!, name: current.metadata!.name!, available: isAvailable(current) };

    const isDeleted = before !== undefined && !living.some(({ metadata }) => metadata!.uid === before.uid);
    if (isDeleted) {
      this.replaced.add(node);
    }
    const isOurs = isDeleted && before.available && !this.excused.has(node);
    if (history.pod?.available) {
      history.downSince = undefined;
      history.deleted = false;
    } else {
      history.downSince ??= now;
      history.deleted ||= isOurs;
    }
    return isOurs ? [before.name] : [];
  }

  /** I3 */
  private judgeIdentity({ daemonSet, serviceAccount }: Sight): void {
    if (!this.isEdited('ServiceAccount') && serviceAccount?.metadata?.uid !== this.first?.serviceAccount?.metadata?.uid) {
      this.violated(`I3: service account ${this.first?.serviceAccount?.metadata?.uid} became ${serviceAccount?.metadata?.uid}`);
    }
    if (this.isEdited('DaemonSet')) {
      return;
    }
    if (daemonSet?.metadata?.uid !== this.first?.daemonSet?.metadata?.uid) {
      this.violated(`I3: DaemonSet ${this.first?.daemonSet?.metadata?.uid} became ${daemonSet?.metadata?.uid}`);
    } else if (JSON.stringify(daemonSet?.spec) !== JSON.stringify(this.first?.daemonSet?.spec)) {
      this.violated('I3: the spec of the DaemonSet has changed');
    }
  }

  private isEdited(kind: 'DaemonSet' | 'ServiceAccount'): boolean {
    return this.options.edited?.includes(kind) ?? false;
  }

  private violated(what: string): void {
    if (!this.violations.includes(what)) {
      this.violations.push(what);
    }
  }
}

export function available({ metadata, status }: V1Pod, daemonSet: V1DaemonSet | undefined, now: number): boolean {
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const since = Date.parse(String(ready?.lastTransitionTime));
  return metadata!.deletionTimestamp === undefined && ready?.status === 'True' && now - since >= (daemonSet?.spec?.minReadySeconds ?? 0) * 1000;
}

/** As the DaemonSet controller reckons: a percentage is rounded up. */
export function maxUnavailable(daemonSet: V1DaemonSet | undefined, nodes: number): number {
  const value: number | string = daemonSet?.spec?.updateStrategy?.rollingUpdate?.maxUnavailable ?? 1;
  return typeof value === 'number' ? value : Math.ceil(nodes * parseInt(value, 10) / 100);
}

function foreign(metadata: V1ObjectMeta | undefined): object {
  const annotations = Object.entries(metadata?.annotations ?? {}).filter(([name]) => !OURS.includes(name) && !OF_THE_CONTROLLER.includes(name));
  return { annotations: annotations.sort(), labels: Object.entries(metadata?.labels ?? {}).sort() };
}
