import { ROLE } from './builders';
import type { ClusterProperties } from './simulated-cluster';
import { SimulatedCluster } from './simulated-cluster';
import type { DaemonSet, Pod } from '../../../lib/handlers/aws-node/kubernetes';
import type { Decision } from '../../../lib/handlers/aws-node/rollout-decision';
import { AGAIN, decide } from '../../../lib/handlers/aws-node/rollout-decision';
import type { Desired } from '../../../lib/handlers/aws-node/rollout-state';
import { ROLE_ANNOTATION } from '../../../lib/private/annotations';

export interface History extends ClusterProperties {
  /** The role of the service account before ours. */
  readonly roleBefore: string | undefined;
  readonly engine: EngineProperties;
}

export interface EngineProperties {
  /** At least between two looks. */
  readonly paceMs: number;
  /** In turn: how old each look is by the time of the decision, and whether it shows nothing newer than the one before but what we deleted ourselves. */
  readonly looks: readonly { readonly lagMs: number; readonly isFrozen: boolean }[];
  /** Of each decision to delete: how many pods until we are killed, and how long it takes to run again. */
  readonly kills: readonly ({ readonly deletions: number; readonly pauseMs: number } | undefined)[];
}

export interface Outcome {
  readonly decision: Extract<Decision, { action: 'done' | 'fail' }>;
  readonly restarted: readonly string[];
  /** Those of them that had an available pod, as far as anybody could know. */
  readonly takenDown: readonly string[];
  readonly elapsedMs: number;
  /** Values of AWS_ROLE_ARN in the containers on each node in the end; none of pods that are going. */
  readonly roles: Readonly<Record<string, (string | undefined)[]>>;
}

/** What one invocation remembers. */
interface Invocation {
  readonly endsAt: number;
  triedAgain: boolean;
}

/** What the engine knows, and what was true when it learnt of the pods. */
interface Look {
  readonly at: number;
  readonly daemonSet: DaemonSet;
  readonly pods: readonly Pod[];
  readonly down: ReadonlySet<string>;
  readonly vacant: readonly string[];
  readonly reporting: ReadonlySet<string>;
  /** Nodes whose pod we deleted since. */
  readonly deleted: ReadonlySet<string>;
}

export const WITH_ROLE: Desired = { kind: 'with-role', roleArn: ROLE };
export const WITHOUT_ROLE: Desired = { kind: 'without-role', roleArn: ROLE };
const TIMEOUT_MS = 0.95 * 1800_000;
const BEGINNING = Date.parse('2026-11-24T09:00:00.250Z');
const INVOCATION_MS = 240_000;
const PATIENCE_MS = 30_000;
/** No look is older, but for its lag. */
const FROZEN_MS = 5_000;

/** Rollouts over one simulated cluster; every step is held against the truth. */
export class SimulatedRollout {
  readonly cluster: SimulatedCluster;
  private looks = 0;
  private deletions = 0;

  constructor(private readonly history: History) {
    const { roleBefore } = history;
    this.cluster = new SimulatedCluster(history, BEGINNING, roleBefore);
  }

  /** The service account says so now. */
  annotate(role: string | undefined): this {
    this.cluster.annotate(role);
    this.cluster.advance(1_000);
    return this;
  }

  run(desired: Desired): Outcome {
    const { cluster, history: { engine } } = this;
    const startedAt = cluster.now;
    const restarted: string[] = [];
    const takenDown: string[] = [];
    let look: Look | undefined;
    let invocation: Invocation | undefined;
    let patienceMs = engine.paceMs;
    for (;;) {
      if (!invocation || cluster.now > invocation.endsAt) {
        look = undefined;
        invocation = { endsAt: cluster.now + INVOCATION_MS, triedAgain: false };
      }
      look = this.look(look);
      const decision = this.decide(look, desired, startedAt, invocation);
      const elapsedMs = cluster.now - startedAt;
      if (decision.action === 'done' || decision.action === 'fail') {
        this.checkEnd(decision, look, desired);
        const pods = look.pods.filter(({ deletionTimestamp }) => deletionTimestamp === undefined);
        return { decision, restarted, takenDown, elapsedMs, roles: Object.fromEntries(pods.map(pod => [pod.node, rolesOf(pod)])) };
      }
      check(elapsedMs < TIMEOUT_MS, 'goes on after the deadline');
      if (decision.action === 'wait') {
        const quietMs = cluster.nextEventAt - cluster.now;
        cluster.advance(Math.max(engine.paceMs, Math.min(quietMs, patienceMs)));
        patienceMs = quietMs > patienceMs ? Math.min(PATIENCE_MS, 2 * patienceMs) : engine.paceMs;
      } else {
        const kill = engine.kills[this.deletions++];
        const pods = decision.pods.slice(0, kill?.deletions);
        check(decision.pods.length > 0, 'deletes nothing');
        const known = this.delete(pods, look);
        restarted.push(...pods.map(({ node }) => node));
        takenDown.push(...pods.map(({ node }) => node).filter(node => !look?.down.has(node)));
        look = known;
        invocation.triedAgain = decision.why === AGAIN;
        invocation = kill ? undefined : invocation;
        cluster.advance(kill?.pauseMs ?? engine.paceMs);
      }
    }
  }

  private look(last: Look | undefined): Look {
    const { cluster, history: { engine: { looks } } } = this;
    const { lagMs, isFrozen } = looks[this.looks++ % looks.length];
    const daemonSet = cluster.showDaemonSet();
    const look = isFrozen && last && cluster.now - last.at < FROZEN_MS ? { ...last, daemonSet } : {
      at: cluster.now,
      daemonSet,
      pods: cluster.showPods(),
      down: cluster.down(),
      vacant: cluster.vacant(),
      reporting: cluster.reporting(),
      deleted: new Set<string>(),
    };
    cluster.advance(lagMs);
    return look;
  }

  private decide({ daemonSet, pods }: Look, desired: Desired, startedAt: number, { triedAgain }: Invocation): Decision {
    const { now } = this.cluster;
    const serviceAccount = this.cluster.showServiceAccount();
    return decide({ clusterName: 'blue', daemonSet, serviceAccount, pods, desired, startedAt, deadline: startedAt + TIMEOUT_MS, now, triedAgain });
  }

  /** @returns what the engine knows then */
  private delete(pods: readonly Pod[], look: Look): Look {
    const { cluster } = this;
    const { numberUnavailable, minReadySeconds } = look.daemonSet;
    const wanted = cluster.showServiceAccount().annotations[ROLE_ANNOTATION];
    const seenDown = this.seenDown(look);
    const graceEnds = new Map<Pod, number>();
    const deleted = new Set(look.deleted);
    let takenDown = 0;
    for (const pod of pods) {
      check(rolesOf(pod).some(role => role !== wanted), `restarts ${pod.name}, which is as it should be`);
      check(pod.deletionTimestamp === undefined, `deletes ${pod.name} twice`);
      const before = cluster.down(minReadySeconds);
      graceEnds.set(pod, cluster.deletePod(pod) ?? cluster.now);
      deleted.add(pod.node);
      const after = cluster.down(minReadySeconds);
      // one that became available since the look is still down, as far as anybody could know
      if (after.size > before.size && !seenDown.has(pod.node)) {
        takenDown++;
        const unavailable = Math.max(knownDown(after, { ...look, deleted, down: seenDown }), numberUnavailable + takenDown);
        check(unavailable <= allowed(look.daemonSet), `${unavailable} nodes without an available pod, ${allowed(look.daemonSet)} allowed`);
      }
    }
    return { ...look, deleted, pods: look.pods.map(pod => ({ ...pod, deletionTimestamp: graceEnds.get(pod) ?? pod.deletionTimestamp })) };
  }

  /** Since the look, time alone may have made pods available; what went down since was up, as far as anybody could know. */
  private seenDown({ pods, down, daemonSet }: Look): ReadonlySet<string> {
    const isUp = ({ ready, finished, deletionTimestamp, readyChangedAt }: Pod) => ready && !finished && deletionTimestamp === undefined
      && this.cluster.now >= readyChangedAt + daemonSet.minReadySeconds * 1000;
    const up = new Set(pods.filter(isUp).map(({ node }) => node));
    return new Set([...down].filter(node => !up.has(node)));
  }

  private checkEnd(decision: Outcome['decision'], look: Look, desired: Desired): void {
    if (decision.action === 'fail') {
      return check(decision.message.includes('cluster blue'), 'fails without a message');
    }
    const down = this.cluster.down(look.daemonSet.minReadySeconds);
    const seenDown = this.seenDown(look);
    const isUp = ({ node }: Pod) => !seenDown.has(node) || !down.has(node);
    const isOver = ({ finished, deletionTimestamp = Infinity }: Pod) => finished || deletionTimestamp < this.cluster.now;
    for (const pod of look.pods.filter(one => look.reporting.has(one.node) && !isOver(one))) {
      const isRight = desired.kind === 'with-role' ? rolesOf(pod).every(role => role === ROLE) && isUp(pod) : !rolesOf(pod).includes(ROLE);
      check(isRight, `done, but ${pod.name} on ${pod.node} is not`);
    }
  }
}

/**
 * Nodes that are down as far as anybody could know: neither those that went down since the look by themselves,
 * nor nodes that joined and have no pod yet, while the status does not count them or the pods of nodes that are gone stand in for them.
 */
function knownDown(down: ReadonlySet<string>, look: Look): number {
  const missing = Math.max(0, look.daemonSet.desiredNumberScheduled - new Set(look.pods.map(({ node }) => node)).size);
  const hidden = Math.min(Math.max(0, look.vacant.length - missing), look.vacant.filter(node => down.has(node)).length);
  return [...down].filter(node => look.down.has(node) || look.deleted.has(node)).length - hidden;
}

export function allowed({ maxUnavailable, desiredNumberScheduled }: Pick<DaemonSet, 'maxUnavailable' | 'desiredNumberScheduled'>): number {
  return typeof maxUnavailable === 'string' ? Math.ceil(parseInt(maxUnavailable, 10) / 100 * desiredNumberScheduled) : maxUnavailable!;
}

function rolesOf({ containers }: Pod): (string | undefined)[] {
  return containers.map(({ env }) => env.AWS_ROLE_ARN);
}

function check(holds: boolean, violation: string): void {
  if (!holds) {
    throw new Error(violation);
  }
}
