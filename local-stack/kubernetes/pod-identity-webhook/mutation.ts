import type { V1Container, V1Pod, V1ServiceAccount } from '@kubernetes/client-node';

/** The flags of the webhook that decide on what it injects. */
export interface WebhookFlags {
  readonly awsDefaultRegion?: string;
  readonly stsRegionalEndpoint?: boolean;
  readonly tokenAudience?: string;
  readonly tokenExpiration?: number;
}

export interface PatchOperation {
  readonly op: 'add' | 'replace';
  readonly path: string;
  readonly value: unknown;
}

const PREFIX = 'eks.amazonaws.com';
const VOLUME = 'aws-iam-token';
const MOUNT_PATH = '/var/run/secrets/eks.amazonaws.com/serviceaccount';
const STS_KEY = 'AWS_STS_REGIONAL_ENDPOINTS';
const REGION_KEYS = ['AWS_DEFAULT_REGION', 'AWS_REGION'];
const WEB_IDENTITY_KEYS = ['AWS_ROLE_ARN', 'AWS_WEB_IDENTITY_TOKEN_FILE'];
const DEFAULT_EXPIRATION = 86400;
const LEAST_EXPIRATION = 600;

/**
 * What the pod identity webhook of EKS does to a pod that is created.
 *
 * @param serviceAccount as the webhook's cache has it: undefined, and the pod is let through as it is
 */
export function mutate(pod: V1Pod, serviceAccount: V1ServiceAccount | undefined, flags: WebhookFlags = {}): PatchOperation[] {
  const annotation = (name: string) => serviceAccount?.metadata?.annotations?.[`${PREFIX}/${name}`];
  const roleArn = annotation('role-arn');
  if (!roleArn) {
    return [];
  }
  const injection: Injection = {
    roleArn,
    region: flags.awsDefaultRegion,
    stsRegional: parseBool(annotation('sts-regional-endpoints')) ?? flags.stsRegionalEndpoint ?? false,
    skipped: skippedContainers(pod.metadata?.annotations?.[`${PREFIX}/skip-containers`]),
  };
  const ofServiceAccount = expiration(annotation('token-expiration'), flags.tokenExpiration ?? DEFAULT_EXPIRATION);
  const volume = {
    name: VOLUME,
    projected: {
      sources: [{
        serviceAccountToken: {
          audience: annotation('audience') ?? flags.tokenAudience ?? 'sts.amazonaws.com',
          expirationSeconds: expiration(pod.metadata?.annotations?.[`${PREFIX}/token-expiration`], ofServiceAccount),
          path: 'token',
        },
      }],
    },
  };
  const { volumes = [], containers = [], initContainers = [] } = pod.spec ?? {};
  const operations: PatchOperation[] = [];
  if (!volumes.some(({ name }) => name === VOLUME)) {
    operations.push({ op: 'add', path: '/spec/volumes', value: [...volumes, volume] });
  }
  if (initContainers.length > 0) {
    operations.push({ op: 'replace', path: '/spec/initContainers', value: initContainers.map(container => inject(container, injection)) });
  }
  operations.push({ op: 'replace', path: '/spec/containers', value: containers.map(container => inject(container, injection)) });
  return operations;
}

interface Injection {
  readonly roleArn: string;
  readonly region?: string;
  readonly stsRegional: boolean;
  readonly skipped: ReadonlySet<string>;
}

function inject(container: V1Container, { roleArn, region, stsRegional, skipped }: Injection): V1Container {
  const isSet = (...keys: string[]) => (container.env ?? []).some(({ name }) => keys.includes(name));
  const hasAll = isSet(...WEB_IDENTITY_KEYS) && isSet(...REGION_KEYS) && isSet(STS_KEY);
  if (skipped.has(container.name) || hasAll) {
    return container;
  }
  const env = [...container.env ?? []];
  if (stsRegional && !isSet(STS_KEY)) {
    env.push({ name: STS_KEY, value: 'regional' });
  }
  if (region && !isSet(...REGION_KEYS)) {
    env.push(...REGION_KEYS.map(name => ({ name, value: region })));
  }
  // Either of the two keeps both away.
  if (!isSet(...WEB_IDENTITY_KEYS)) {
    env.push({ name: 'AWS_ROLE_ARN', value: roleArn }, { name: 'AWS_WEB_IDENTITY_TOKEN_FILE', value: `${MOUNT_PATH}/token` });
  }
  const mounts = container.volumeMounts ?? [];
  const isMounted = mounts.some(({ name }) => name === VOLUME);
  return {
    ...container,
    env,
    volumeMounts: isMounted ? mounts : [...mounts, { name: VOLUME, mountPath: MOUNT_PATH, readOnly: true }],
  };
}

/** As Go's strconv.ParseBool. */
function parseBool(text: string | undefined): boolean | undefined {
  if (['1', 't', 'T', 'true', 'TRUE', 'True'].includes(text ?? '')) {
    return true;
  }
  return ['0', 'f', 'F', 'false', 'FALSE', 'False'].includes(text ?? '') ? false : undefined;
}

function expiration(text: string | undefined, otherwise: number): number {
  return /^[+-]?\d+$/.test(text ?? '') ? Math.max(Number(text), LEAST_EXPIRATION) : otherwise;
}

/** One line of CSV, where a space is part of the name; what cannot be read as such skips nothing. */
function skippedContainers(csv = ''): Set<string> {
  const fields = [...csv.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^",]*))(?=,|$)/g)];
  const isWhole = fields.map(([field]) => field).join('') === csv;
  return new Set(isWhole ? fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain) : []);
}
