import { type IAMClient, paginateListRoles } from '@aws-sdk/client-iam';
import { principals } from './policy-document';

/** @returns ARNs of the roles of the account whose trust policy lets such a principal in */
export async function rolesThatTrust(iam: IAMClient, kind: 'Federated' | 'Service', isMatch: (principal: string) => boolean): Promise<string[]> {
  const roles: string[] = [];
  for await (const page of paginateListRoles({ client: iam, pageSize: 1000 }, {})) {
    roles.push(...page.Roles!.filter(role => principals(role.AssumeRolePolicyDocument!, kind).some(isMatch)).map(role => role.Arn!));
  }
  return roles;
}
