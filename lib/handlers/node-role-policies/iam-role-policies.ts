import {
  AttachRolePolicyCommand, DetachRolePolicyCommand, GetPolicyCommand, GetPolicyVersionCommand, GetRoleCommand, GetRolePolicyCommand, type IAMClient,
  NoSuchEntityException, TagRoleCommand, UntagRoleCommand, paginateListAttachedRolePolicies, paginateListRolePolicies,
} from '@aws-sdk/client-iam';
import { type Policy, type Role, type RolePolicies, nameOf } from './role-policies';
import { statementsOf } from '../shared/policy-document';
import { rolesThatTrust } from '../shared/roles-that-trust';

export class IamRolePolicies implements RolePolicies {
  constructor(private readonly iam: IAMClient) {}

  async find(roleArn: string): Promise<Role | undefined> {
    const found = await orNothing('iam:GetRole', roleArn, this.iam.send(new GetRoleCommand({ RoleName: nameOf(roleArn) })));
    // one of this name in another account or below another path is another role
    return found?.Role?.Arn === roleArn
      ? { arn: roleArn, tags: Object.fromEntries((found.Role.Tags ?? []).map(({ Key, Value }) => [Key, Value])) }
      : undefined;
  }

  async rolesOfInstances(): Promise<string[]> {
    try {
      // EC2 has a name of its own in some partitions
      return await rolesThatTrust(this.iam, 'Service', principal => principal.startsWith('ec2.'));
    } catch (error) {
      throw new Error(`the roles of the account, of which some may be node roles with policies detached, cannot be listed: ${error}`, { cause: error });
    }
  }

  async policiesOf(roleArn: string): Promise<Policy[]> {
    const policies: Policy[] = [];
    for (const arn of await this.attachedTo(roleArn)) {
      const document = await this.documentOf(roleArn, arn);
      if (document !== undefined) {
        policies.push({ name: nameOf(arn), arn, statements: statementsOf(document) });
      }
    }
    for (const name of await this.inlineIn(roleArn)) {
      const found = await orNothing(
        'iam:GetRolePolicy', roleArn, this.iam.send(new GetRolePolicyCommand({ RoleName: nameOf(roleArn), PolicyName: name })));
      if (found) {
        policies.push({ name, statements: statementsOf(found.PolicyDocument!) });
      }
    }
    return policies;
  }

  async attach(roleArn: string, policyArn: string): Promise<boolean> {
    const command = new AttachRolePolicyCommand({ RoleName: nameOf(roleArn), PolicyArn: policyArn });
    return await orNothing('iam:AttachRolePolicy', roleArn, this.iam.send(command), policyArn) !== undefined;
  }

  async detach(roleArn: string, policyArn: string): Promise<void> {
    const command = new DetachRolePolicyCommand({ RoleName: nameOf(roleArn), PolicyArn: policyArn });
    await orNothing('iam:DetachRolePolicy', roleArn, this.iam.send(command), policyArn);
  }

  async tag(roleArn: string, key: string, value: string): Promise<void> {
    try {
      await this.iam.send(new TagRoleCommand({ RoleName: nameOf(roleArn), Tags: [{ Key: key, Value: value }] }));
    } catch (error) {
      throw failedCall('iam:TagRole', roleArn, error);
    }
  }

  async untag(roleArn: string, key: string): Promise<void> {
    await orNothing('iam:UntagRole', roleArn, this.iam.send(new UntagRoleCommand({ RoleName: nameOf(roleArn), TagKeys: [key] })));
  }

  private async attachedTo(roleArn: string): Promise<string[]> {
    const arns: string[] = [];
    try {
      for await (const { AttachedPolicies } of paginateListAttachedRolePolicies({ client: this.iam }, { RoleName: nameOf(roleArn) })) {
        arns.push(...AttachedPolicies!.map(({ PolicyArn }) => PolicyArn!));
      }
    } catch (error) {
      throw failedCall('iam:ListAttachedRolePolicies', roleArn, error);
    }
    return arns;
  }

  private async inlineIn(roleArn: string): Promise<string[]> {
    const names: string[] = [];
    try {
      for await (const { PolicyNames } of paginateListRolePolicies({ client: this.iam }, { RoleName: nameOf(roleArn) })) {
        names.push(...PolicyNames!);
      }
    } catch (error) {
      throw failedCall('iam:ListRolePolicies', roleArn, error);
    }
    return names;
  }

  private async documentOf(roleArn: string, PolicyArn: string): Promise<string | undefined> {
    const found = await orNothing('iam:GetPolicy', roleArn, this.iam.send(new GetPolicyCommand({ PolicyArn })), PolicyArn);
    const VersionId = found?.Policy?.DefaultVersionId;
    const version = VersionId
      && await orNothing('iam:GetPolicyVersion', roleArn, this.iam.send(new GetPolicyVersionCommand({ PolicyArn, VersionId })), PolicyArn);
    return version ? version.PolicyVersion!.Document : undefined;
  }
}

/** What is asked about may go at any time. */
async function orNothing<T>(action: string, roleArn: string, answer: Promise<T>, policyArn?: string): Promise<T | undefined> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof NoSuchEntityException) {
      return undefined;
    }
    throw failedCall(action, roleArn, error, policyArn);
  }
}

function failedCall(action: string, roleArn: string, cause: unknown, policyArn?: string): Error {
  return new Error(`${action} failed on node role ${roleArn}${policyArn ? ` and policy ${policyArn}` : ''}: ${cause}`, { cause });
}
