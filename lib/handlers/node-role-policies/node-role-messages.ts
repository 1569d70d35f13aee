import type { Denial } from './denials';
import type { LeftPolicy } from './detachable-policies';
import type { Detachment } from './detached-tags';
import type { PutBack } from './detachments';
import { nameOf } from './role-policies';
import { count, some } from '../shared/words';

/** A node role as it is at the end of a change. */
export interface DoneRole {
  readonly arn: string;
  /** All that is detached from it, by this change or by earlier ones. */
  readonly detached: readonly Detachment[];
  readonly left: readonly LeftPolicy[];
}

export function summary(roles: readonly DoneRole[]): string {
  const names = roles.flatMap(({ detached }) => detached.map(({ policyArn }) => nameOf(policyArn)));
  const detached = [...new Set(names)].map(name => `${name} from ${count(names.filter(one => one === name).length, 'node role')}`);
  const left = roles.flatMap(role => role.left.map(({ policy, why }) => `${policy} of ${nameOf(role.arn)} (${why})`));
  return [
    detached.length > 0 ? `detached ${some(detached, ', ')}` : `nothing to detach from ${count(roles.length, 'node role')}`,
    ...left.length > 0 ? [`left attached: ${some(left, ', ')}`] : [],
  ].join('; ');
}

export function missingMessage(clusterName: string, roleArns: readonly string[]): string {
  return `node roles of cluster ${clusterName} do not exist in this account: ${some(roleArns, ', ')}. Create them, or take them out of \`nodeRoles\` or of their node groups`;
}

export function deniedMessage(clusterName: string, denials: readonly Denial[]): string {
  const told = denials.map(({ pod, action }) => `${action} on pod ${pod}`);
  return `aws-node of cluster ${clusterName} was denied what it needs (event MissingIAMPermissions) once the policies were off the node roles: `
    + `${some([...new Set(told)], ', ')}. Check that this pod carries the role in every container, and that the role's own policy allows the action`;
}

export function failedMessage(cause: string, { done, failures }: PutBack): string {
  if (failures.length > 0) {
    return `${cause}. What this deployment had detached could not all be attached again: ${some(failures)}. Rolling back or deleting tries again once that is repaired`;
  }
  return done.length > 0
    ? `${cause}. What this deployment had detached is attached again: ${some(done, ', ')}`
    : `${cause}. Nothing is detached by this deployment`;
}
