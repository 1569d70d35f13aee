import { type IAMClient, NoSuchEntityException, SimulatePrincipalPolicyCommand, type SimulatePrincipalPolicyCommandInput } from '@aws-sdk/client-iam';
import { log } from '../shared/log';

export interface RolePermissions {
  /** @returns false too where it cannot be told, which is logged */
  lacks(roleArn: string, action: string, resourceArn: string): Promise<boolean>;
  isGone(roleArn: string): Promise<boolean>;
}

/** All policies of a role in one call: managed, customer managed and inline ones, and its permissions boundary. */
export class IamRolePermissions implements RolePermissions {
  constructor(private readonly iam: IAMClient) {}

  async lacks(roleArn: string, action: string, resourceArn: string): Promise<boolean> {
    const result = await this.simulate(roleArn, {
      ActionNames: [action],
      ResourceArns: [resourceArn],
      ContextEntries: [{ ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: [resourceArn.split(':')[3]] }],
    });
    if (result?.EvalDecision === 'allowed') {
      return false;
    }
    // The simulator takes conditions of service control policies for met, and these bound our own role just as well, which works.
    const isTold = result !== undefined && result.OrganizationsDecisionDetail?.AllowedByOrganizations !== false;
    if (!isTold) {
      log('left out a node role: it is gone, or a service control policy hides what its own policies allow', { roleArn, action });
    }
    return isTold;
  }

  /** By the simulator, too: it is asked anyway, and takes no further permission. */
  async isGone(roleArn: string): Promise<boolean> {
    return await this.simulate(roleArn, { ActionNames: ['sts:GetCallerIdentity'] }) === undefined;
  }

  private async simulate(roleArn: string, input: Omit<SimulatePrincipalPolicyCommandInput, 'PolicySourceArn'>) {
    try {
      const { EvaluationResults } = await this.iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: roleArn, ...input }));
      return EvaluationResults![0];
    } catch (error) {
      if (error instanceof NoSuchEntityException) {
        return undefined;
      }
      throw new Error(`iam:SimulatePrincipalPolicy failed on ${roleArn}: ${error}`, { cause: error });
    }
  }
}
