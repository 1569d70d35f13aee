import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { text } from 'node:stream/consumers';
import { KubeConfig } from '@kubernetes/client-node';
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
  /** How long each answer takes. */
  readonly delayMilliseconds?: number;
}

async function main(settings: WebhookSettings): Promise<void> {
  const config = new KubeConfig();
  config.loadFromFile(settings.kubeconfig);
  const cache = new ServiceAccountCache(settings.lagMilliseconds ?? 0);
  await inform(cache, config);
  const server = createServer({ cert: readFileSync(settings.certificate), key: readFileSync(settings.key) }, async (request, response) => {
    if (request.url === '/ready') {
      response.end('ok');
      return;
    }
    const review: AdmissionReview = JSON.parse(await text(request));
    await new Promise(resolve => setTimeout(resolve, settings.delayMilliseconds ?? 0));
    const answer = admit(review, (namespace, name) => cache.get(namespace, name), settings);
    console.log(JSON.stringify({ pod: review.request?.object.metadata?.generateName, mutated: answer.response?.patch !== undefined }));
    response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
  });
  // Node's own time-out would race with the connections that the API server keeps, and lose calls.
  server.keepAliveTimeout = 0;
  server.listen(settings.port, '127.0.0.1');
}

void main(JSON.parse(process.argv[2]));
