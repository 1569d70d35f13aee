import { Stack } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

/** Any role of the account. */
export function anyRole(scope: IConstruct): string {
  return Stack.of(scope).formatArn({ service: 'iam', region: '', resource: 'role', resourceName: '*' });
}

/** Any managed node group of the cluster. */
export function nodegroupsOf(scope: IConstruct, clusterName: string): string {
  return Stack.of(scope).formatArn({ service: 'eks', resource: 'nodegroup', resourceName: `${clusterName}/*` });
}

/** A policy, or with `*` any, of the account or of AWS. */
export function policy(scope: IConstruct, owner: 'account' | 'aws', name: string): string {
  const account = owner === 'aws' ? { account: 'aws' } : {};
  return Stack.of(scope).formatArn({ service: 'iam', region: '', ...account, resource: 'policy', resourceName: name });
}
