import type { DaemonSet, Pod, ServiceAccount, Timestamp } from './kubernetes';
import { maxUnavailable } from './max-unavailable';
import type { Lack, RoleEnvironment } from './pod-environment';
import { carriesRole, lacksRole } from './pod-environment';
import { NOT_READY_LIMIT_MS, TERMINATION_SLACK_MS } from './rollout-limits';
import { ROLE_ANNOTATION } from '../../private/annotations';

/** What the pods are to become: all with the role, or none with it. */
export type Desired = { readonly kind: 'with-role' } & RoleEnvironment | { readonly kind: 'without-role'; readonly roleArn: string };

/** Everything that the next step of a rollout depends on. */
export interface RolloutInput {
  readonly clusterName: string;
  readonly daemonSet: DaemonSet | undefined;
  readonly serviceAccount: ServiceAccount | undefined;
  readonly pods: readonly Pod[];
  readonly desired: Desired;
  readonly startedAt: Timestamp;
  readonly deadline: Timestamp;
  readonly now: Timestamp;
  /** Whether what was restarted last had come up without its environment; not known from before this invocation. */
  readonly triedAgain: boolean;
}

/**
 * - available: Ready for as long as the DaemonSet asks
 * - starting: not yet
 * - terminating: within its grace period
 * - finished: Failed or Succeeded
 * - dead: its node does not report, so nothing about it will change until the node returns or goes
 */
export type Condition = 'available' | 'starting' | 'terminating' | 'finished' | 'dead';

export interface ObservedPod {
  readonly pod: Pod;
  readonly condition: Condition;
  readonly lacks: readonly Lack[];
  /** Created since the rollout started: by it, or for a node that joined. */
  readonly isNew: boolean;
}

export interface RolloutState {
  readonly observed: readonly ObservedPod[];
  readonly desiredNumber: number;
  readonly maxUnavailable: number;
  readonly missing: number;
  readonly unavailable: number;
  /** Correct and available. */
  readonly verified: readonly ObservedPod[];
  /** New, yet without the environment: the webhook let it pass. */
  readonly uninjected: readonly ObservedPod[];
  /** Pods that are going or coming because of us, as far as anybody can tell. */
  readonly onTheirWay: number;
  /** When the webhook last did its work, or a pod it had served became available so that the next could follow; before any of that, the start. */
  readonly lastProof: Timestamp;
}

export function observe(input: RolloutInput, daemonSet: DaemonSet): RolloutState {
  const roleBefore = roleBeforeOurs(input);
  const observed = input.pods.map(pod => observePod(pod, input, daemonSet, roleBefore));
  const nodesOf = (pods: readonly ObservedPod[]) => new Set(pods.map(({ pod }) => pod.node)).size;
  const proofOf = ({ pod, condition }: ObservedPod) => condition === 'available' ? Math.max(pod.createdAt, availableSince(pod, daemonSet)) : pod.createdAt;
  const desiredNumber = daemonSet.desiredNumberScheduled;
  const available = observed.filter(isAvailable);
  const missing = Math.max(0, desiredNumber - nodesOf(observed));
  return {
    observed,
    desiredNumber,
    maxUnavailable: maxUnavailable(daemonSet),
    missing,
    // three views, of which the worst counts: pods of nodes that are gone may still look available, and the status lags
    unavailable: Math.max(desiredNumber - nodesOf(available), observed.length - available.length, daemonSet.numberUnavailable),
    verified: available.filter(isCorrect),
    uninjected: observed.filter(one => one.isNew && !isCorrect(one) && (one.condition === 'available' || one.condition === 'starting')),
    onTheirWay: missing + observed.filter(one => isOnItsWay(one, input.desired)).length,
    lastProof: Math.max(wholeSecond(input.startedAt), ...observed.filter(isCorrect).map(proofOf)),
  };
}

export const isCorrect = ({ lacks }: ObservedPod) => lacks.length === 0;
export const isAvailable = ({ condition }: ObservedPod) => condition === 'available';
export const isDead = ({ condition }: ObservedPod) => condition === 'dead';

/** Kubernetes cuts times to seconds: a pod made right after the start must not seem older than it. */
const wholeSecond = (timestamp: Timestamp) => Math.floor(timestamp / 1000) * 1000;

interface RoleBefore {
  readonly roleArn: string;
  /** Whether pods show that it is not in the annotation alone: then no pod is left without it. */
  readonly isInUse: boolean;
}

/** What the service account says once ours is taken away. */
function roleBeforeOurs({ desired, serviceAccount, pods }: RolloutInput): RoleBefore | undefined {
  const roleArn = desired.kind === 'without-role' ? serviceAccount?.annotations[ROLE_ANNOTATION] : undefined;
  return roleArn === undefined ? undefined : { roleArn, isInUse: pods.some(pod => carriesRole(pod, roleArn).length > 0) };
}

function observePod(pod: Pod, { desired, startedAt, now }: RolloutInput, daemonSet: DaemonSet, roleBefore: RoleBefore | undefined): ObservedPod {
  const isNew = pod.createdAt >= wholeSecond(startedAt);
  return { pod, condition: conditionOf(pod, daemonSet, now), lacks: lacksOf(pod, isNew, desired, roleBefore), isNew };
}

function lacksOf(pod: Pod, isNew: boolean, desired: Desired, roleBefore: RoleBefore | undefined): Lack[] {
  if (desired.kind === 'with-role') {
    return lacksRole(pod, desired);
  }
  const still = carriesRole(pod, desired.roleArn);
  const isToGoBack = roleBefore !== undefined && (isNew || roleBefore.isInUse);
  return still.length > 0 || !isToGoBack ? still : lacksRole(pod, roleBefore);
}

function availableSince({ readyChangedAt }: Pod, { minReadySeconds }: DaemonSet): Timestamp {
  return readyChangedAt + minReadySeconds * 1000;
}

function conditionOf(pod: Pod, daemonSet: DaemonSet, now: Timestamp): Condition {
  if (pod.deletionTimestamp !== undefined) {
    return now > pod.deletionTimestamp + TERMINATION_SLACK_MS ? 'dead' : 'terminating';
  }
  if (pod.finished) {
    return 'finished';
  }
  if (pod.ready) {
    return now >= availableSince(pod, daemonSet) ? 'available' : 'starting';
  }
  return isOnSilentNode(pod, now) ? 'dead' : 'starting';
}

/** Kubelet sets containers and pod Ready together: only the control plane, missing its node, takes Ready from the pod alone. */
function isOnSilentNode(pod: Pod, now: Timestamp): boolean {
  const containers = pod.containers.filter(({ init }) => !init);
  if (containers.every(({ ready }) => ready === true)) {
    return true;
  }
  const neverSeen = pod.containers.every(({ ready }) => ready === undefined);
  return neverSeen && pod.scheduled && now - pod.createdAt > NOT_READY_LIMIT_MS;
}

function isOnItsWay(one: ObservedPod, desired: Desired): boolean {
  switch (one.condition) {
    case 'terminating': return true;
    case 'finished': return one.isNew;
    // with the role and never Ready: the canary of an earlier attempt, unless proven otherwise
    case 'starting': return isCorrect(one) && (one.isNew || desired.kind === 'with-role');
    default: return false;
  }
}
