import { INJECTION_LIMIT_MS, NOT_READY_LIMIT_MS } from './rollout-limits';
import type { ObservedPod, RolloutInput, RolloutState } from './rollout-state';
import { isAvailable, isCorrect, isDead } from './rollout-state';
import { count, some } from '../shared/words';

export interface Progress {
  readonly restarted: number;
  readonly verified: number;
  readonly total: number;
  readonly percent: number;
  readonly elapsedSeconds: number;
}

export function progressOf({ startedAt, now }: RolloutInput, { observed, verified, desiredNumber }: RolloutState): Progress {
  return {
    restarted: observed.filter(one => one.isNew && isCorrect(one)).length,
    verified: verified.length,
    total: desiredNumber,
    percent: desiredNumber === 0 ? 100 : Math.min(100, Math.floor(100 * verified.length / desiredNumber)),
    elapsedSeconds: Math.round((now - startedAt) / 1000),
  };
}

export function summaryOf(input: RolloutInput, state: RolloutState): string {
  const { restarted, elapsedSeconds } = progressOf(input, state);
  const left = state.observed.filter(isDead);
  const leftOut = left.length > 0 ? `; left out: ${some(left.map(one => `${nameOf(one)} (node not reporting)`), ', ')}` : '';
  if (input.desired.kind === 'without-role') {
    return `restarted ${pods(restarted)}; none carries ${input.desired.roleArn} after ${elapsedSeconds} s${leftOut}`;
  }
  if (state.observed.length === 0) {
    return 'restarted and verified no aws-node pods: no node is to run one';
  }
  const nodes = new Set(state.verified.map(({ pod }) => pod.node)).size;
  return `restarted ${restarted} and verified ${pods(state.verified.length)} (${containersOf(state.verified)}) `
    + `on ${count(nodes, 'node')} in ${elapsedSeconds} s${leftOut}`;
}

export function waitingFor(state: RolloutState): string {
  const part = (waited: readonly ObservedPod[], what: string) => waited.length > 0 ? [`${waited.length} ${what} (${some(waited.map(nameOf), ', ')})`] : [];
  const of = (condition: ObservedPod['condition']) => state.observed.filter(one => one.condition === condition);
  const parts = [
    ...part(of('terminating'), 'terminating'),
    ...state.missing > 0 ? [`${state.missing} missing`] : [],
    ...part(of('starting'), 'not Ready'),
    ...part(of('finished'), 'to be replaced by the DaemonSet controller'),
    ...part(of('dead'), 'on nodes that do not report'),
    ...part(state.uninjected, 'to be restarted again, for want of their environment'),
  ];
  return `${parts.join(', ') || 'the status of the DaemonSet'}: ${state.unavailable} unavailable, at most ${state.maxUnavailable}`;
}

export function notInjectedMessage(input: RolloutInput, state: RolloutState): string {
  const { desired, clusterName } = input;
  const seconds = INJECTION_LIMIT_MS / 1000;
  const expected = desired.kind === 'with-role'
    ? 'does not give new aws-node pods what service account kube-system/aws-node asks for'
    : `gives new aws-node pods another environment than service account kube-system/aws-node asks for, now that ${desired.roleArn} is taken away`;
  return `the pod identity webhook of cluster ${clusterName} ${expected}, for more than ${seconds} s by now: ${some(state.uninjected.map(describe))}. `
    + 'Check that MutatingWebhookConfiguration pod-identity-webhook exists, that nothing excludes these pods '
    + '(label eks.amazonaws.com/skip-pod-identity-webhook, annotation eks.amazonaws.com/skip-containers, variables set in the DaemonSet itself) '
    + `and that its calls do not time out (API server audit log). Then ${retry(input)}`;
}

export function notReadyMessage(input: RolloutInput, state: RolloutState, neverReady: readonly ObservedPod[]): string {
  const { clusterName } = input;
  return `aws-node does not become Ready within ${NOT_READY_LIMIT_MS / 60_000} min in cluster ${clusterName}: ${some(neverReady.map(describe))}. `
    + `${state.verified.length} of ${pods(state.desiredNumber)} verified; no further pod is restarted. `
    + `Check the permissions of the role, its trust policy and the logs of that container, then ${retry(input)}`;
}

export function deadlineMessage(input: RolloutInput, state: RolloutState): string {
  const { clusterName, startedAt, now } = input;
  const wrong = state.observed.filter(one => !isCorrect(one) || !isAvailable(one)).sort((a, b) => rank(a) - rank(b));
  const missing = state.missing > 0
    ? [`${count(state.missing, 'pod')} missing, which the DaemonSet controller does not create (kubectl describe daemonset aws-node -n kube-system)`]
    : [];
  return `aws-node is not rolled out in cluster ${clusterName} after ${Math.round((now - startedAt) / 1000)} s: `
    + `${state.verified.length} of ${pods(state.desiredNumber)} verified, ${state.unavailable} unavailable of at most ${state.maxUnavailable} (maxUnavailable of the DaemonSet). `
    + `Still wrong: ${[some(wrong.map(describe)), ...missing].filter(Boolean).join('; ') || 'the status of the DaemonSet lags'}. `
    + `Repair or remove these nodes, or raise \`rolloutTimeout\`, then ${retry(input)}`;
}

function describe(one: ObservedPod): string {
  const { condition } = one;
  const faults = [
    ...condition === 'dead' ? ['node not reporting'] : [],
    ...condition === 'terminating' ? ['terminating'] : [],
    ...condition === 'finished' || condition === 'starting' ? troubleOf(one) : [],
    ...lackOf(one),
  ];
  return `${nameOf(one)} (${faults.join('; ')})`;
}

function lackOf({ lacks }: ObservedPod): string[] {
  return [...new Set(lacks.map(({ reason }) => reason))]
    .map(reason => `${reason} in ${lacks.filter(lack => lack.reason === reason).map(({ container }) => container).join(', ')}`);
}

/** A pod that has other faults may not have been there for long enough to report any reason. */
function troubleOf({ pod, lacks }: ObservedPod): string[] {
  const troubled = pod.containers.filter(({ trouble }) => trouble !== undefined);
  const trouble = troubled.map(one => `container ${one.name}: ${one.trouble}`).join(', ') || pod.trouble;
  return trouble || lacks.length === 0 ? [`not Ready: ${trouble || 'no reason reported'}`] : [];
}

/** What holds the others up comes first. */
function rank({ condition }: ObservedPod): number {
  const conditions: ObservedPod['condition'][] = ['starting', 'dead', 'terminating', 'finished', 'available'];
  return conditions.indexOf(condition);
}

function containersOf(verified: readonly ObservedPod[]): string {
  const counts = verified.map(({ pod }) => pod.containers.length);
  const [least, most] = [Math.min(...counts), Math.max(...counts)];
  return least === most ? `${count(least, 'container')} each` : `${least} to ${most} containers each`;
}

function nameOf({ pod }: ObservedPod): string {
  return `${pod.name} on ${pod.node}`;
}

/** A role is taken away on delete, and in the rollback of a deployment. */
export const retry = ({ desired }: RolloutInput) => desired.kind === 'with-role' ? 'deploy again' : 'deploy or delete again';

const pods = (number: number) => count(number, 'aws-node pod');
