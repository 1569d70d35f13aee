import { Agent } from 'node:https';
import type { RequestContext, SecurityAuthentication, V1DaemonSet, V1PodList, V1ServiceAccount } from '@kubernetes/client-node/dist/gen/index.js';
import { AppsV1Api, CoreV1Api, HttpMethod, ServerConfiguration, createConfiguration } from '@kubernetes/client-node/dist/gen/index.js';
import { AwsNodeFollower } from './aws-node-follower';
import type { AwsNodeWatch, DaemonSet, Kubernetes, Pod, ServiceAccount } from './kubernetes';
import { NAME, NAMESPACE } from './kubernetes';
import { isOwnedBy, toDaemonSet, toPod, toServiceAccount } from './kubernetes-objects';
import type { PatientCallsProps } from './patient-calls';
import { PatientCalls, hasStatus } from './patient-calls';
import { PARALLEL_REQUESTS } from './rollout-limits';
import type { WatchRequest } from './watch-connection';
import { WatchConnection } from './watch-connection';

export interface KubernetesClientProps extends PatientCallsProps {
  /** Base64-encoded PEM. */
  readonly certificateAuthority: string;
  /** @default 30 seconds: a page of pods takes a busy API server some */
  readonly requestTimeoutMs?: number;
}

export interface PodsInList {
  readonly pods: readonly Pod[];
  readonly resourceVersion: string | undefined;
}

/** A pod is 17 KB of JSON: larger pages would cost more memory than all that is kept of them. */
const PAGE_SIZE = 50;
const REQUEST_TIMEOUT_MS = 30_000;
const LIST_RESTARTS = 3;

export class KubernetesClient implements Kubernetes {
  private readonly calls: PatientCalls;
  private readonly core: CoreV1Api;
  private readonly apps: AppsV1Api;
  private readonly requestTimeoutMs: number;
  private readonly ca: Buffer;
  /** By uid, when their grace periods end: what a watch says of them may be from before. */
  private readonly deleted = new Map<string, number>();

  constructor(private readonly props: KubernetesClientProps) {
    this.calls = new PatientCalls(props);
    this.requestTimeoutMs = props.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.ca = Buffer.from(props.certificateAuthority, 'base64');
    const configuration = createConfiguration({
      baseServer: new ServerConfiguration(props.endpoint, {}),
      authMethods: { default: this.authentication() },
    });
    this.core = new CoreV1Api(configuration);
    this.apps = new AppsV1Api(configuration);
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
    await this.calls.call(`patch serviceaccount ${NAMESPACE}/${NAME}`,
      () => this.core.patchNamespacedServiceAccount({ namespace: NAMESPACE, name: NAME, body: { metadata: { annotations } } }));
  }

  watch(): AwsNodeWatch {
    return new AwsNodeFollower(this, this.deleted);
  }

  async deletePod({ name, uid }: Pick<Pod, 'name' | 'uid'>): Promise<void> {
    await this.calls.call(`delete pod ${NAMESPACE}/${name}`, async () => {
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
    return this.calls.call(`get daemonset ${NAMESPACE}/${NAME}`,
      () => unlessMissing(this.apps.readNamespacedDaemonSet({ namespace: NAMESPACE, name: NAME })));
  }

  async readServiceAccount(): Promise<V1ServiceAccount | undefined> {
    return this.calls.call(`get serviceaccount ${NAMESPACE}/${NAME}`,
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
    return this.calls.call(`watch ${what}`, async () =>
      WatchConnection.open({ endpoint, ca: this.ca, token: await token.get(), timeoutMs: this.requestTimeoutMs }, request));
  }

  private async listAllPages(labelSelector: string, ownerUid: string): Promise<PodsInList> {
    const pods: Pod[] = [];
    for (let _continue: string | undefined; ;) {
      const page: V1PodList = await this.calls.call(`list pods of ${NAMESPACE}`,
        () => this.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector, limit: PAGE_SIZE, _continue }));
      pods.push(...page.items.filter(isOwnedBy(ownerUid)).map(toPod));
      _continue = page.metadata?._continue;
      if (!_continue) {
        return { pods, resourceVersion: page.metadata?.resourceVersion };
      }
    }
  }

  private authentication(): SecurityAuthentication {
    const agent = new Agent({ ca: this.ca, keepAlive: true, maxSockets: PARALLEL_REQUESTS });
    return {
      getName: () => 'token',
      applySecurityAuthentication: async (request: RequestContext) => {
        request.setHeaderParam('authorization', `Bearer ${await this.props.token.get()}`);
        request.setAgent(agent);
        request.setSignal(AbortSignal.timeout(this.requestTimeoutMs));
        if (request.getHttpMethod() === HttpMethod.PATCH) {
          request.setHeaderParam('Content-Type', 'application/merge-patch+json');
        }
      },
    };
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
