import { createHash } from 'node:crypto';

export const CREATED_BY = 'cdk-vpc-cni-service-account-role:created-by';

/** What IAM takes as the value of a tag; a stack's and a resource's name can be longer together. */
const MAX_LENGTH = 256;

const UNIQUE_PART = /\/[^/]+$/;

/**
 * Value of the `CREATED_BY` tag: one for each resource of each stack name. A stack made anew takes over what its predecessor could not
 * delete, such as a provider whose creation was interrupted before CloudFormation knew of it.
 */
export function createdBy(event: { readonly StackId: string; readonly LogicalResourceId: string }): string {
  const stack = event.StackId.replace(UNIQUE_PART, '');
  const name = `${stack}/${event.LogicalResourceId}`;
  if (name.length <= MAX_LENGTH) {
    return name;
  }
  const hash = createHash('sha256').update(name).digest('hex');
  return `${name.slice(0, MAX_LENGTH - hash.length - 1)}/${hash}`;
}
