import { readFileSync } from 'node:fs';

/** What is wrong with nodes; all others are well. */
export interface NodeFaults {
  /** Nodes whose kubelet is gone: no heartbeat, and nothing about their pods changes. */
  readonly silent?: readonly string[];
  /** Nodes that cannot pull the images of a new pod. */
  readonly withoutImages?: readonly string[];
  /** Nodes on which a pod does not end. */
  readonly holdingPods?: readonly string[];
  /** How long it takes a pod to be Ready. */
  readonly podReadySeconds?: number;
}

/** Pods that carry a role with such a name crash. */
export const CRASHING_ROLE = '-crashes';

const CRASHES = '[.spec.containers[].env[]? | select(.name == "AWS_ROLE_ARN") | .value | endswith("' + CRASHING_ROLE + '")] | any';

/** KWOK's stages for pods, read from its module, with our faults among them. */
export function podStages(files: readonly string[], { withoutImages = [], holdingPods = [], podReadySeconds = 0 }: NodeFaults): string {
  const [ready, ending, ...others] = ['pod-ready', 'pod-delete', 'pod-complete'].map(name => readFileSync(files.find(file => file.endsWith(`/${name}.yaml`))!, 'utf8'));
  return [
    ...others,
    delayed(unless(ready, ['.spec.nodeName', withoutImages], [CRASHES, ['true']]), podReadySeconds),
    unless(ending, ['.spec.nodeName', holdingPods]),
    JSON.stringify(readyAgain),
    JSON.stringify(crashing),
    ...withoutImages.length > 0 ? [JSON.stringify(notPulled(withoutImages))] : [],
  ].join('\n---\n');
}

function unless(stage: string, ...conditions: [key: string, values: readonly string[]][]): string {
  const expressions = conditions.filter(([, values]) => values.length > 0).map(([key, values]) => `    - ${JSON.stringify({ key, operator: 'NotIn', values })}\n`);
  return inserted(stage, '    matchExpressions:\n', expressions.join(''));
}

function delayed(stage: string, seconds: number): string {
  return inserted(stage, '\nspec:\n', `  delay: { durationMilliseconds: ${seconds * 1000} }\n`);
}

function inserted(text: string, after: string, what: string): string {
  if (!text.includes(after)) {
    throw new Error(`KWOK's stage is not as it was, it has no ${JSON.stringify(after)}:\n${text}`);
  }
  return text.replace(after, `${after}${what}`);
}

function podStage(name: string, matchExpressions: readonly object[], statusTemplate: string): object {
  return {
    apiVersion: 'kwok.x-k8s.io/v1alpha1',
    kind: 'Stage',
    metadata: { name },
    spec: {
      resourceRef: { apiGroup: 'v1', kind: 'Pod' },
      selector: { matchExpressions: [{ key: '.metadata.deletionTimestamp', operator: 'DoesNotExist' }, ...matchExpressions] },
      next: { statusTemplate },
    },
  };
}

/** A kubelet that is back says so of its pods. */
const readyAgain = podStage('pod-ready-again', [
  { key: '.status.phase', operator: 'In', values: ['Running'] },
  { key: '.status.conditions.[] | select( .type == "Ready" ) | .status', operator: 'In', values: ['False'] },
  { key: '[.status.containerStatuses[] | .ready] | all', operator: 'In', values: ['true'] },
], `
conditions:
- { type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }} }
`);

const notReady = `
- { type: Ready, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }} }
- { type: ContainersReady, status: "False", reason: ContainersNotReady, lastTransitionTime: {{ $now | Quote }} }`;

const crashing = podStage('pod-crashing', [
  { key: '.status.phase', operator: 'In', values: ['Pending'] },
  { key: CRASHES, operator: 'In', values: ['true'] },
], `
{{ $now := Now }}
conditions:
- { type: Initialized, status: "True", lastTransitionTime: {{ $now | Quote }} }${notReady}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  ready: true
  restartCount: 0
  state: { terminated: { exitCode: 0, reason: Completed, startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
{{ end }}
containerStatuses:
{{ range $index, $container := .spec.containers }}
- name: {{ $container.name | Quote }}
  image: {{ $container.image | Quote }}
  restartCount: {{ if $index }}0{{ else }}4{{ end }}
  {{ if $index }}
  ready: true
  state: { running: { startedAt: {{ $now | Quote }} } }
  {{ else }}
  ready: false
  state: { waiting: { reason: CrashLoopBackOff, message: "back-off 40s restarting failed container" } }
  lastState: { terminated: { exitCode: 1, reason: Error, message: "AccessDenied: not authorized to perform ec2:DescribeNetworkInterfaces", startedAt: {{ $now | Quote }}, finishedAt: {{ $now | Quote }} } }
  {{ end }}
{{ end }}
phase: Running
startTime: {{ $now | Quote }}
`);

function notPulled(nodes: readonly string[]): object {
  return podStage('pod-not-pulled', [
    { key: '.status.phase', operator: 'In', values: ['Pending'] },
    { key: '.spec.nodeName', operator: 'In', values: nodes },
    { key: '.status.initContainerStatuses', operator: 'DoesNotExist' },
  ], `
{{ $now := Now }}
conditions:
- { type: Initialized, status: "False", reason: ContainersNotInitialized, lastTransitionTime: {{ $now | Quote }} }${notReady}
initContainerStatuses:
{{ range .spec.initContainers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  restartCount: 0
  state: { waiting: { reason: ImagePullBackOff, message: "Back-off pulling image" } }
{{ end }}
containerStatuses:
{{ range .spec.containers }}
- name: {{ .name | Quote }}
  image: {{ .image | Quote }}
  imageID: ""
  ready: false
  restartCount: 0
  state: { waiting: { reason: PodInitializing } }
{{ end }}
phase: Pending
startTime: {{ $now | Quote }}
`);
}
