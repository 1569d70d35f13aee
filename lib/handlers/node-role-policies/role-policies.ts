import type { Statement } from '../shared/policy-document';

export interface Role {
  readonly arn: string;
  readonly tags: Readonly<Record<string, string>>;
}

export interface Policy {
  readonly name: string;
  /** An inline policy has none. */
  readonly arn?: string;
  readonly statements: readonly Statement[];
}

/** The roles of the account, and what is attached to them. */
export interface RolePolicies {
  /** @returns undefined when there is no such role */
  find(roleArn: string): Promise<Role | undefined>;
  /** @returns ARNs of the roles that EC2 instances can have */
  rolesOfInstances(): Promise<string[]>;
  policiesOf(roleArn: string): Promise<Policy[]>;
  /** A policy that is attached already is no error. @returns false when the policy or the role is gone */
  attach(roleArn: string, policyArn: string): Promise<boolean>;
  /** A policy that is not attached is no error. */
  detach(roleArn: string, policyArn: string): Promise<void>;
  tag(roleArn: string, key: string, value: string): Promise<void>;
  /** A role that is gone is no error. */
  untag(roleArn: string, key: string): Promise<void>;
}

/** Of a role or policy, without its path. */
export const nameOf = (arn: string) => arn.split('/').at(-1)!;
