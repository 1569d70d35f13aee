import { type Informer, KubeConfig, type V1ServiceAccount, CoreV1Api, makeInformer } from '@kubernetes/client-node';

/** The webhook's view of the service accounts, which trails the API server's by the time that its watch takes. */
export class ServiceAccountCache {
  private readonly known = new Map<string, V1ServiceAccount>();
  private readonly informer: Informer<V1ServiceAccount>;

  constructor(config: KubeConfig, private readonly lagMilliseconds: number) {
    const api = config.makeApiClient(CoreV1Api);
    this.informer = makeInformer(config, '/api/v1/serviceaccounts', () => api.listServiceAccountForAllNamespaces());
    this.informer.on('add', account => this.later(() => this.known.set(keyOf(account), account)));
    this.informer.on('update', account => this.later(() => this.known.set(keyOf(account), account)));
    this.informer.on('delete', account => this.later(() => this.known.delete(keyOf(account))));
    this.informer.on('error', error => {
      console.log('watch broken, starting it anew:', String(error));
      setTimeout(() => void this.start(), 500);
    });
  }

  async start(): Promise<void> {
    await this.informer.start();
  }

  get(namespace: string, name: string): V1ServiceAccount | undefined {
    return this.known.get(`${namespace}/${name}`);
  }

  private later(change: () => void): void {
    if (this.lagMilliseconds > 0) {
      setTimeout(change, this.lagMilliseconds);
    } else {
      change();
    }
  }
}

function keyOf({ metadata }: V1ServiceAccount): string {
  return `${metadata?.namespace}/${metadata?.name}`;
}
