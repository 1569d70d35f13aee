import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultScenario, Scene } from './fault-scenario';

const WHERE = 'API server';
const ALL = /^restarted 4 and verified 4 aws-node pods \(3 containers each\) on 4 nodes in \d+ s$/;
const LATE_SECONDS = 20;

type Fault = Pick<FaultScenario, 'fault' | 'seconds' | 'before' | 'meanwhile' | 'varying'>;

/** What the functions get over, in either direction. */
const PASSING: readonly Fault[] = [
  {
    fault: 'restarted midway',
    seconds: 50,
    meanwhile: async scene => {
      await scene.midway();
      await scene.cluster.restartApiServer(5);
    },
  },
  {
    fault: 'unreachable for 30 s, connections are refused',
    seconds: 60,
    meanwhile: async scene => {
      await scene.midway();
      await scene.cluster.proxy.refuse();
      await sleep(30_000);
      await scene.cluster.proxy.mend();
    },
  },
  {
    fault: 'unreachable for 30 s, calls and watches hang',
    seconds: 70,
    meanwhile: async scene => {
      await scene.midway();
      scene.cluster.proxy.break({ kind: 'hang' });
      await sleep(30_000);
      await scene.cluster.proxy.mend();
    },
  },
  {
    fault: 'answers 429 with Retry-After for 20 s',
    seconds: 50,
    meanwhile: answers(429, 2),
  },
  {
    fault: 'answers 500 for 20 s',
    seconds: 50,
    meanwhile: answers(500),
  },
  {
    fault: 'slow, 2 s a call',
    seconds: 60,
    before: async ({ cluster }) => cluster.proxy.break({ kind: 'delay', milliseconds: 2_000 }),
  },
  {
    fault: 'token expires midway',
    seconds: 40,
    meanwhile: async scene => {
      await scene.midway();
      scene.cluster.proxy.expireTokens();
    },
  },
];

/** What nobody gets over. */
const LASTING: readonly (Fault & Pick<FaultScenario, 'message'>)[] = [
  {
    fault: 'unreachable for good',
    seconds: 130,
    meanwhile: async scene => {
      await scene.midway();
      await scene.cluster.proxy.refuse();
    },
    message: /in cluster faults-\d failed: .*ECONNREFUSED.* \(tried for 90 s, at https:\/\/127\.0\.0\.1:\d+\): the endpoint of the cluster must be reachable/,
    varying: /^.+(?= in cluster my-cluster failed)|(?<=request to )\S+/g,
  },
  {
    fault: 'RBAC of the functions is removed midway',
    seconds: 130,
    meanwhile: async scene => {
      await scene.begun();
      await scene.deployment.access.revokeRbac();
    },
    message: /in cluster faults-\d failed: 403, .* \(tried for 90 s\): the Role or RoleBinding of this function in kube-system is missing/,
  },
  {
    fault: 'access entry of the functions is removed midway',
    seconds: 130,
    meanwhile: async scene => {
      await scene.begun();
      await scene.deployment.access.revokeAccessEntry();
      // a token that it has seen is good to the API server for 10 s more
      scene.cluster.proxy.expireTokens();
    },
    message: /in cluster faults-\d failed: 401, the cluster does not know this function's role \(tried for 90 s\)/,
  },
];

const restoreAccess = async ({ cluster, deployment }: Scene) => {
  await cluster.mend();
  await deployment.access.grant();
};

export const API_SERVER_FAULTS: readonly FaultScenario[] = [
  ...PASSING.flatMap<FaultScenario>(fault => [
    { ...fault, where: WHERE, during: 'create', expected: 'done', message: ALL },
    { ...fault, where: WHERE, during: 'delete', expected: 'done' },
  ]),
  {
    fault: 'access entry of the functions takes 20 s to be effective',
    where: WHERE,
    during: 'create',
    seconds: 60,
    before: async ({ deployment }) => deployment.access.revokeAccessEntry(),
    meanwhile: async ({ deployment }) => {
      await sleep(LATE_SECONDS * 1000);
      await deployment.access.grant();
    },
    expected: 'done',
    message: ALL,
  },
  {
    fault: 'RBAC of the functions takes 20 s to be effective',
    where: WHERE,
    during: 'create',
    seconds: 60,
    before: async ({ deployment }) => deployment.access.revokeRbac(),
    meanwhile: async ({ deployment }) => {
      await sleep(LATE_SECONDS * 1000);
      await deployment.access.grant();
    },
    expected: 'done',
    message: ALL,
  },
  ...LASTING.flatMap<FaultScenario>(fault => [
    { ...fault, where: WHERE, during: 'create', expected: 'failed', repair: restoreAccess },
    { ...fault, where: WHERE, during: 'delete', expected: 'failed', repair: restoreAccess },
  ]),
];

function answers(status: number, retryAfterSeconds?: number): FaultScenario['meanwhile'] {
  return async scene => {
    await scene.midway();
    scene.cluster.proxy.break({ kind: 'answer', status, retryAfterSeconds });
    await sleep(20_000);
    await scene.cluster.proxy.mend();
  };
}
