import { createHash } from 'node:crypto';
import type { Timestamp } from '../shared/clock';
import { type Creator, withoutUniquePart } from '../shared/creator';

/** What a resource has taken from a role, as it remembers it there. */
export interface Detachment {
  readonly tagKey: string;
  readonly policyArn: string;
  readonly at: Timestamp;
}

export interface Tag {
  readonly key: string;
  readonly value: string;
}

/** What IAM takes as the value of a tag. */
const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{0,256}$/u;

/**
 * The tags by which a resource remembers, on a role, what it has detached from it: there they are found again whatever happens to the
 * resource, its function or its stack, and by people.
 */
export class DetachedTags {
  /** What the key of each begins with: the same for this resource in a stack of that name made anew, which so finds what an interrupted one has left. */
  readonly prefix: string;

  constructor(creator: Creator) {
    this.prefix = `cdk-vpc-cni-service-account-role:detached:${hashOf(withoutUniquePart(`${creator.StackId}/${creator.LogicalResourceId}`))}`;
  }

  tagFor(policyArn: string, at: Timestamp): Tag {
    return { key: `${this.prefix}:${hashOf(policyArn)}`, value: valueOf(policyArn, at) };
  }

  in(tags: Readonly<Record<string, string>>): Detachment[] {
    return Object.entries(tags).filter(([key]) => key.startsWith(`${this.prefix}:`)).map(([tagKey, value]) => {
      const [policyArn, time] = value.split(' ');
      return { tagKey, policyArn, at: Date.parse(time) || 0 };
    });
  }
}

/** Some policies have names that are too long for it, or with a comma. */
export function isRememberable(policyArn: string): boolean {
  return TAG_VALUE.test(valueOf(policyArn, 0));
}

function valueOf(policyArn: string, at: Timestamp): string {
  return `${policyArn} ${new Date(at).toISOString()}`;
}

function hashOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 8);
}
