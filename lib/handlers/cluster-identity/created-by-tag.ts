import { createHash } from 'node:crypto';
import { type Creator, withoutUniquePart } from '../shared/creator';

export const CREATED_BY = 'cdk-vpc-cni-service-account-role:created-by';

/** What IAM takes as the value of a tag; a stack's and a resource's name can be longer together. */
const MAX_LENGTH = 256;

/** Value of the `CREATED_BY` tag: one for each resource of each stack, a stack of the same name made anew included. */
export function createdBy(event: Creator): string {
  const name = `${event.StackId}/${event.LogicalResourceId}`;
  if (name.length <= MAX_LENGTH) {
    return name;
  }
  const hash = createHash('sha256').update(name).digest('hex');
  return `${name.slice(0, MAX_LENGTH - hash.length - 1)}/${hash}`;
}

/**
 * Whether this resource created it, or the same one of a stack of that name before it: one whose creation was interrupted before
 * CloudFormation knew of it has nobody else who would delete it.
 */
export function isCreatedBy(tag: string | undefined, event: Creator): boolean {
  return tag !== undefined && withoutUniquePart(tag) === withoutUniquePart(createdBy(event));
}
