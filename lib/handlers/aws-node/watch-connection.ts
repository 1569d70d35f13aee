import { Agent } from 'node:https';
import type { KubeConfig } from '@kubernetes/client-node';
import { ApiException } from '@kubernetes/client-node/dist/gen/index.js';
import { Watch } from '@kubernetes/client-node/dist/watch.js';

export type WatchEvent = 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR';

export interface WatchServer {
  readonly endpoint: string;
  readonly ca: Buffer;
  readonly token: string;
  /** Until it begins to answer. */
  readonly timeoutMs: number;
}

export interface WatchRequest {
  readonly path: string;
  readonly query: Readonly<Record<string, string | undefined>>;
  readonly onEvent: (type: WatchEvent, object: object) => void;
  readonly onEnd: () => void;
}

/** One watch at the API server, from its answer to its end. */
export class WatchConnection {
  /** @throws ApiException when the API server refuses */
  static async open({ endpoint, ca, token, timeoutMs }: WatchServer, { path, query, onEvent, onEnd }: WatchRequest): Promise<WatchConnection> {
    const agent = new Agent({ ca });
    // All that Watch asks of a KubeConfig, which would bring every way to log in with it.
    const config: Pick<KubeConfig, 'getCurrentCluster' | 'applyToFetchOptions'> = {
      getCurrentCluster: () => ({ name: 'cluster', server: endpoint, skipTLSVerify: false }),
      applyToFetchOptions: async () => ({ headers: { authorization: `Bearer ${token}` }, agent }) as never,
    };
    let isOpen = false;
    await new Promise<void>((resolve, reject) => {
      // Without its connection, the request fails.
      const timer = setTimeout(() => agent.destroy(), timeoutMs);
      const onDone = (error: unknown) => {
        agent.destroy();
        return isOpen ? onEnd() : reject(refusal(error));
      };
      new Watch(config as KubeConfig).watch(path, query, (type, object) => onEvent(type as WatchEvent, object), onDone).then(() => {
        isOpen = true;
        resolve();
      }, reject).finally(() => clearTimeout(timer));
    });
    return new WatchConnection(agent);
  }

  private constructor(private readonly agent: Agent) {}

  close(): void {
    this.agent.destroy();
  }
}

function refusal(error: unknown): unknown {
  return error instanceof Error && 'statusCode' in error ? new ApiException(Number(error.statusCode), error.message, { message: error.message }, {}) : error;
}
