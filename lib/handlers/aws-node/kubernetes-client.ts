import type { V1DaemonSet, V1PodList, V1ServiceAccount } from '@kubernetes/client-node/dist/gen/index.js';
import { AppsV1Api, CoreV1Api } from '@kubernetes/client-node/dist/gen/index.js';
import { AwsNodeFollower } from './aws-node-follower';
import type { AwsNodeWatch, DaemonSet, Kubernetes, Pod, ServiceAccount } from './kubernetes';
import { NAME, NAMESPACE } from './kubernetes';
import { isOwnedBy, toDaemonSet, toServiceAccount } from './kubernetes-objects';
import { PodReader } from './pod-reader';
import type { WatchRequest } from './watch-connection';
import { WatchConnection } from './watch-connection';
import { KubernetesApi, type KubernetesApiProps } from '../shared/kubernetes-api';
import { hasStatus } from '../shared/patient-calls';

export interface PodsInList {
  readonly pods: readonly Pod[];
  readonly resourceVersion: string | undefined;
}

/** A pod is 17 KB of JSON: larger pages would cost more memory than all that is kept of them. */
const PAGE_SIZE = 50;
const LIST_RESTARTS = 3;

export class KubernetesClient implements Kubernetes {
  readonly podReader = new PodReader();
  private readonly api: KubernetesApi;
  private readonly core: CoreV1Api;
  private readonly apps: AppsV1Api;
  /** By uid, when their grace periods end: what a watch says of them may be from before. */
  private readonly deleted = new Map<string, number>();

  constructor(private readonly props: KubernetesApiProps) {
    this.api = new KubernetesApi(props);
    this.core = new CoreV1Api(this.api.configuration);
    this.apps = new AppsV1Api(this.api.configuration);
  }

  async getDaemonSet(): Promise<DaemonSet | undefined> {
    const found = await this.readDaemonSet();
    return found && toDaemonSet(found);
  }

  async getServiceAccount(): Promise<ServiceAccount | undefined> {
    const found = await this.readServiceAccount();
    return found && toServiceAccount(found);
  }

  async patchServiceAccountAnnotations(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.api.call(`patch serviceaccount ${NAMESPACE}/${NAME}`,
      () => this.core.patchNamespacedServiceAccount({ namespace: NAMESPACE, name: NAME, body: { metadata: { annotations } } }));
  }

  watch(): AwsNodeWatch {
    return new AwsNodeFollower(this, this.deleted);
  }

  async deletePod({ name, uid }: Pick<Pod, 'name' | 'uid'>): Promise<void> {
    await this.api.call(`delete pod ${NAMESPACE}/${name}`, async () => {
      try {
        const { metadata } = await this.core.deleteNamespacedPod({ namespace: NAMESPACE, name, body: { preconditions: { uid } } });
        this.deleted.set(uid, metadata?.deletionTimestamp?.getTime() ?? Date.now());
      } catch (error) {
        if (!hasStatus(error, 404, 409)) {
          throw error;
        }
      }
    });
  }

  async readDaemonSet(): Promise<V1DaemonSet | undefined> {
    return this.api.call(`get daemonset ${NAMESPACE}/${NAME}`,
      () => unlessMissing(this.apps.readNamespacedDaemonSet({ namespace: NAMESPACE, name: NAME })));
  }

  async readServiceAccount(): Promise<V1ServiceAccount | undefined> {
    return this.api.call(`get serviceaccount ${NAMESPACE}/${NAME}`,
      () => unlessMissing(this.core.readNamespacedServiceAccount({ namespace: NAMESPACE, name: NAME })));
  }

  async listPods(labelSelector: string, ownerUid: string): Promise<PodsInList> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.listAllPages(labelSelector, ownerUid);
      } catch (error) {
        // the token of the next page is good for minutes only
        if (!hasStatus(causeOf(error), 410) || restarts === LIST_RESTARTS) {
          throw error;
        }
      }
    }
  }

  /** @param what it is about, for the message of a failure */
  async openWatch(what: string, request: WatchRequest): Promise<WatchConnection> {
    const { endpoint, token } = this.props;
    const { ca, requestTimeoutMs: timeoutMs } = this.api;
    return this.api.call(`watch ${what}`, async () => WatchConnection.open({ endpoint, ca, token: await token.get(), timeoutMs }, request));
  }

  private async listAllPages(labelSelector: string, ownerUid: string): Promise<PodsInList> {
    const pods: Pod[] = [];
    for (let _continue: string | undefined; ;) {
      const page: V1PodList = await this.api.call(`list pods of ${NAMESPACE}`,
        () => this.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector, limit: PAGE_SIZE, _continue }));
      pods.push(...page.items.filter(isOwnedBy(ownerUid)).map(pod => this.podReader.read(pod)));
      _continue = page.metadata?._continue;
      if (!_continue) {
        return { pods, resourceVersion: page.metadata?.resourceVersion };
      }
    }
  }
}

async function unlessMissing<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request;
  } catch (error) {
    if (hasStatus(error, 404)) {
      return undefined;
    }
    throw error;
  }
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}
