import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { V1Pod, V1PodList } from '@kubernetes/client-node';
import { Binaries } from '../../local-stack/kubernetes/binaries';
import { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import { ProcessGroup } from '../../local-stack/process-group';
import { Progress } from '../../local-stack/progress';

const NODES = 3;
const LAG_MS = 5000;
const NOBODY = 'http://127.0.0.1:9';
const directory = mkdtempSync(join(tmpdir(), 'pod-identity-webhook-'));
const processes = new ProcessGroup(join(directory, 'logs'));
let cluster: KubernetesCluster;
let role: string;

beforeAll(async () => {
  cluster = await KubernetesCluster.start({
    name: 'webhook',
    ipFamily: 'ipv4',
    nodes: NODES,
    region: 'eu-west-1',
    tokenReviewUrl: NOBODY,
    directory,
    processes,
    binaries: await Binaries.get(new Progress('pod identity webhook')),
  });
}, 1_800_000);

afterAll(async () => {
  await processes.stopAll();
  rmSync(directory, { recursive: true, force: true });
}, 60_000);

let count = 0;
async function annotate(): Promise<void> {
  role = `arn:aws:iam::111122223333:role/cni-${count++}`;
  await cluster.kubectl('-n', 'kube-system', 'annotate', '--overwrite', 'serviceaccount', 'aws-node', `eks.amazonaws.com/role-arn=${role}`);
}

async function restart(): Promise<V1Pod[]> {
  await cluster.kubectl('-n', 'kube-system', 'delete', 'pods', '-l', 'k8s-app=aws-node', '--wait');
  await cluster.waitForAwsNode();
  return (await cluster.kubectlJson<V1PodList>('-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=aws-node')).items;
}

/** The roles in all containers of all new pods. */
async function roles(): Promise<Record<string, (string | undefined)[]>> {
  const found: Record<string, (string | undefined)[]> = {};
  for (const { spec } of await restart()) {
    for (const { name, env } of [...spec!.initContainers!, ...spec!.containers]) {
      (found[name] ??= []).push(env?.find(one => one.name === 'AWS_ROLE_ARN')?.value);
    }
  }
  return found;
}

const inEveryPod = (expected: string | undefined) => {
  const everywhere = Array<string | undefined>(NODES).fill(expected);
  return { 'aws-vpc-cni-init': everywhere, 'aws-node': everywhere, 'aws-eks-nodeagent': everywhere };
};

// One after the other: each goes on from where the one before has left the cluster.
test('every container gets the role of the service account', async () => {
  await annotate();
  await sleep(500);
  expect(await roles()).toEqual(inEveryPod(role));
}, 60_000);

test('a pod is let in without a role while the webhook is down', async () => {
  await cluster.webhook.stop();
  expect(await roles()).toEqual(inEveryPod(undefined));
}, 60_000);

test('a pod is let in without a role that the webhook has not seen yet, and has it when restarted later', async () => {
  await cluster.webhook.start({ lagMilliseconds: LAG_MS });
  expect(await roles()).toEqual(inEveryPod(undefined));
  await sleep(LAG_MS);
  expect(await roles()).toEqual(inEveryPod(role));
}, 60_000);

test('a pod gets the role of before while the webhook has not seen the new one', async () => {
  const before = role;
  await annotate();
  expect(await roles()).toEqual(inEveryPod(before));
  await sleep(LAG_MS);
  expect(await roles()).toEqual(inEveryPod(role));
}, 60_000);

test('the webhook sees new roles after an outage of the API server', async () => {
  await cluster.webhook.start();
  await cluster.stopApiServer();
  await cluster.startApiServer();
  await annotate();
  await sleep(5000);
  expect(await roles()).toEqual(inEveryPod(role));
}, 120_000);

test('a pod with the label for it is not shown to the webhook', async () => {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'left-alone', namespace: 'kube-system', labels: { 'eks.amazonaws.com/skip-pod-identity-webhook': 'true' } },
    spec: { serviceAccountName: 'aws-node', containers: [{ name: 'one', image: 'any' }] },
  };
  await cluster.apply(JSON.stringify(pod));
  const { spec } = await cluster.kubectlJson<V1Pod>('-n', 'kube-system', 'get', 'pod', 'left-alone');
  expect(spec!.containers[0].env).toBeUndefined();
}, 60_000);
