import type { AwsNode, AwsNodeWatch, DaemonSet, Kubernetes, Pod } from '../../../lib/handlers/aws-node/kubernetes';
import { ROLE_ANNOTATION, STS_ANNOTATION } from '../../../lib/private/annotations';

/** A cluster with nodes, aws-node running on each, and the pod identity webhook. */
export interface ContractCluster {
  readonly kubernetes: Kubernetes;
  readonly nodes: number;
  /** Lets time pass in the cluster. */
  pause(): Promise<void>;
  /** As somebody else, without the port. */
  removeDaemonSet(): Promise<void>;
  removeServiceAccount(): Promise<void>;
}

const ROLE = 'arn:aws:iam::111122223333:role/contract';
const PATIENCE = 100;

/** What the handlers rely on, of any implementation of the port. */
export function kubernetesContract(given: () => ContractCluster): void {
  const cluster = () => given().kubernetes;

  async function daemonSet(): Promise<DaemonSet> {
    return (await cluster().getDaemonSet())!;
  }

  let watch: AwsNodeWatch;

  async function pods(): Promise<readonly Pod[]> {
    return (await watch.look()).pods;
  }

  async function eventually<T>(look: () => Promise<T>, isGood: (seen: T) => boolean): Promise<T> {
    for (let looks = 1; ; looks++) {
      const seen = await look();
      if (isGood(seen) || looks === PATIENCE) {
        return seen;
      }
      await given().pause();
    }
  }

  async function allReady(): Promise<readonly Pod[]> {
    const isReady = ({ ready, deletionTimestamp }: Pod) => ready && deletionTimestamp === undefined;
    return eventually(pods, seen => seen.length === given().nodes && seen.every(isReady));
  }

  async function annotations(): Promise<Readonly<Record<string, string>>> {
    return (await cluster().getServiceAccount())!.annotations;
  }

  /** @returns the pod that took its place */
  async function restart(pod: Pod): Promise<Pod> {
    await cluster().deletePod(pod);
    return (await allReady()).find(({ node }) => node === pod.node)!;
  }

  beforeAll(() => { watch = cluster().watch(); });

  afterAll(() => watch.close());

  beforeEach(allReady);

  test('knows the DaemonSet', async () => {
    expect(await eventually(daemonSet, ({ numberUnavailable }) => numberUnavailable === 0)).toMatchObject({
      uid: expect.stringMatching(/./),
      labelSelector: 'k8s-app=aws-node',
      desiredNumberScheduled: given().nodes,
      numberUnavailable: 0,
      minReadySeconds: 0,
      maxUnavailable: '10%',
      template: { containers: ['aws-vpc-cni-init', 'aws-node', 'aws-eks-nodeagent'].map(name => expect.objectContaining({ name, env: {} })) },
    });
    const { generation, observedGeneration } = await daemonSet();
    expect([generation > 0, observedGeneration]).toEqual([true, generation]);
  });

  test('lists one pod a node, with all its containers', async () => {
    const listed = await pods();
    expect(new Set(listed.map(({ node }) => node)).size).toBe(given().nodes);
    for (const pod of listed) {
      expect(pod).toMatchObject({ scheduled: true, finished: false, ready: true });
      expect(pod.readyChangedAt).toBeGreaterThanOrEqual(pod.createdAt);
      expect(pod.containers.map(({ name, init, ready }) => [name, init, ready]))
        .toEqual([['aws-vpc-cni-init', true, true], ['aws-node', false, true], ['aws-eks-nodeagent', false, true]]);
    }
  });

  test('sets annotations, leaves others, and null removes', async () => {
    const before = await annotations();
    await cluster().patchServiceAccountAnnotations({ [ROLE_ANNOTATION]: ROLE, 'example.com/other': '1' });
    expect(await annotations()).toEqual({ ...before, [ROLE_ANNOTATION]: ROLE, 'example.com/other': '1' });
    await cluster().patchServiceAccountAnnotations({ [ROLE_ANNOTATION]: null, [STS_ANNOTATION]: null });
    expect(await annotations()).toEqual({ ...before, 'example.com/other': '1' });
    await cluster().patchServiceAccountAnnotations({ 'example.com/other': null });
    expect(await annotations()).toEqual(before);
  });

  test('deletes a pod, for which another one comes', async () => {
    const [pod] = await pods();
    const next = await restart(pod);
    expect([next.uid === pod.uid, next.createdAt >= pod.createdAt]).toEqual([false, true]);
  });

  test('deletes no other pod of that name', async () => {
    const [{ name, uid }] = await pods();
    await cluster().deletePod({ name, uid: '00000000-0000-0000-0000-000000000000' });
    const kept = (await pods()).find(pod => pod.uid === uid);
    expect([kept?.name, kept?.deletionTimestamp]).toEqual([name, undefined]);
  });

  test('does not mind a pod that is gone', async () => {
    const [pod] = await pods();
    await restart(pod);
    await cluster().deletePod(pod);
    await cluster().deletePod({ name: 'aws-node-never-was', uid: pod.uid });
    expect(await pods()).toHaveLength(given().nodes);
  });

  test('a watch sees what it was told to delete as going, at once and until it is gone', async () => {
    const [pod] = await pods();
    await cluster().deletePod(pod);
    const seen: boolean[] = [];
    await eventually(pods, now => {
      const found = now.find(({ uid }) => uid === pod.uid);
      seen.push(found?.deletionTimestamp !== undefined || found === undefined);
      return found === undefined;
    });
    expect(seen).toEqual(seen.map(() => true));
    const old = (await allReady()).filter(({ uid }) => uid === pod.uid);
    expect(old).toEqual([]);
  });

  test('a watch sees the service account change, and waits for it', async () => {
    await cluster().patchServiceAccountAnnotations({ 'example.com/other': '2' });
    const changed = await eventually<AwsNode>(async () => {
      await watch.change(1_000);
      return watch.look();
    }, ({ serviceAccount }) => serviceAccount?.annotations['example.com/other'] === '2');
    expect(changed.serviceAccount?.annotations).toMatchObject({ 'example.com/other': '2' });
    await cluster().patchServiceAccountAnnotations({ 'example.com/other': null });
  });

  test('a watch knows the same DaemonSet', async () => {
    expect((await watch.look()).daemonSet).toMatchObject({ uid: (await daemonSet()).uid, desiredNumberScheduled: given().nodes });
  });

  test('shows what the webhook gives a pod', async () => {
    await cluster().patchServiceAccountAnnotations({ [ROLE_ANNOTATION]: ROLE, [STS_ANNOTATION]: 'true' });
    for (let attempts = 1; ; attempts++) {
      await given().pause();
      const { containers } = await restart((await pods())[0]);
      if (containers.every(({ env }) => env.AWS_ROLE_ARN === ROLE) || attempts === PATIENCE) {
        const TOKEN_FILE = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token';
        expect(containers.map(({ env }) => env)).toEqual(containers.map(() =>
          ({ AWS_ROLE_ARN: ROLE, AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE, AWS_STS_REGIONAL_ENDPOINTS: 'regional' })));
        break;
      }
    }
    await cluster().patchServiceAccountAnnotations({ [ROLE_ANNOTATION]: null, [STS_ANNOTATION]: null });
  });

  // the last one: it leaves nothing to go on with
  test('tells when there is no DaemonSet, and no service account', async () => {
    await given().removeDaemonSet();
    expect(await cluster().getDaemonSet()).toBeUndefined();
    await given().removeServiceAccount();
    expect(await cluster().getServiceAccount()).toBeUndefined();
    const isGone = (seen: AwsNode) => seen.daemonSet === undefined && seen.serviceAccount === undefined;
    expect(await eventually(() => watch.look(), isGone)).toMatchObject({ daemonSet: undefined, serviceAccount: undefined });
  });
}
