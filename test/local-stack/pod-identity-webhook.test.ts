import type { V1Pod } from '@kubernetes/client-node';
import { WEBHOOK_CASES } from './pod-identity-webhook-cases';
import { admit } from '../../local-stack/kubernetes/pod-identity-webhook/admission';
import type { PatchOperation, WebhookFlags } from '../../local-stack/kubernetes/pod-identity-webhook/mutation';

/** As the API server does it with the three paths that the webhook may name. */
function apply(pod: V1Pod, operations: PatchOperation[]): V1Pod['spec'] {
  const spec: Record<string, unknown> = { ...pod.spec };
  for (const { path, value } of operations) {
    const [, field] = /^\/spec\/(volumes|containers|initContainers)$/.exec(path)!;
    spec[field] = value;
  }
  return spec as unknown as V1Pod['spec'];
}

function review(pod: V1Pod, annotations: Record<string, string> | undefined, flags: WebhookFlags = {}) {
  const asked: string[] = [];
  const answer = admit(
    { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', request: { uid: 'u-1', namespace: 'default', object: pod } },
    (...name) => {
      asked.push(name.join('/'));
      return annotations && { metadata: { annotations } };
    },
    flags);
  return { asked, answer };
}

test.each(WEBHOOK_CASES)('$name', ({ serviceAccount, flags, pod, mutated }) => {
  const { asked, answer } = review(pod, serviceAccount, flags);
  expect(asked).toEqual(['default/cni']);
  expect(answer).toMatchObject({ apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid: 'u-1', allowed: true } });
  if (!mutated) {
    expect(answer.response).not.toHaveProperty('patch');
    return;
  }
  expect(answer.response!.patchType).toEqual('JSONPatch');
  const operations = JSON.parse(Buffer.from(answer.response!.patch!, 'base64').toString());
  expect(apply(pod, operations)).toEqual({ ...pod.spec, ...mutated });
});

test('a pod that names no service account has the default one', () => {
  expect(review({ spec: { containers: [{ name: 'c' }] } }, undefined).asked).toEqual(['default/default']);
});
