import type { V1Container, V1Pod } from '@kubernetes/client-node';
import type { WebhookFlags } from '../../local-stack/kubernetes/pod-identity-webhook/mutation';

/** A request to the pod identity webhook and what becomes of the pod: what is documented of the real one, case by case. */
export interface WebhookCase {
  readonly name: string;
  /** Annotations of the service account in the webhook's cache; none: it is not in the cache. */
  readonly serviceAccount?: Record<string, string>;
  readonly flags?: WebhookFlags;
  readonly pod: V1Pod;
  /** The spec of the pod afterwards; none: the pod is let in as it is. */
  readonly mutated?: Partial<V1Pod['spec']>;
}

const ROLE = 'arn:aws:iam::111122223333:role/cni';
const FILE = '/var/run/secrets/eks.amazonaws.com/serviceaccount/token';
const ANNOTATED = { 'eks.amazonaws.com/role-arn': ROLE };
const MOUNT = { name: 'aws-iam-token', mountPath: '/var/run/secrets/eks.amazonaws.com/serviceaccount', readOnly: true };
const WEB_IDENTITY = [{ name: 'AWS_ROLE_ARN', value: ROLE }, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: FILE }];
const STS = { name: 'AWS_STS_REGIONAL_ENDPOINTS', value: 'regional' };
const REGION = ['AWS_DEFAULT_REGION', 'AWS_REGION'].map(name => ({ name, value: 'eu-west-1' }));

function pod(containers: Partial<V1Container>[] = [{}], more: Partial<V1Pod['spec']> = {}, annotations?: Record<string, string>): V1Pod {
  return {
    metadata: { name: 'pod', namespace: 'default', annotations },
    spec: { serviceAccountName: 'cni', containers: containers.map((one, index) => ({ name: `c${index}`, ...one })), ...more },
  };
}

function container(env: V1Container['env'], more: Partial<V1Container> = {}): V1Container {
  return { name: 'c0', env, volumeMounts: [MOUNT], ...more };
}

function volume(token: object = {}) {
  const serviceAccountToken = { audience: 'sts.amazonaws.com', expirationSeconds: 86400, path: 'token', ...token };
  return { name: 'aws-iam-token', projected: { sources: [{ serviceAccountToken }] } };
}

/** One container, with what is injected into it, and the token's volume. */
function injected(env: V1Container['env'], token?: object): Partial<V1Pod['spec']> {
  return { containers: [container(env)], volumes: [volume(token)] };
}

export const WEBHOOK_CASES: WebhookCase[] = [
  { name: 'a service account that is not in the cache', pod: pod() },
  { name: 'a service account without a role', serviceAccount: { other: 'annotation' }, pod: pod() },
  { name: 'a role', serviceAccount: ANNOTATED, pod: pod(), mutated: injected(WEB_IDENTITY) },
  {
    name: 'a role whose ARN is none: used all the same',
    serviceAccount: { 'eks.amazonaws.com/role-arn': 'just-a-name' },
    pod: pod(),
    mutated: injected([{ name: 'AWS_ROLE_ARN', value: 'just-a-name' }, WEB_IDENTITY[1]]),
  },
  {
    name: 'another audience, by the service account',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/audience': 'other' },
    pod: pod(),
    mutated: injected(WEB_IDENTITY, { audience: 'other' }),
  },
  { name: 'another audience, by flag', serviceAccount: ANNOTATED, flags: { tokenAudience: 'flag' }, pod: pod(), mutated: injected(WEB_IDENTITY, { audience: 'flag' }) },
  ...['true', '1', 't', 'T', 'TRUE', 'True'].map(value => ({
    name: `regional STS endpoints "${value}"`,
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/sts-regional-endpoints': value },
    pod: pod(),
    mutated: injected([STS, ...WEB_IDENTITY]),
  })),
  {
    name: 'regional STS endpoints "false" over the flag: nothing is injected for it, and never "global"',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/sts-regional-endpoints': 'false' },
    flags: { stsRegionalEndpoint: true },
    pod: pod(),
    mutated: injected(WEB_IDENTITY),
  },
  {
    name: 'regional STS endpoints that are no boolean: the flag stays',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/sts-regional-endpoints': 'yes' },
    flags: { stsRegionalEndpoint: true },
    pod: pod(),
    mutated: injected([STS, ...WEB_IDENTITY]),
  },
  { name: 'regional STS endpoints by flag', serviceAccount: ANNOTATED, flags: { stsRegionalEndpoint: true }, pod: pod(), mutated: injected([STS, ...WEB_IDENTITY]) },
  {
    name: 'the region by flag, all in their order',
    serviceAccount: ANNOTATED,
    flags: { stsRegionalEndpoint: true, awsDefaultRegion: 'eu-west-1' },
    pod: pod(),
    mutated: injected([STS, ...REGION, ...WEB_IDENTITY]),
  },
  {
    name: 'a token expiration by the service account',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/token-expiration': '3600' },
    pod: pod(),
    mutated: injected(WEB_IDENTITY, { expirationSeconds: 3600 }),
  },
  {
    name: 'a token expiration below the least',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/token-expiration': '60' },
    pod: pod(),
    mutated: injected(WEB_IDENTITY, { expirationSeconds: 600 }),
  },
  {
    name: 'a token expiration that is no number',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/token-expiration': '1h' },
    pod: pod(),
    mutated: injected(WEB_IDENTITY),
  },
  {
    name: 'a token expiration by the pod, over the service account and the flag',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/token-expiration': '3600' },
    flags: { tokenExpiration: 7200 },
    pod: pod([{}], {}, { 'eks.amazonaws.com/token-expiration': '1200' }),
    mutated: injected(WEB_IDENTITY, { expirationSeconds: 1200 }),
  },
  { name: 'a token expiration by flag', serviceAccount: ANNOTATED, flags: { tokenExpiration: 7200 }, pod: pod(), mutated: injected(WEB_IDENTITY, { expirationSeconds: 7200 }) },
  {
    name: 'every container and init container',
    serviceAccount: ANNOTATED,
    pod: pod([{}, {}], { initContainers: [{ name: 'init' }] }),
    mutated: {
      containers: [container(WEB_IDENTITY), container(WEB_IDENTITY, { name: 'c1' })],
      initContainers: [container(WEB_IDENTITY, { name: 'init' })],
      volumes: [volume()],
    },
  },
  {
    name: 'containers and init containers that the pod has skipped',
    serviceAccount: ANNOTATED,
    pod: pod([{}, {}], { initContainers: [{ name: 'init' }] }, { 'eks.amazonaws.com/skip-containers': 'c1,"init"' }),
    mutated: { containers: [container(WEB_IDENTITY), { name: 'c1' }], initContainers: [{ name: 'init' }], volumes: [volume()] },
  },
  ...['"c0', 'c0,"', 'c"0,c0'].map(value => ({
    name: `containers to skip that are no CSV (${value}): none is skipped`,
    serviceAccount: ANNOTATED,
    pod: pod([{}], {}, { 'eks.amazonaws.com/skip-containers': value }),
    mutated: injected(WEB_IDENTITY),
  })),
  {
    name: 'containers to skip with a space: part of the name, as in any CSV',
    serviceAccount: ANNOTATED,
    pod: pod([{}], {}, { 'eks.amazonaws.com/skip-containers': 'other, c0' }),
    mutated: injected(WEB_IDENTITY),
  },
  {
    name: 'regional STS endpoints asked for on the pod: of the service account only',
    serviceAccount: ANNOTATED,
    pod: pod([{}], {}, { 'eks.amazonaws.com/sts-regional-endpoints': 'true' }),
    mutated: injected(WEB_IDENTITY),
  },
  {
    name: 'ephemeral containers are left alone',
    serviceAccount: ANNOTATED,
    pod: pod([{}], { ephemeralContainers: [{ name: 'debug' }] }),
    mutated: injected(WEB_IDENTITY),
  },
  {
    name: 'a token expiration by the pod below the least',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/token-expiration': '3600' },
    pod: pod([{}], {}, { 'eks.amazonaws.com/token-expiration': '1' }),
    mutated: injected(WEB_IDENTITY, { expirationSeconds: 600 }),
  },
  {
    name: 'a token expiration by the pod that is no number: the service account\'s stays',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/token-expiration': '3600' },
    pod: pod([{}], {}, { 'eks.amazonaws.com/token-expiration': 'long' }),
    mutated: injected(WEB_IDENTITY, { expirationSeconds: 3600 }),
  },
  {
    name: 'containers to skip named on the service account: none is skipped',
    serviceAccount: { ...ANNOTATED, 'eks.amazonaws.com/skip-containers': 'c0' },
    pod: pod(),
    mutated: injected(WEB_IDENTITY),
  },
  ...WEB_IDENTITY.map(({ name }) => ({
    name: `${name} in the pod keeps both away, not the rest`,
    serviceAccount: ANNOTATED,
    flags: { stsRegionalEndpoint: true, awsDefaultRegion: 'eu-west-1' },
    pod: pod([{ env: [{ name, value: 'own' }] }]),
    mutated: injected([{ name, value: 'own' }, STS, ...REGION]),
  })),
  ...REGION.map(({ name }) => ({
    name: `${name} in the pod keeps both regions away`,
    serviceAccount: ANNOTATED,
    flags: { awsDefaultRegion: 'eu-west-1' },
    pod: pod([{ env: [{ name, value: 'own' }] }]),
    mutated: injected([{ name, value: 'own' }, ...WEB_IDENTITY]),
  })),
  {
    name: 'the STS setting in the pod is left',
    serviceAccount: ANNOTATED,
    flags: { stsRegionalEndpoint: true },
    pod: pod([{ env: [{ name: STS.name, value: 'legacy' }] }]),
    mutated: injected([{ name: STS.name, value: 'legacy' }, ...WEB_IDENTITY]),
  },
  {
    name: 'a container that has them all is left alone, without even the mount',
    serviceAccount: ANNOTATED,
    flags: { stsRegionalEndpoint: true, awsDefaultRegion: 'eu-west-1' },
    pod: pod([{ env: [STS, ...REGION, ...WEB_IDENTITY] }]),
    mutated: { containers: [{ name: 'c0', env: [STS, ...REGION, ...WEB_IDENTITY] }], volumes: [volume()] },
  },
  {
    name: 'a volume of that name is left, and the other volumes, mounts and variables',
    serviceAccount: ANNOTATED,
    pod: pod(
      [{ env: [{ name: 'A', value: 'b' }], volumeMounts: [{ name: 'data', mountPath: '/data' }] }],
      { volumes: [{ name: 'data', emptyDir: {} }, { name: 'aws-iam-token', emptyDir: {} }] }),
    mutated: {
      containers: [container([{ name: 'A', value: 'b' }, ...WEB_IDENTITY], { volumeMounts: [{ name: 'data', mountPath: '/data' }, MOUNT] })],
      volumes: [{ name: 'data', emptyDir: {} }, { name: 'aws-iam-token', emptyDir: {} }],
    },
  },
];
