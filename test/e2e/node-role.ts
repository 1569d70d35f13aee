import {
  AttachRolePolicyCommand, CreatePolicyCommand, CreateRoleCommand, DeletePolicyCommand, DeleteRoleCommand, DeleteRolePolicyCommand,
  DetachRolePolicyCommand, GetRoleCommand, type IAMClient, ListAttachedRolePoliciesCommand, ListRolePoliciesCommand, PutRolePolicyCommand,
} from '@aws-sdk/client-iam';

const ACCOUNT = 'arn:aws:iam::111122223333';

/** What anybody can see of a role. */
export interface NodeRoleState {
  readonly attached: readonly string[];
  readonly inline: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** A role of nodes, as the test makes it and looks at it: never by our own code. */
export class NodeRole {
  readonly arn: string;

  constructor(private readonly iam: IAMClient, readonly name: string) {
    this.arn = `${ACCOUNT}:role/${name}`;
  }

  async create(...policyArns: readonly string[]): Promise<this> {
    await this.iam.send(new CreateRoleCommand({
      RoleName: this.name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17', Statement: [{ Effect: 'Allow', Principal: { Service: 'ec2.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
    }));
    for (const PolicyArn of policyArns) {
      await this.iam.send(new AttachRolePolicyCommand({ RoleName: this.name, PolicyArn }));
    }
    return this;
  }

  async putInlinePolicy(PolicyName: string, ...actions: readonly string[]): Promise<void> {
    await this.iam.send(new PutRolePolicyCommand({ RoleName: this.name, PolicyName, PolicyDocument: allowing(actions) }));
  }

  async state(): Promise<NodeRoleState> {
    const RoleName = this.name;
    const { AttachedPolicies } = await this.iam.send(new ListAttachedRolePoliciesCommand({ RoleName }));
    const { PolicyNames } = await this.iam.send(new ListRolePoliciesCommand({ RoleName }));
    const { Role } = await this.iam.send(new GetRoleCommand({ RoleName }));
    return {
      attached: AttachedPolicies!.map(({ PolicyArn }) => PolicyArn!).sort(),
      inline: PolicyNames!,
      tags: Object.fromEntries((Role!.Tags ?? []).map(({ Key, Value }) => [Key, Value])),
    };
  }

  async delete(): Promise<void> {
    const { attached, inline } = await this.state();
    for (const PolicyArn of attached) await this.iam.send(new DetachRolePolicyCommand({ RoleName: this.name, PolicyArn }));
    for (const PolicyName of inline) await this.iam.send(new DeleteRolePolicyCommand({ RoleName: this.name, PolicyName }));
    await this.iam.send(new DeleteRoleCommand({ RoleName: this.name }));
  }
}

/** A policy of the account. */
export class CustomerPolicy {
  readonly arn: string;

  constructor(private readonly iam: IAMClient, readonly name: string) {
    this.arn = `${ACCOUNT}:policy/${name}`;
  }

  async create(...actions: readonly string[]): Promise<this> {
    await this.iam.send(new CreatePolicyCommand({ PolicyName: this.name, PolicyDocument: allowing(actions) }));
    return this;
  }

  async delete(): Promise<void> {
    await this.iam.send(new DeletePolicyCommand({ PolicyArn: this.arn }));
  }
}

function allowing(actions: readonly string[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: actions.length === 1 ? actions[0] : actions, Resource: '*' }] });
}
