import type { Container, Pod, Timestamp } from './kubernetes';

export const ROLE_ARN = 'AWS_ROLE_ARN';
export const TOKEN_FILE = 'AWS_WEB_IDENTITY_TOKEN_FILE';
export const STS_ENDPOINTS = 'AWS_STS_REGIONAL_ENDPOINTS';

/** By which the plugin knows its cluster. */
export const CLUSTER_NAME = 'CLUSTER_NAME';

/** What the pod identity webhook sets, and what a policy for one cluster needs. */
export const VARIABLES: readonly string[] = [ROLE_ARN, TOKEN_FILE, STS_ENDPOINTS, CLUSTER_NAME];

export interface RoleEnvironment {
  readonly roleArn: string;
  /** Value of the annotation; undefined leaves it to the webhook's own default. */
  readonly stsRegionalEndpoints?: 'true' | 'false';
  /** When the annotation was taken away: older pods may carry what it gave them. */
  readonly restartBefore?: Timestamp;
}

/** What is wrong with the environment of one container. */
export interface Lack {
  readonly container: string;
  readonly reason: string;
}

export function lacksRole(pod: Pod, desired: RoleEnvironment): Lack[] {
  return pod.containers.flatMap(container => reasonsOf(container, pod, desired).map(reason => ({ container: container.name, reason })));
}

export function carriesRole(pod: Pod, roleArn: string): Lack[] {
  return pod.containers
    .filter(container => container.env[ROLE_ARN] === roleArn)
    .map(container => ({ container: container.name, reason: `${ROLE_ARN} is still ${roleArn}` }));
}

function reasonsOf({ env }: Container, pod: Pod, desired: RoleEnvironment): string[] {
  const reasons: string[] = [];
  if (env[ROLE_ARN] !== desired.roleArn) {
    reasons.push(env[ROLE_ARN] === undefined ? `${ROLE_ARN} is not set` : `${ROLE_ARN} is ${env[ROLE_ARN]}`);
  }
  if (!env[TOKEN_FILE]) {
    reasons.push(`${TOKEN_FILE} is not set`);
  }
  const sts = env[STS_ENDPOINTS];
  if (desired.stsRegionalEndpoints === 'true' && sts !== 'regional') {
    reasons.push(sts === undefined ? `${STS_ENDPOINTS} is not set` : `${STS_ENDPOINTS} is ${sts}`);
  }
  if (desired.stsRegionalEndpoints === 'false' && sts !== undefined) {
    reasons.push(`${STS_ENDPOINTS} is ${sts}`);
  }
  if (desired.restartBefore !== undefined && pod.createdAt < desired.restartBefore && sts !== undefined) {
    reasons.push(`${STS_ENDPOINTS} is ${sts} from before the annotation was taken away`);
  }
  return reasons;
}
