import type { Policy, Role, RolePolicies } from '../../../lib/handlers/node-role-policies/role-policies';

export type Moment = 'before' | 'after';

interface FakeRole {
  tags: Record<string, string>;
  /** ARNs. */
  attached: string[];
  inline: Policy[];
  forInstances: boolean;
}

/** An account in memory. Its calls can be made to fail, one by one or all from one on, as for a process that was killed. */
export class FakeRolePolicies implements RolePolicies {
  readonly roles = new Map<string, FakeRole>();
  /** By ARN. */
  readonly policies = new Map<string, Policy>();
  readonly calls: string[] = [];
  private diesAt?: { readonly position: number; readonly moment: Moment };
  private readonly refused = new Set<string>();

  addPolicy(policy: Policy & { readonly arn: string }): string {
    this.policies.set(policy.arn, policy);
    return policy.arn;
  }

  addRole(arn: string, { attached = [], inline = [], forInstances = true, tags = {} }: Partial<FakeRole> = {}): string {
    this.roles.set(arn, { attached: [...attached], inline, forInstances, tags: { ...tags } });
    return arn;
  }

  /** What a call says of itself, up to the end or before. */
  refuse(call: string): void {
    this.refused.add(call);
  }

  allowAll(): void {
    this.refused.clear();
  }

  dieAt(position: number, moment: Moment): void {
    this.diesAt = { position, moment };
  }

  revive(): void {
    this.diesAt = undefined;
  }

  /** All that can be seen of the roles from outside. */
  state(): Record<string, { attached: string[]; tags: Record<string, string> }> {
    return Object.fromEntries([...this.roles].map(([arn, { attached, tags }]) => [arn, { attached: [...attached].sort(), tags: { ...tags } }]));
  }

  async find(roleArn: string): Promise<Role | undefined> {
    return this.call(`find ${roleArn}`, () => {
      const role = this.roles.get(roleArn);
      return role && { arn: roleArn, tags: { ...role.tags } };
    });
  }

  async rolesOfInstances(): Promise<string[]> {
    return this.call('rolesOfInstances', () => [...this.roles].filter(([, { forInstances }]) => forInstances).map(([arn]) => arn));
  }

  async policiesOf(roleArn: string): Promise<Policy[]> {
    return this.call(`policiesOf ${roleArn}`, () => {
      const { attached, inline } = this.roles.get(roleArn)!;
      return [...attached.map(arn => this.policies.get(arn)!), ...inline];
    });
  }

  async attach(roleArn: string, policyArn: string): Promise<boolean> {
    return this.call(`attach ${policyArn} to ${roleArn}`, () => {
      const role = this.roles.get(roleArn);
      if (!role || !this.policies.has(policyArn)) {
        return false;
      }
      role.attached = [...new Set([...role.attached, policyArn])];
      return true;
    });
  }

  async detach(roleArn: string, policyArn: string): Promise<void> {
    this.call(`detach ${policyArn} from ${roleArn}`, () => {
      const role = this.roles.get(roleArn);
      if (role) {
        role.attached = role.attached.filter(arn => arn !== policyArn);
      }
    });
  }

  async tag(roleArn: string, key: string, value: string): Promise<void> {
    this.call(`tag ${roleArn} with ${key}=${value}`, () => {
      const role = this.roles.get(roleArn);
      if (!role) {
        throw new Error(`no role ${roleArn}`);
      }
      role.tags[key] = value;
    });
  }

  async untag(roleArn: string, key: string): Promise<void> {
    this.call(`untag ${roleArn} of ${key}`, () => {
      delete this.roles.get(roleArn)?.tags[key];
    });
  }

  private call<T>(name: string, effect: () => T): T {
    const position = this.calls.push(name);
    if ([...this.refused].some(refused => name.startsWith(refused))) {
      throw new Error(`refused: ${name}`);
    }
    this.dieIfDue(position, 'before');
    const result = effect();
    this.dieIfDue(position, 'after');
    return result;
  }

  private dieIfDue(position: number, moment: Moment): void {
    const { diesAt } = this;
    if (diesAt && ((position === diesAt.position && moment === diesAt.moment) || position > diesAt.position)) {
      throw new Error('killed');
    }
  }
}
