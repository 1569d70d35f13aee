import { NAME, NAMESPACE } from './kubernetes';

/** What the service account carried before us, to be put back when we go. */
export interface GuardMemory {
  readonly clusterName: string;
  readonly roleArn?: string;
  readonly stsRegionalEndpoints?: string;
}

const ROLE_ARN = 'role-arn';
const STS_REGIONAL_ENDPOINTS = 'sts-regional-endpoints';
const PHYSICAL_ID = new RegExp(`^([\\w-]+)/${NAMESPACE}/${NAME}(?:\\?(.*))?$`);
const MAXIMUM_LENGTH = 1024;

/** The memory is the physical id: people see it in CloudFormation, it outlives every function and changes nothing in the cluster. */
export function toPhysicalId(memory: GuardMemory): string {
  const parameters = new URLSearchParams();
  if (memory.roleArn !== undefined) parameters.set(ROLE_ARN, memory.roleArn);
  if (memory.stsRegionalEndpoints !== undefined) parameters.set(STS_REGIONAL_ENDPOINTS, memory.stsRegionalEndpoints);
  const physicalId = `${memory.clusterName}/${NAMESPACE}/${NAME}${parameters.size > 0 ? `?${parameters}` : ''}`;
  if (physicalId.length > MAXIMUM_LENGTH) {
    throw new Error(
      `the annotations eks.amazonaws.com/* of service account ${NAMESPACE}/${NAME} in cluster ${memory.clusterName} are too long to be remembered `
      + `(${physicalId.length} characters as text, at most ${MAXIMUM_LENGTH}): correct or remove them. Nothing was changed`);
  }
  return physicalId;
}

/** @returns undefined for an id that is not ours, such as the framework's own for a resource that was never created */
export function fromPhysicalId(physicalId: string): GuardMemory | undefined {
  const match = PHYSICAL_ID.exec(physicalId);
  if (!match) {
    return undefined;
  }
  const parameters = new URLSearchParams(match[2]);
  return {
    clusterName: match[1],
    roleArn: parameters.get(ROLE_ARN) ?? undefined,
    stsRegionalEndpoints: parameters.get(STS_REGIONAL_ENDPOINTS) ?? undefined,
  };
}
