import { Agent } from 'node:https';
import { setTimeout } from 'node:timers/promises';
import type { RequestContext, SecurityAuthentication, V1PodList } from '@kubernetes/client-node/dist/gen/index.js';
import { ApiException, AppsV1Api, CoreV1Api, HttpMethod, ServerConfiguration, createConfiguration } from '@kubernetes/client-node/dist/gen/index.js';
import pRetry from 'p-retry';
import type { DaemonSet, Kubernetes, Pod, ServiceAccount } from './kubernetes';
import { NAME, NAMESPACE } from './kubernetes';
import { isOwnedBy, toDaemonSet, toPod } from './kubernetes-objects';

export interface KubernetesClientProps {
  readonly clusterName: string;
  readonly endpoint: string;
  /** Base64-encoded PEM. */
  readonly certificateAuthority: string;
  /** Asked before every request. */
  readonly token: () => Promise<string>;
  /**
   * For how long a call is tried again.
   * @default 90 seconds: new access entries, new RBAC and control planes that change hands take about as long
   */
  readonly patienceMs?: number;
  /** @default 30 seconds: pages of 500 pods take a busy API server some */
  readonly requestTimeoutMs?: number;
}

const PAGE_SIZE = 500;
const REQUEST_TIMEOUT_MS = 30_000;
const PATIENCE_MS = 90_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
const LONGEST_RETRY_AFTER_MS = 15_000;
const LIST_RESTARTS = 3;

export class KubernetesClient implements Kubernetes {
  private readonly core: CoreV1Api;
  private readonly apps: AppsV1Api;

  constructor(private readonly props: KubernetesClientProps) {
    const configuration = createConfiguration({
      baseServer: new ServerConfiguration(props.endpoint, {}),
      authMethods: { default: this.authentication() },
    });
    this.core = new CoreV1Api(configuration);
    this.apps = new AppsV1Api(configuration);
  }

  async getDaemonSet(): Promise<DaemonSet | undefined> {
    const found = await this.call(`get daemonset ${NAMESPACE}/${NAME}`,
      () => unlessMissing(this.apps.readNamespacedDaemonSet({ namespace: NAMESPACE, name: NAME })));
    return found && toDaemonSet(found);
  }

  async getServiceAccount(): Promise<ServiceAccount | undefined> {
    const found = await this.call(`get serviceaccount ${NAMESPACE}/${NAME}`,
      () => unlessMissing(this.core.readNamespacedServiceAccount({ namespace: NAMESPACE, name: NAME })));
    return found && { annotations: found.metadata?.annotations ?? {} };
  }

  async patchServiceAccountAnnotations(annotations: Readonly<Record<string, string | null>>): Promise<void> {
    await this.call(`patch serviceaccount ${NAMESPACE}/${NAME}`,
      () => this.core.patchNamespacedServiceAccount({ namespace: NAMESPACE, name: NAME, body: { metadata: { annotations } } }));
  }

  async listPods(daemonSet: DaemonSet): Promise<Pod[]> {
    for (let restarts = 0; ; restarts++) {
      try {
        return await this.listAllPages(daemonSet);
      } catch (error) {
        // the token of the next page is good for minutes only
        if (!hasStatus(causeOf(error), 410) || restarts === LIST_RESTARTS) {
          throw error;
        }
      }
    }
  }

  async deletePod({ name, uid }: Pick<Pod, 'name' | 'uid'>): Promise<void> {
    await this.call(`delete pod ${NAMESPACE}/${name}`, async () => {
      try {
        await this.core.deleteNamespacedPod({ namespace: NAMESPACE, name, body: { preconditions: { uid } } });
      } catch (error) {
        if (!hasStatus(error, 404, 409)) {
          throw error;
        }
      }
    });
  }

  private async listAllPages(daemonSet: DaemonSet): Promise<Pod[]> {
    const pods: Pod[] = [];
    let _continue: string | undefined;
    do {
      const page: V1PodList = await this.call(`list pods of ${NAMESPACE}`,
        () => this.core.listNamespacedPod({ namespace: NAMESPACE, labelSelector: daemonSet.labelSelector, limit: PAGE_SIZE, _continue }));
      pods.push(...page.items.filter(isOwnedBy(daemonSet.uid)).map(toPod));
      _continue = page.metadata?._continue;
    } while (_continue);
    return pods;
  }

  private authentication(): SecurityAuthentication {
    const agent = new Agent({ ca: Buffer.from(this.props.certificateAuthority, 'base64'), keepAlive: true });
    return {
      getName: () => 'token',
      applySecurityAuthentication: async (request: RequestContext) => {
        request.setHeaderParam('authorization', `Bearer ${await this.props.token()}`);
        request.setAgent(agent);
        request.setSignal(AbortSignal.timeout(this.props.requestTimeoutMs ?? REQUEST_TIMEOUT_MS));
        if (request.getHttpMethod() === HttpMethod.PATCH) {
          request.setHeaderParam('Content-Type', 'application/merge-patch+json');
        }
      },
    };
  }

  private async call<T>(name: string, request: () => Promise<T>): Promise<T> {
    const patienceMs = this.props.patienceMs ?? PATIENCE_MS;
    try {
      return await pRetry(request, {
        retries: Infinity,
        maxRetryTime: patienceMs,
        minTimeout: Math.min(FIRST_DELAY_MS, patienceMs),
        maxTimeout: LONGEST_DELAY_MS,
        randomize: true,
        shouldRetry: ({ error }) => isWorthAnotherTry(error),
        onFailedAttempt: async ({ error }) => { await setTimeout(retryAfterMs(error)); },
      });
    } catch (error) {
      throw this.failed(name, error);
    }
  }

  private failed(name: string, cause: unknown): Error {
    const { clusterName, endpoint, patienceMs = PATIENCE_MS } = this.props;
    const call = `${name} in cluster ${clusterName} failed`;
    const patience = `tried for ${patienceMs / 1000} s`;
    const message = () => {
      if (hasStatus(cause, 401)) {
        return `${call}: 401, the cluster does not know this function's role (${patience}): its access entry, or its line in aws-auth, is missing or was removed; see \`kubernetesAccess\``;
      }
      if (hasStatus(cause, 403)) {
        return `${call}: 403, ${bodyMessage(cause)} (${patience}): the Role or RoleBinding of this function in ${NAMESPACE} is missing, `
          + 'or its access entry has another Kubernetes group; see `kubernetesAccess`';
      }
      if (cause instanceof ApiException) {
        return `${call}: ${cause.code}, ${bodyMessage(cause)}`;
      }
      return `${call}: ${textOf(cause)} (${patience}, at ${endpoint}): for an endpoint that is not public give \`vpc\` with subnets and security groups that reach it`;
    };
    return new Error(message(), { cause });
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

function isWorthAnotherTry(error: unknown): boolean {
  return !(error instanceof ApiException) || [401, 403, 408, 429].includes(error.code) || error.code >= 500;
}

function retryAfterMs(error: unknown): number {
  const seconds = error instanceof ApiException ? Number((error.headers as Record<string, string>)['retry-after'] ?? 0) : 0;
  return Math.min(seconds * 1000 || 0, LONGEST_RETRY_AFTER_MS);
}

function hasStatus(error: unknown, ...codes: number[]): error is ApiException<unknown> {
  return error instanceof ApiException && codes.includes(error.code);
}

function causeOf(error: unknown): unknown {
  return error instanceof Error ? error.cause : undefined;
}

function bodyMessage({ body, message }: ApiException<unknown>): string {
  const text = typeof body === 'string' ? messageIn(parse(body)) ?? body : messageIn(body);
  return text || message.split('\n')[0];
}

function messageIn(body: unknown): string | undefined {
  return typeof body === 'object' && body !== null && 'message' in body ? String(body.message) : undefined;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
