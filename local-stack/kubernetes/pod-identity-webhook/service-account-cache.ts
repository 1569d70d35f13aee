import type { V1ServiceAccount } from '@kubernetes/client-node';

/** The webhook's view of the service accounts, which trails behind the API server's: what is not seen yet is missing or old. */
export class ServiceAccountCache {
  private readonly known = new Map<string, V1ServiceAccount>();

  constructor(public lagMilliseconds: number) {}

  get(namespace: string, name: string): V1ServiceAccount | undefined {
    return this.known.get(`${namespace}/${name}`);
  }

  put(account: V1ServiceAccount): void {
    this.later(() => this.known.set(keyOf(account), account));
  }

  remove(account: V1ServiceAccount): void {
    this.later(() => this.known.delete(keyOf(account)));
  }

  private later(change: () => void): void {
    setTimeout(change, this.lagMilliseconds);
  }
}

function keyOf({ metadata }: V1ServiceAccount): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
