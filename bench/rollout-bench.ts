import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { CdkCustomResourceIsCompleteResponse, CdkCustomResourceResponse } from 'aws-lambda';
import { BenchCluster } from './bench-cluster';
import { conditions } from './conditions';
import type { HandlerProcess } from './handler-process';
import type { HandlerTurn, PodKind, RolloutResult, Turn } from './results';
import { type Time, timed } from './timed';
import type { AwsNodeRolloutProperties } from '../lib/handlers/aws-node/resource-properties';

/** `queryInterval` of the construct's provider. */
const QUERY_INTERVAL_MS = 1000;
const AUDIT_DELAY_MS = 1000;
const TIMEOUT_SECONDS = 3600;

/** The same rollout by kubectl and by the handler, on one cluster and in turn. */
export async function rolloutBench(nodes: number, pods: PodKind, repeat: number): Promise<RolloutResult> {
  const cluster = await BenchCluster.start(nodes, pods);
  try {
    const kubectl: Turn[] = [];
    const handler: HandlerTurn[] = [];
    for (let turn = 1; turn <= repeat; turn++) {
      kubectl.push(await measured(cluster, `kubectl-${turn}`, async () => byKubectl(cluster)));
      cluster.step(`turn ${turn}: kubectl rollout restart + status: ${told(kubectl.at(-1)!)}`);
      handler.push(await measured(cluster, `handler-${turn}`, async role => byHandler(cluster, role)));
      const { requests, peakMemoryMb, cpuSeconds } = handler.at(-1)!;
      cluster.step(`turn ${turn}: handler: ${told(handler.at(-1)!)}, ${JSON.stringify(requests)}, ${peakMemoryMb.toFixed(0)} MB, ${cpuSeconds.toFixed(1)} s of CPU`);
    }
    const nothingToDo = await nothingToDoAgain(cluster, cluster.role(`handler-${repeat}`));
    cluster.step(`nothing to do: ${nothingToDo.seconds.toFixed(1)} s, ${nothingToDo.restarted} pods restarted`);
    return {
      conditions: conditions({ kubernetes: await cluster.kubernetesVersion() }),
      nodes,
      pods,
      maxUnavailable: await cluster.maxUnavailable(),
      kubectl,
      handler,
      nothingToDo,
    };
  } finally {
    await cluster.stop();
  }
}

async function measured<T extends Time>(
  cluster: BenchCluster, roleName: string, rollout: (role: string) => Promise<T>,
): Promise<T & Turn> {
  const role = cluster.role(roleName);
  await cluster.annotate(role);
  const unavailable = await cluster.watchUnavailable();
  const [load] = loadavg();
  const result = await rollout(role);
  return { ...result, load, mostUnavailable: await unavailable.stop(), verified: await cluster.verified(role) };
}

async function byKubectl({ cluster }: BenchCluster): Promise<Time> {
  return timed(async () => {
    await cluster.kubectl('-n', 'kube-system', 'rollout', 'restart', 'daemonset/aws-node');
    await cluster.kubectl('-n', 'kube-system', 'rollout', 'status', 'daemonset/aws-node', `--timeout=${TIMEOUT_SECONDS}s`);
  });
}

/** As the provider framework has it done: by two functions, of which the second is called until it is done. */
async function byHandler(cluster: BenchCluster, role: string): Promise<Omit<HandlerTurn, keyof Turn> & Time> {
  const auditedBefore = cluster.audit.end;
  // In a deployment, the guard has gone through the same functions just before.
  const [onEvent, isComplete] = await Promise.all([cluster.startHandler(), cluster.startHandler()]);
  try {
    const figures = await driven(onEvent, isComplete, createEvent(cluster.cluster.name, role));
    await isComplete.stop();
    await sleep(AUDIT_DELAY_MS);
    return { ...figures, requests: await cluster.audit.requestsSince(auditedBefore) };
  } finally {
    await Promise.all([onEvent.stop(), isComplete.stop()]);
  }
}

async function driven(onEvent: HandlerProcess, isComplete: HandlerProcess, event: object) {
  let invocations = 1;
  const time = await timed(async () => {
    const response = await onEvent.call<CdkCustomResourceResponse>('onEvent', event);
    while (!(await isComplete.call<CdkCustomResourceIsCompleteResponse>('isComplete', { ...event, ...response })).IsComplete) {
      await sleep(QUERY_INTERVAL_MS);
      invocations++;
    }
  });
  return { ...time, invocations, peakMemoryMb: isComplete.peakMemoryMb, cpuSeconds: isComplete.cpuSeconds };
}

async function nothingToDoAgain(cluster: BenchCluster, role: string): Promise<{ seconds: number; restarted: number }> {
  const before = await cluster.podUids();
  const { seconds } = await byHandler(cluster, role);
  const after = await cluster.podUids();
  return { seconds, restarted: [...before].filter(uid => !after.has(uid)).length };
}

function createEvent(clusterName: string, role: string): object {
  const properties: AwsNodeRolloutProperties = { ClusterName: clusterName, RoleArn: role, RolloutTimeoutSeconds: String(TIMEOUT_SECONDS) };
  const ServiceToken = 'arn:aws:lambda:us-east-1:111122223333:function:framework-on-event';
  return {
    RequestType: 'Create',
    ServiceToken,
    ResponseURL: 'https://cloudformation.invalid/response',
    StackId: 'arn:aws:cloudformation:us-east-1:111122223333:stack/bench/00000000-0000-0000-0000-000000000000',
    RequestId: '00000000-0000-0000-0000-000000000000',
    LogicalResourceId: 'Rollout',
    ResourceType: 'Custom::AwsNodeRollout',
    ResourceProperties: { ...properties, ServiceToken },
  };
}

function told({ seconds, busy, mostUnavailable, verified }: Turn): string {
  return `${seconds.toFixed(1)} s, cores ${(100 * busy).toFixed(0)} % busy, at most ${mostUnavailable} nodes unavailable, ${verified} pods verified`;
}
