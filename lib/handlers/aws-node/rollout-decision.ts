import type { DaemonSet, Pod } from './kubernetes';
import { INJECTION_LIMIT_MS, NOT_READY_LIMIT_MS, RETRY_SPACING_MAX_MS, RETRY_SPACING_MIN_MS } from './rollout-limits';
import type { Progress } from './rollout-messages';
import { deadlineMessage, notInjectedMessage, notReadyMessage, progressOf, retry, summaryOf, waitingFor } from './rollout-messages';
import type { ObservedPod, RolloutInput, RolloutState } from './rollout-state';
import { isAvailable, isCorrect, isDead, observe } from './rollout-state';
import { ROLE_ANNOTATION, STS_ANNOTATION } from '../../private/annotations';

const CANARY = 'canary';
const BATCH = 'batch';
export const AGAIN = 'again: it came up without its environment';

type Step =
  | { readonly action: 'delete'; readonly pods: readonly Pod[]; readonly why: string }
  | { readonly action: 'wait'; readonly why: string }
  | { readonly action: 'done'; readonly summary: string }
  | { readonly action: 'fail'; readonly message: string };

/** The next step and how far the rollout has come; without DaemonSet and service account there is no telling. */
export type Decision = Step & { readonly progress?: Progress };

/** The next step from what is seen now, and from nothing else: a rollout can be killed anywhere and run again. */
export function decide(input: RolloutInput): Decision {
  const { daemonSet, serviceAccount, desired, clusterName } = input;
  if (!daemonSet || !serviceAccount) {
    const gone = `${daemonSet ? 'service account' : 'DaemonSet'} kube-system/aws-node of cluster ${clusterName} is gone`;
    return desired.kind === 'without-role'
      ? { action: 'done', summary: `${gone}: no pod is left to take the role from` }
      : { action: 'fail', message: `${gone}: install the Amazon VPC CNI plugin again, then deploy again` };
  }
  const state = observe(input, daemonSet);
  return { ...nextOf(input, state, daemonSet), progress: progressOf(input, state) };
}

function nextOf(input: RolloutInput, state: RolloutState, daemonSet: DaemonSet): Step {
  const drift = driftOf(input);
  if (drift) {
    return { action: 'fail', message: drift };
  }
  if (daemonSet.observedGeneration < daemonSet.generation) {
    return unlessLate(input, state, { action: 'wait', why: 'the DaemonSet controller has not seen the latest DaemonSet yet' });
  }
  return done(input, state, daemonSet.numberUnavailable) ?? hopeless(input, state) ?? unlessLate(input, state, nextStep(input, state));
}

/** Restarting pods achieves nothing while the service account says otherwise. */
function driftOf(input: RolloutInput): string | undefined {
  const { serviceAccount, desired, clusterName } = input;
  const role = serviceAccount!.annotations[ROLE_ANNOTATION];
  const sts = serviceAccount!.annotations[STS_ANNOTATION];
  const found = (annotation: string, value: string | undefined) =>
    `service account kube-system/aws-node in cluster ${clusterName} ${value === undefined ? `has no annotation ${annotation}` : `carries ${annotation}=${value}`}`;
  const remedy = 'something else manages the annotation (the managed vpc-cni add-on with a role of its own, or a GitOps tool): '
    + `stop it, then ${retry(input)}. No further pod is restarted`;
  if (desired.kind === 'without-role') {
    return role === desired.roleArn ? `${found(ROLE_ANNOTATION, role)} again, although it was taken away: ${remedy}` : undefined;
  }
  if (role !== desired.roleArn) {
    return `${found(ROLE_ANNOTATION, role)}, although it was set to ${desired.roleArn}: ${remedy}`;
  }
  if (desired.stsRegionalEndpoints !== undefined && sts !== desired.stsRegionalEndpoints) {
    return `${found(STS_ANNOTATION, sts)}, although it was set to ${desired.stsRegionalEndpoints}: ${remedy}`;
  }
  return undefined;
}

function done(input: RolloutInput, state: RolloutState, unavailableByStatus: number): Step | undefined {
  const { desired } = input;
  const isSettled = (one: ObservedPod) => isDead(one)
    ? isCorrect(one) || one.pod.deletionTimestamp !== undefined
    : isCorrect(one) && isAvailable(one);
  // what we did not restart and what never carried the role does not concern those who take it away
  const isUntouched = (one: ObservedPod) => desired.kind === 'without-role' && !one.isNew && one.condition !== 'terminating'
    && (isCorrect(one) || one.condition === 'finished');
  if (state.missing > 0 || !state.observed.every(one => isSettled(one) || isUntouched(one))) {
    return undefined;
  }
  if (desired.kind === 'with-role') {
    const isProven = state.verified.length > 0 || state.desiredNumber === 0;
    const statusAgrees = unavailableByStatus <= state.observed.filter(isDead).length;
    if (!isProven || !statusAgrees) {
      return undefined;
    }
  }
  return { action: 'done', summary: summaryOf(input, state) };
}

function hopeless(input: RolloutInput, state: RolloutState): Step | undefined {
  const { desired, startedAt, now, triedAgain } = input;
  // Time in which nothing was asked of the webhook counts, too: one miss alone is no fault.
  if (triedAgain && state.uninjected.some(({ pod }) => pod.createdAt - state.lastProof > INJECTION_LIMIT_MS)) {
    return { action: 'fail', message: notInjectedMessage(input, state) };
  }
  const neverReady = state.observed.filter(one => one.condition === 'starting' && isCorrect(one) && (one.isNew || desired.kind === 'with-role')
    && now - Math.max(one.pod.readyChangedAt, startedAt) > NOT_READY_LIMIT_MS);
  return neverReady.length > 0 ? { action: 'fail', message: notReadyMessage(input, state, neverReady) } : undefined;
}

function unlessLate(input: RolloutInput, state: RolloutState, decision: Step): Step {
  return input.now < input.deadline ? decision : { action: 'fail', message: deadlineMessage(input, state) };
}

function nextStep(input: RolloutInput, state: RolloutState): Step {
  const [pods, why] = isProvenInjection(state) ? nextBatch(input, state) : nextCanary(input, state);
  return pods.length > 0
    ? { action: 'delete', pods: pods.map(({ pod }) => pod), why }
    : { action: 'wait', why: waitingFor(state) };
}

/** A correct and available pod shows that webhook and role work, until a newer pod comes up without its environment. */
function isProvenInjection(state: RolloutState): boolean {
  const newest = Math.max(...state.observed.filter(one => one.isNew && isRunning(one)).map(({ pod }) => pod.createdAt));
  return state.verified.length > 0 && !state.uninjected.some(({ pod }) => pod.createdAt === newest);
}

function nextCanary(input: RolloutInput, state: RolloutState): [readonly ObservedPod[], string] {
  if (state.onTheirWay > 0) {
    return [[], ''];
  }
  const mayGo = (one: ObservedPod) => !isAvailable(one) || budget(state) > 0;
  // never a second node before the webhook has proven itself on the first
  const due = inOrder(state.uninjected, 'starting', 'available').filter(one => isDue(one, input, state));
  if (state.uninjected.length > 0 && due.slice(0, 1).every(mayGo)) {
    return [due.slice(0, 1), AGAIN];
  }
  // what is down anyway takes nothing down
  const others = candidates(state).filter(one => !state.uninjected.includes(one));
  return [inOrder(others, 'starting', 'available', 'dead').filter(mayGo).slice(0, 1), CANARY];
}

function nextBatch(input: RolloutInput, state: RolloutState): [readonly ObservedPod[], string] {
  const due = candidates(state).filter(one => !one.isNew || isDue(one, input, state));
  const available = inOrder(due, 'available').slice(0, budget(state));
  const free = Math.max(0, Math.max(1, state.maxUnavailable) - state.onTheirWay - available.length);
  return [[...available, ...inOrder(due, 'starting', 'dead').slice(0, free)], BATCH];
}

function budget(state: RolloutState): number {
  return Math.max(0, state.maxUnavailable - state.unavailable);
}

function candidates(state: RolloutState): ObservedPod[] {
  return state.observed.filter(one => !isCorrect(one) && one.pod.deletionTimestamp === undefined);
}

/** By condition, in the order given; of one condition by name. */
function inOrder(pods: readonly ObservedPod[], ...conditions: ObservedPod['condition'][]): ObservedPod[] {
  return conditions.flatMap(condition => pods
    .filter(one => one.condition === condition)
    .sort((a, b) => a.pod.name < b.pod.name ? -1 : 1));
}

function isRunning({ condition }: ObservedPod): boolean {
  return condition === 'available' || condition === 'starting';
}

/** The wait grows with the time that the webhook has been failing. */
function isDue({ pod }: ObservedPod, input: RolloutInput, state: RolloutState): boolean {
  const failingFor = pod.createdAt - state.lastProof;
  return input.now - pod.createdAt >= Math.min(Math.max(failingFor / 2, RETRY_SPACING_MIN_MS), RETRY_SPACING_MAX_MS);
}
