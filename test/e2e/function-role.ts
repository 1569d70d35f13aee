import { CreateRoleCommand, DeleteRoleCommand, DeleteRolePolicyCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import type { Statement } from './grants';
import type { LocalAws } from '../../local-stack/aws/local-aws';

const POLICY = 'policy';

/** A role as functions of ours have it, which the administrator of the account may assume. */
export class FunctionRole {
  private readonly iam: IAMClient;

  constructor(private readonly aws: LocalAws, private readonly name: string) {
    this.iam = new IAMClient(aws.clientConfig);
  }

  get arn(): string {
    return `arn:aws:iam::${this.aws.account}:role/${this.name}`;
  }

  async create(statements: readonly Statement[]): Promise<void> {
    const Principal = { Service: 'lambda.amazonaws.com', AWS: `arn:aws:iam::${this.aws.account}:root` };
    await this.iam.send(new CreateRoleCommand({ RoleName: this.name, AssumeRolePolicyDocument: documentOf([{ Effect: 'Allow', Action: 'sts:AssumeRole', Principal }]) }));
    await this.allow(statements);
  }

  /** These, and no others. */
  async allow(statements: readonly Statement[]): Promise<void> {
    await this.iam.send(new PutRolePolicyCommand({ RoleName: this.name, PolicyName: POLICY, PolicyDocument: documentOf(statements) }));
  }

  async delete(): Promise<void> {
    await this.iam.send(new DeleteRolePolicyCommand({ RoleName: this.name, PolicyName: POLICY }));
    await this.iam.send(new DeleteRoleCommand({ RoleName: this.name }));
  }
}

function documentOf(Statement: readonly object[]): string {
  return JSON.stringify({ Version: '2012-10-17', Statement });
}
