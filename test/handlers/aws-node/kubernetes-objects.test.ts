import type { V1DaemonSet, V1Pod } from '@kubernetes/client-node/dist/gen/index.js';
import { isOwnedBy, toDaemonSet, toLabelSelector, toPod, toServiceAccount } from '../../../lib/handlers/aws-node/kubernetes-objects';

const created = new Date('2026-11-24T10:00:00Z');
const changed = new Date('2026-11-24T10:00:09Z');
const TOKEN_FILE = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token';

const running: V1Pod = {
  metadata: {
    name: 'aws-node-x',
    uid: 'uid-x',
    creationTimestamp: created,
    ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'aws-node', uid: 'daemonset-uid' }],
  },
  spec: {
    nodeName: 'ip-10-0-0-1',
    initContainers: [{ name: 'aws-vpc-cni-init', env: [{ name: 'ENABLE_IPv6', value: 'false' }] }],
    containers: [{
      name: 'aws-node',
      env: [
        { name: 'SECRET', value: 'no matter' }, { name: 'AWS_ROLE_ARN', value: 'arn' }, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: TOKEN_FILE },
        { name: 'AWS_STS_REGIONAL_ENDPOINTS', valueFrom: { configMapKeyRef: { key: 'k', name: 'n' } } },
      ],
    }],
  },
  status: {
    phase: 'Running',
    conditions: [{ type: 'PodScheduled', status: 'True', lastTransitionTime: created }, { type: 'Ready', status: 'True', lastTransitionTime: changed }],
    initContainerStatuses: [{ name: 'aws-vpc-cni-init', ready: true, image: '', imageID: '', restartCount: 0 }],
    containerStatuses: [{ name: 'aws-node', ready: true, image: '', imageID: '', restartCount: 0, state: { running: {} } }],
  },
};

describe('a pod', () => {
  test('is cut down to what a rollout looks at', () => {
    expect(toPod(running)).toEqual({
      name: 'aws-node-x',
      uid: 'uid-x',
      node: 'ip-10-0-0-1',
      scheduled: true,
      createdAt: created.getTime(),
      finished: false,
      ready: true,
      readyChangedAt: changed.getTime(),
      trouble: undefined,
      containers: [
        { name: 'aws-vpc-cni-init', init: true, env: {}, ready: true, trouble: undefined },
        {
          name: 'aws-node',
          init: false,
          ready: true,
          trouble: undefined,
          env: { AWS_ROLE_ARN: 'arn', AWS_WEB_IDENTITY_TOKEN_FILE: TOKEN_FILE, AWS_STS_REGIONAL_ENDPOINTS: '(taken from elsewhere)' },
        },
      ],
    });
  });

  test('is read though nothing has happened to it yet', () => {
    const { name, uid } = running.metadata!;
    expect(toPod({ metadata: { name, uid, creationTimestamp: created }, spec: { containers: [{ name: 'aws-node' }] } })).toEqual({
      name: 'aws-node-x',
      uid: 'uid-x',
      node: 'no node',
      scheduled: false,
      createdAt: created.getTime(),
      finished: false,
      ready: false,
      readyChangedAt: created.getTime(),
      trouble: undefined,
      containers: [{ name: 'aws-node', init: false, env: {}, ready: undefined, trouble: undefined }],
    });
    expect(toPod({ ...running, status: undefined }).containers.map(({ ready }) => ready)).toEqual([undefined, undefined]);
  });

  test('has no trouble once it is Ready', () => {
    expect(toPod({ ...running, status: { ...running.status, reason: 'Evicted' } }).trouble).toBeUndefined();
  });

  test.each<[string, object, string]>([
    ['waits for no reason', { state: { waiting: {} } }, 'waiting'],
    ['has ended for no reason', { state: { terminated: { exitCode: 0 } } }, 'ended with no reason (exit code 0)'],
    ['waits', { state: { waiting: { reason: 'ImagePullBackOff', message: 'no such image' } } }, 'ImagePullBackOff: no such image'],
    ['crashes', { state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off 40s' } }, lastState: { terminated: { exitCode: 1, reason: 'Error', message: 'AccessDenied\n' } } },
      'CrashLoopBackOff: back-off 40s, ended with Error (exit code 1): AccessDenied'],
    ['has ended', { state: { terminated: { exitCode: 137, reason: 'OOMKilled' } } }, 'ended with OOMKilled (exit code 137)'],
    ['is not ready', { state: { running: {} } }, 'running, but not ready by its probe'],
    ['says nothing', {}, 'not ready'],
    ['says too much', { state: { waiting: { reason: 'Long', message: 'x'.repeat(1000) } } }, `Long: ${'x'.repeat(300)}`],
  ])('tells why a container %s', (_, state, trouble) => {
    const other = { name: 'aws-eks-nodeagent', ready: true, image: '', imageID: '', restartCount: 0 };
    const containerStatuses = [other, { ...other, name: 'aws-node', ready: false, ...state }];
    expect(toPod({ ...running, status: { ...running.status, containerStatuses } }).containers[1]).toMatchObject({ ready: false, trouble });
  });

  test('is for a node before it is scheduled', () => {
    const { nodeName: _, ...spec } = running.spec!;
    const affinity = {
      nodeAffinity: {
        requiredDuringSchedulingIgnoredDuringExecution: {
          nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In', values: ['ip-10-0-0-2'] }] }],
        },
      },
    };
    const unscheduled = { type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'too many pods' };
    const conditions = [{ type: 'Initialized', status: 'False', reason: 'No' }, { type: 'PodScheduled', status: 'True', reason: 'No' }, unscheduled];
    const status = { phase: 'Pending', conditions };
    expect(toPod({ ...running, spec: { ...spec, affinity }, status })).toMatchObject({
      node: 'ip-10-0-0-2',
      scheduled: false,
      ready: false,
      readyChangedAt: created.getTime(),
      trouble: 'Unschedulable: too many pods',
      containers: [{ ready: undefined, trouble: undefined }, { ready: undefined, trouble: undefined }],
    });
  });

  test.each([
    {},
    { nodeAffinity: {} },
    { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{}] } } },
    { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'metadata.name', operator: 'In' }] }] } } },
    { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchFields: [{ key: 'other', operator: 'In', values: ['x'] }] }] } } },
  ])('of affinity %j is for no node', affinity => {
    expect(toPod({ ...running, spec: { ...running.spec!, nodeName: undefined, affinity } })).toMatchObject({ node: 'no node' });
  });

  test.each([['Running', false], ['Pending', false], ['Failed', true], ['Succeeded', true]])('of phase %s is finished: %s', (phase, finished) => {
    expect(toPod({ ...running, status: { phase, reason: 'Evicted', message: 'low on memory' } })).toMatchObject({ finished, trouble: 'Evicted: low on memory' });
  });

  test('is to go', () => {
    const metadata = { ...running.metadata, deletionTimestamp: changed };
    expect(toPod({ ...running, metadata })).toMatchObject({ deletionTimestamp: changed.getTime() });
  });

  test('has an owner', () => {
    const shared = { ...running, metadata: { ...running.metadata, ownerReferences: [...running.metadata!.ownerReferences!, { apiVersion: 'v1', kind: 'Node', name: 'n', uid: 'n' }] } };
    expect([running, shared, {}, { metadata: {} }].map(isOwnedBy('daemonset-uid'))).toEqual([true, true, false, false]);
    expect(isOwnedBy('other')(running)).toBe(false);
  });
});

describe('a DaemonSet', () => {
  const daemonSet: V1DaemonSet = {
    metadata: { name: 'aws-node', uid: 'daemonset-uid', generation: 3 },
    spec: {
      selector: { matchLabels: { 'k8s-app': 'aws-node' } },
      template: {
        metadata: { annotations: { a: 'b' } },
        spec: { initContainers: [{ name: 'aws-vpc-cni-init' }], containers: [{ name: 'aws-node', env: [{ name: 'AWS_ROLE_ARN', value: 'arn' }, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE' }, { name: 'OTHER' }] }] },
      },
      minReadySeconds: 5,
      updateStrategy: { type: 'RollingUpdate', rollingUpdate: { maxUnavailable: '10%' } },
    },
    status: {
      observedGeneration: 2, desiredNumberScheduled: 4, numberUnavailable: 1, currentNumberScheduled: 4, numberMisscheduled: 0, numberReady: 3,
    },
  };

  test('is cut down to what a rollout looks at', () => {
    expect(toDaemonSet(daemonSet)).toEqual({
      uid: 'daemonset-uid',
      generation: 3,
      observedGeneration: 2,
      labelSelector: 'k8s-app=aws-node',
      desiredNumberScheduled: 4,
      numberUnavailable: 1,
      minReadySeconds: 5,
      maxUnavailable: '10%',
      template: { annotations: { a: 'b' }, containers: [{ name: 'aws-vpc-cni-init', env: {} }, { name: 'aws-node', env: { AWS_ROLE_ARN: 'arn', AWS_WEB_IDENTITY_TOKEN_FILE: '' } }] },
    });
  });

  test('has no maximum with OnDelete, and no status at first', () => {
    const { status: _, spec, ...others } = daemonSet;
    expect(toDaemonSet({ ...others, spec: { ...spec!, updateStrategy: { type: 'OnDelete' } } }))
      .toMatchObject({ maxUnavailable: undefined, observedGeneration: 0, desiredNumberScheduled: 0, numberUnavailable: 0 });
  });

  test('is read though it says next to nothing', () => {
    const spec = { selector: {}, template: {} };
    expect(toDaemonSet({ metadata: { uid: 'daemonset-uid' }, spec })).toEqual({
      uid: 'daemonset-uid',
      generation: 0,
      observedGeneration: 0,
      labelSelector: '',
      desiredNumberScheduled: 0,
      numberUnavailable: 0,
      minReadySeconds: 0,
      maxUnavailable: undefined,
      template: { annotations: {}, containers: [] },
    });
    expect(toDaemonSet({ metadata: { uid: 'daemonset-uid' }, spec: { ...spec, template: { metadata: {}, spec: { containers: [] } } } }).template)
      .toEqual({ annotations: {}, containers: [] });
  });

  test('selects its pods', () => {
    expect(toLabelSelector({
      matchLabels: { app: 'a' },
      matchExpressions: [
        { key: 'b', operator: 'In', values: ['1', '2'] }, { key: 'c', operator: 'NotIn', values: ['3'] },
        { key: 'd', operator: 'Exists' }, { key: 'e', operator: 'DoesNotExist' },
      ],
    })).toBe('app=a,b in (1,2),c notin (3),d,!e');
  });
});

test('a service account has annotations, or none', () => {
  expect([{ metadata: { annotations: { a: 'b' } } }, { metadata: {} }, {}].map(toServiceAccount)).toEqual([{ annotations: { a: 'b' } }, { annotations: {} }, { annotations: {} }]);
});
