import type { V1Pod, V1ServiceAccount } from '@kubernetes/client-node';
import { mutate, type WebhookFlags } from './mutation';

export interface AdmissionReview {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly request?: { readonly uid: string; readonly namespace: string; readonly object: V1Pod };
  readonly response?: { readonly uid: string; readonly allowed: boolean; readonly patchType?: 'JSONPatch'; readonly patch?: string };
}

/** Answers for the API server: a pod is always let in, changed or not. */
export function admit(
  { request }: AdmissionReview,
  serviceAccountOf: (namespace: string, name: string) => V1ServiceAccount | undefined,
  flags: WebhookFlags,
): AdmissionReview {
  const { uid, namespace, object: pod } = request!;
  const operations = mutate(pod, serviceAccountOf(namespace, pod.spec?.serviceAccountName ?? 'default'), flags);
  const patch = operations.length > 0
    ? { patchType: 'JSONPatch' as const, patch: Buffer.from(JSON.stringify(operations)).toString('base64') }
    : {};
  return { apiVersion: 'admission.k8s.io/v1', kind: 'AdmissionReview', response: { uid, allowed: true, ...patch } };
}
