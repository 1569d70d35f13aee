import type { DetachedTags, Detachment } from './detached-tags';
import { type Role, type RolePolicies, nameOf } from './role-policies';
import type { Clock, Timestamp } from '../shared/clock';
import { log } from '../shared/log';

export interface PutBack {
  /** Which policies are attached again, and to which roles. */
  readonly done: readonly string[];
  readonly failures: readonly string[];
}

/** What a resource detaches: remembered on the role before it is done, and forgotten after it is undone. */
export class Detachments {
  constructor(private readonly iam: RolePolicies, private readonly tags: DetachedTags, private readonly clock: Clock) {}

  in(role: Role): Detachment[] {
    return this.tags.in(role.tags);
  }

  async detach(roleArn: string, policyArn: string): Promise<Detachment> {
    const at = this.clock.now();
    const { key: tagKey, value } = this.tags.tagFor(policyArn, at);
    await this.iam.tag(roleArn, tagKey, value);
    await this.iam.detach(roleArn, policyArn);
    log('detached a policy from a node role', { roleArn, policyArn, tagKey });
    return { tagKey, policyArn, at };
  }

  /**
   * One that fails does not keep the others from theirs.
   *
   * @param since leaves out what was detached before that
   */
  async putBack(roleArns: readonly string[], since: Timestamp = 0): Promise<PutBack> {
    const done: string[] = [];
    const failures: string[] = [];
    const attempt = async (work: () => Promise<unknown>) => {
      try {
        await work();
      } catch (error) {
        failures.push((error as Error).message);
      }
    };
    for (const roleArn of roleArns) {
      await attempt(async () => {
        const role = await this.iam.find(roleArn);
        const detached = role ? this.in(role).filter(({ at }) => at >= since) : [];
        for (const detachment of detached) {
          await attempt(async () => {
            await this.attach(roleArn, detachment);
            done.push(`${nameOf(detachment.policyArn)} to ${nameOf(roleArn)}`);
          });
        }
      });
    }
    return { done, failures };
  }

  private async attach(roleArn: string, { policyArn, tagKey }: Detachment): Promise<void> {
    const isThere = await this.iam.attach(roleArn, policyArn);
    await this.iam.untag(roleArn, tagKey);
    log(isThere ? 'attached a policy to a node role again' : 'forgot a policy that is gone, or was detached from a role that is', { roleArn, policyArn });
  }
}
