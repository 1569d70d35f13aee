import { CoreV1Api, type Informer, type KubeConfig, type V1ServiceAccount, makeInformer } from '@kubernetes/client-node';
import type { ServiceAccountCache } from './service-account-cache';

const RETRY_MS = 500;

/** Lists and watches the service accounts of all namespaces into the cache, for as long as the process runs. */
export async function inform(cache: ServiceAccountCache, config: KubeConfig): Promise<void> {
  const api = config.makeApiClient(CoreV1Api);
  const informer: Informer<V1ServiceAccount> = makeInformer(config, '/api/v1/serviceaccounts', () => api.listServiceAccountForAllNamespaces());
  informer.on('add', account => cache.put(account));
  informer.on('update', account => cache.put(account));
  informer.on('delete', account => cache.remove(account));
  informer.on('error', error => {
    console.log('watch broken, starting it anew:', String(error));
    setTimeout(() => void informer.start(), RETRY_MS);
  });
  await informer.start();
}
