import type { Container, DaemonSet, Pod } from '../../../lib/handlers/aws-node/kubernetes';
import type { RolloutInput } from '../../../lib/handlers/aws-node/rollout-state';
import { ROLE_ANNOTATION } from '../../../lib/private/annotations';

export const ROLE = 'arn:aws:iam::111122223333:role/cni';
export const OTHER_ROLE = 'arn:aws:iam::111122223333:role/other';
export const INJECTED = { AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: '/var/run/secrets/eks.amazonaws.com/serviceaccount/token' };

/** The start of the rollout; times of the builders are seconds around it. */
export const START = Date.parse('2026-11-24T10:00:00.400Z');
export const at = (seconds: number) => START - 400 + seconds * 1000;

export function aDaemonSet(differences: Partial<DaemonSet> = {}): DaemonSet {
  return {
    uid: 'daemonset-uid',
    generation: 1,
    observedGeneration: 1,
    labelSelector: 'k8s-app=aws-node',
    desiredNumberScheduled: 3,
    numberUnavailable: 0,
    minReadySeconds: 0,
    maxUnavailable: '10%',
    template: { annotations: {}, containers: ['aws-vpc-cni-init', 'aws-node', 'aws-eks-nodeagent'].map(name => ({ name, env: {} })) },
    ...differences,
  };
}

export function containers(env: Record<string, string>, differences: Partial<Container> = {}): Container[] {
  return [
    { name: 'aws-vpc-cni-init', init: true, env, ready: true, ...differences },
    { name: 'aws-node', init: false, env, ready: true, ...differences },
    { name: 'aws-eks-nodeagent', init: false, env, ready: true, ...differences },
  ];
}

type Differences = Partial<Pod>;

/** Ready, of old, without the role. */
export function old(name: string, differences: Differences = {}): Pod {
  return {
    name: `aws-node-${name}`,
    uid: `uid-${name}`,
    node: `node-${name}`,
    scheduled: true,
    createdAt: at(-3600),
    finished: false,
    ready: true,
    readyChangedAt: at(-3590),
    containers: containers({}),
    ...differences,
  };
}

/** Ready, with the role, restarted at this second. */
export function correct(name: string, createdAt = at(5), differences: Differences = {}): Pod {
  return old(name, { createdAt, readyChangedAt: createdAt + 5000, containers: containers(INJECTED), ...differences });
}

/** Ready, restarted at this second, but the webhook let it pass. */
export function uninjected(name: string, createdAt = at(5), differences: Differences = {}): Pod {
  return old(name, { createdAt, readyChangedAt: createdAt + 3000, ...differences });
}

const NOT_READY = { ready: false, trouble: 'CrashLoopBackOff: back-off 20s' };

export function unready(pod: Pod): Pod {
  return {
    ...pod,
    ready: false,
    readyChangedAt: Math.max(pod.createdAt, at(-600)),
    containers: pod.containers.map(one => ({ ...one, ...one.init ? {} : NOT_READY })),
  };
}

/** The control plane took Ready away, the node said nothing. */
export function silent(pod: Pod): Pod {
  return { ...pod, ready: false, readyChangedAt: at(-60) };
}

export function terminating(pod: Pod, graceEnds: number): Pod {
  return { ...pod, deletionTimestamp: graceEnds };
}

export function anInput(pods: readonly Pod[], differences: Partial<Omit<RolloutInput, 'daemonSet'>> & { daemonSet?: Partial<DaemonSet> } = {}): RolloutInput {
  const { daemonSet, ...others } = differences;
  return {
    clusterName: 'blue',
    daemonSet: aDaemonSet({ desiredNumberScheduled: pods.length, ...daemonSet }),
    serviceAccount: { annotations: { [ROLE_ANNOTATION]: ROLE } },
    pods,
    desired: { kind: 'with-role', roleArn: ROLE },
    startedAt: START,
    deadline: at(1710),
    now: at(60),
    triedAgain: false,
    ...others,
  };
}
