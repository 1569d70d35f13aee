import type { V1Container, V1ContainerStatus, V1DaemonSet, V1LabelSelector, V1Pod, V1PodSpec, V1ServiceAccount } from '@kubernetes/client-node/dist/gen/index.js';
import type { Container, DaemonSet, Pod, ServiceAccount, TemplateContainer, Timestamp } from './kubernetes';
import { VARIABLES } from './pod-environment';

/** Enough of a container's last words to go by; some print whole stack traces. */
const MESSAGE_LENGTH = 300;

export function toDaemonSet({ metadata, spec, status }: V1DaemonSet): DaemonSet {
  const template = spec!.template;
  return {
    uid: metadata!.uid!,
    generation: metadata!.generation ?? 0,
    observedGeneration: status?.observedGeneration ?? 0,
    labelSelector: toLabelSelector(spec!.selector),
    desiredNumberScheduled: status?.desiredNumberScheduled ?? 0,
    numberUnavailable: status?.numberUnavailable ?? 0,
    minReadySeconds: spec!.minReadySeconds ?? 0,
    maxUnavailable: spec!.updateStrategy?.rollingUpdate?.maxUnavailable,
    template: {
      annotations: template.metadata?.annotations ?? {},
      containers: [...template.spec?.initContainers ?? [], ...template.spec?.containers ?? []].map(toTemplateContainer),
    },
  };
}

export function toServiceAccount({ metadata }: V1ServiceAccount): ServiceAccount {
  return { annotations: metadata?.annotations ?? {} };
}

/** Keeps only what a rollout looks at: a cluster may have thousands of these. */
export function toPod({ metadata, spec, status }: V1Pod): Pod {
  const createdAt = toTimestamp(metadata!.creationTimestamp!);
  const ready = status?.conditions?.find(({ type }) => type === 'Ready');
  const phase = status?.phase;
  return {
    name: metadata!.name!,
    uid: metadata!.uid!,
    node: spec!.nodeName ?? boundNode(spec!) ?? 'no node',
    scheduled: spec!.nodeName !== undefined,
    createdAt,
    ...metadata!.deletionTimestamp && { deletionTimestamp: toTimestamp(metadata!.deletionTimestamp) },
    finished: phase === 'Failed' || phase === 'Succeeded',
    ready: ready?.status === 'True',
    readyChangedAt: ready?.lastTransitionTime ? toTimestamp(ready.lastTransitionTime) : createdAt,
    trouble: ready?.status === 'True' ? undefined : troubleOfPod(status),
    containers: [
      ...(spec!.initContainers ?? []).map(container => toContainer(container, true, status?.initContainerStatuses)),
      ...spec!.containers.map(container => toContainer(container, false, status?.containerStatuses)),
    ],
  };
}

export function isOwnedBy(uid: string | undefined): (pod: V1Pod) => boolean {
  return pod => pod.metadata?.ownerReferences?.some(owner => owner.uid === uid) ?? false;
}

export function toLabelSelector({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): string {
  return [
    ...Object.entries(matchLabels).map(([key, value]) => `${key}=${value}`),
    ...matchExpressions.map(({ key, operator, values }) => {
      switch (operator) {
        case 'Exists': return key;
        case 'DoesNotExist': return `!${key}`;
        default: return `${key} ${operator.toLowerCase()} (${values!.join(',')})`;
      }
    }),
  ].join(',');
}

function toContainer(container: V1Container, init: boolean, statuses: V1ContainerStatus[] | undefined): Container {
  const status = statuses?.find(({ name }) => name === container.name);
  return { ...toTemplateContainer(container), init, ready: status?.ready, trouble: status && !status.ready ? troubleOfContainer(status) : undefined };
}

function toTemplateContainer({ name, env = [] }: V1Container): TemplateContainer {
  return {
    name,
    env: Object.fromEntries(env
      .filter(variable => VARIABLES.includes(variable.name))
      .map(variable => [variable.name, variable.valueFrom ? '(taken from elsewhere)' : variable.value ?? ''])),
  };
}

function troubleOfPod(status: V1Pod['status']): string | undefined {
  const unscheduled = status?.conditions?.find(({ type, status: is }) => type === 'PodScheduled' && is === 'False');
  return sentence(status?.reason, status?.message) ?? sentence(unscheduled?.reason, unscheduled?.message);
}

function troubleOfContainer({ state, lastState }: V1ContainerStatus): string {
  const ended = state?.terminated ?? lastState?.terminated;
  return [
    state?.waiting && sentence(state.waiting.reason ?? 'waiting', state.waiting.message),
    ended && sentence(`ended with ${ended.reason ?? 'no reason'} (exit code ${ended.exitCode})`, ended.message),
    state?.running && 'running, but not ready by its probe',
  ].filter(Boolean).join(', ') || 'not ready';
}

function sentence(reason: string | undefined, message: string | undefined): string | undefined {
  return [reason, message?.trim().slice(-MESSAGE_LENGTH)].filter(Boolean).join(': ') || undefined;
}

/** The DaemonSet controller says by affinity which node a pod is for; the scheduler binds it later. */
function boundNode(spec: V1PodSpec): string | undefined {
  return spec.affinity?.nodeAffinity?.requiredDuringSchedulingIgnoredDuringExecution?.nodeSelectorTerms
    .flatMap(({ matchFields = [] }) => matchFields)
    .find(({ key }) => key === 'metadata.name')?.values?.[0];
}

/** What comes by a watch is as it was sent: its times are text, whatever its type says. */
function toTimestamp(date: Date | string): Timestamp {
  return new Date(date).getTime();
}
