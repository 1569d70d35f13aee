import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import type { KubernetesListObject, KubernetesObject } from '@kubernetes/client-node';
import type { ApiAccess } from './api-access';

export interface WatchListener<T> {
  /** All that there are; also after an interruption, which may have hidden changes. */
  listed(objects: readonly T[]): void;
  changed(type: 'ADDED' | 'MODIFIED' | 'DELETED', object: T): void;
  /** Nothing is known until the next list. */
  lost(): void;
}

const RETRY_MS = 100;

/** The API server's own watch of some objects, begun anew whenever it ends. */
export class ObjectWatch<T extends KubernetesObject> {
  private readonly closing = new AbortController();
  private readonly ended: Promise<void>;

  /** @param path of the list, with a selector or without */
  constructor(private readonly api: ApiAccess, private readonly path: string, private readonly listener: WatchListener<T>) {
    this.ended = this.run();
  }

  async close(): Promise<void> {
    this.closing.abort();
    await this.ended;
  }

  private async run(): Promise<void> {
    while (!this.closing.signal.aborted) {
      try {
        const list = await this.api.get<KubernetesListObject<T>>(this.path);
        this.listener.listed(list.items);
        await this.follow(list.metadata!.resourceVersion!);
      } catch {
        // The API server is away, as tests want it to be.
      }
      this.listener.lost();
      await sleep(RETRY_MS);
    }
  }

  private async follow(resourceVersion: string): Promise<void> {
    const query = `${this.path.includes('?') ? '&' : '?'}watch=1&resourceVersion=${resourceVersion}`;
    const response = await this.api.open(`${this.path}${query}`, this.closing.signal);
    for await (const line of createInterface(response)) {
      const { type, object } = JSON.parse(line) as { type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'ERROR'; object: T };
      if (type === 'ERROR') {
        return;
      }
      this.listener.changed(type, object);
    }
  }
}
