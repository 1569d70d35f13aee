import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { KubeConfig, type V1Pod } from '@kubernetes/client-node';
import { type AdmissionReview, admit } from './admission';
import type { WebhookFlags } from './mutation';
import { ServiceAccountCache } from './service-account-cache';
import { inform } from './service-account-informer';

export interface WebhookSettings extends WebhookFlags {
  readonly port: number;
  readonly kubeconfig: string;
  readonly certificate: string;
  readonly key: string;
  /** How long the watch of the service accounts trails behind. */
  readonly lagMilliseconds?: number;
  /**
   * The same for what is there at the start.
   * @default lagMilliseconds
   */
  readonly firstLagMilliseconds?: number;
  /** How long each answer takes. */
  readonly delayMilliseconds?: number;
  /** Containers that it forgets. */
  readonly forgottenContainers?: readonly string[];
}

async function main(settings: WebhookSettings): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(settings.kubeconfig);
  const { lagMilliseconds = 0, firstLagMilliseconds = lagMilliseconds } = settings;
  const cache = new ServiceAccountCache(firstLagMilliseconds);
  await inform(cache, config);
  cache.lagMilliseconds = lagMilliseconds;
  const server = createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) }, async (request, response) => {
    if (request.url === '/ready') {
      response.end('ok');
      return;
    }
    const review: AdmissionReview = JSON.parse(await text(request));
    await new Promise(resolve => setTimeout(resolve, settings.delayMilliseconds ?? 0));
    forget(review.request!.object, settings.forgottenContainers ?? []);
    const answer = admit(review, (namespace, name) => cache.get(namespace, name), settings);
    console.log(JSON.stringify({ pod: review.request?.object.metadata?.generateName, mutated: answer.response?.patch !== undefined }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  // Node's own time-out would race with the connections that the API server keeps, and lose calls.
  server.keepAliveTimeout = 0;
  server.listen(settings.port, '127.0.0.1');
}

/** In the way in which users have it skip containers. */
function forget(pod: V1Pod, containers: readonly string[]): void {
  if (containers.length > 0) {
    pod.metadata!.annotations = { ...pod.metadata!.annotations, 'eks.amazonaws.com/skip-containers': containers.join(',') };
  }
}

void main(JSON.parse(process.argv[2]));
