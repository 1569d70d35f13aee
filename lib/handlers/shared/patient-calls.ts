import { setTimeout } from 'node:timers/promises';
import { ApiException } from '@kubernetes/client-node/dist/gen/index.js';
import pRetry from 'p-retry';

/** What the API server knows us by. */
export interface Token {
  /** Good for a while. */
  get(): Promise<string>;
  /** The next one is to be made anew. */
  forget(): void;
}

export interface PatientCallsProps {
  readonly clusterName: string;
  readonly endpoint: string;
  readonly token: Token;
  /**
   * For how long a call is tried again.
   * @default 90 seconds: new access entries, new RBAC and control planes that change hands take about as long
   */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 90_000;
const FIRST_DELAY_MS = 250;
const LONGEST_DELAY_MS = 5_000;
const LONGEST_RETRY_AFTER_MS = 15_000;

/** Calls of the API server, tried again while it may help, with a failure that says what was asked and what to do. */
export class PatientCalls {
  private readonly patienceMs: number;

  constructor(protected readonly props: PatientCallsProps) {
    this.patienceMs = props.patienceMs ?? PATIENCE_MS;
  }

  async call<T>(name: string, request: () => Promise<T>): Promise<T> {
    try {
      return await pRetry(request, {
        retries: Infinity,
        maxRetryTime: this.patienceMs,
        minTimeout: Math.min(FIRST_DELAY_MS, this.patienceMs),
        maxTimeout: LONGEST_DELAY_MS,
        randomize: true,
        shouldRetry: ({ error }) => isWorthAnotherTry(error),
        onFailedAttempt: async ({ error }) => {
          if (hasStatus(error, 401)) {
            this.props.token.forget();
          }
          await setTimeout(retryAfterMs(error));
        },
      });
    } catch (error) {
      throw this.failed(name, error);
    }
  }

  private failed(name: string, cause: unknown): Error {
    const { clusterName, endpoint } = this.props;
    const call = `${name} in cluster ${clusterName} failed`;
    const patience = `tried for ${this.patienceMs / 1000} s`;
    const message = () => {
      if (hasStatus(cause, 401)) {
        return `${call}: 401, the cluster does not know this function's role (${patience}): its access entry, or its line in aws-auth, is missing or was removed; see \`kubernetesAccess\``;
      }
      if (hasStatus(cause, 403)) {
        return `${call}: 403, ${bodyMessage(cause)} (${patience}): the Role or RoleBinding of this function in kube-system is missing, `
          + 'or its access entry has another Kubernetes group; see `kubernetesAccess`';
      }
      if (cause instanceof ApiException) {
        return `${call}: ${cause.code}, ${bodyMessage(cause)}`;
      }
      return `${call}: ${textOf(cause)} (${patience}, at ${endpoint}): the endpoint of the cluster must be reachable: with \`vpc\` from its subnets and security groups, else from the internet, for the addresses that functions of this region have`;
    };
    return new Error(message(), { cause });
  }
}

export function hasStatus(error: unknown, ...codes: number[]): error is ApiException<unknown> {
  return error instanceof ApiException && codes.includes(error.code);
}

function isWorthAnotherTry(error: unknown): boolean {
  return !(error instanceof ApiException) || [401, 403, 408, 429].includes(error.code) || error.code >= 500;
}

function retryAfterMs(error: unknown): number {
  const seconds = error instanceof ApiException ? Number((error.headers as Record<string, string>)['retry-after'] ?? 0) : 0;
  return Math.min(seconds * 1000 || 0, LONGEST_RETRY_AFTER_MS);
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
