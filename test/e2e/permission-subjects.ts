import type { FaultCluster } from './fault-cluster';
import { FaultTemplate, type FaultTemplateProps } from './fault-template';
import type { Grants, Permission } from './grants';
import { IDENTITY_ROLE, IdentityPlay, type IdentitySetting } from './identity-play';
import { NODE_ROLE_ACCESS, NodeRolePlay, nodeRoleTemplate } from './node-role-play';
import { PermissionPlay, type Refusal } from './permission-play';
import { AWS_NODE_SETTINGS } from './permission-settings';
import { IpFamily } from '../../lib';
import type { LocalStack } from '../../local-stack/local-stack';

/** Functions of one role, what they may do, and where all of that is needed. */
export interface PermissionSubject {
  readonly who: string;
  readonly grants: Grants;
  /** About how long it takes to see that an action is missed. */
  readonly seconds: number;
  /** In the order in which they are tried, until something fails. */
  readonly settings: readonly {
    readonly name: string;
    readonly play: (permission: Permission, cluster: FaultCluster, stack: LocalStack) => Promise<Refusal | undefined>;
  }[];
}

const AUDIENCE = 'sts.amazonaws.com';
const OTHER = 'somebody-else';

const PROVIDER = 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/…';

const templateOf = (props: Pick<FaultTemplateProps, 'providerArn' | 'ipFamily'>) =>
  new FaultTemplate({ account: '111122223333', region: 'us-east-1', clusterName: 'my-cluster', roleName: 'my-role', timeoutSeconds: 60, ...props });

const ofIdentity = (who: string, isGiven: boolean, settings: readonly IdentitySetting[]): PermissionSubject => ({
  who,
  grants: templateOf({ providerArn: isGiven ? PROVIDER : undefined }).grants(IDENTITY_ROLE),
  seconds: 5,
  settings: settings.map(setting => ({
    name: setting.name,
    play: async (permission, cluster, stack) => new IdentityPlay(permission, isGiven, setting, cluster, stack).run(),
  })),
});

const ofNodeRoles = (who: string, nodeRoleArn?: string): PermissionSubject => ({
  who,
  grants: nodeRoleTemplate('my-cluster', nodeRoleArn).grants(NODE_ROLE_ACCESS),
  // after a detachment, it waits for denials
  seconds: 60,
  settings: [{
    name: 'where a node role has the CNI policy and an inline policy',
    play: async (permission, cluster, stack) => new NodeRolePlay(permission, nodeRoleArn !== undefined, cluster, stack).run(),
  }],
});

export const PERMISSION_SUBJECTS: readonly PermissionSubject[] = [
  {
    who: 'AwsNodeGuard and AwsNodeRollout',
    grants: templateOf({ providerArn: PROVIDER, ipFamily: IpFamily.IP_V4 }).grants('AwsNodeAccess'),
    seconds: 30,
    settings: AWS_NODE_SETTINGS.map(setting => ({
      name: setting.name,
      play: async (permission, cluster, stack) => new PermissionPlay(permission, setting, cluster, stack).run(),
    })),
  },
  ofIdentity('ClusterIdentity', false, [
    { name: 'where the account has no OIDC provider' },
    { name: 'where the OIDC provider lacks the client id', before: [OTHER], after: [OTHER, AUDIENCE] },
  ]),
  ofIdentity('ClusterIdentity with openIdConnectProvider', true, [
    { name: 'where the OIDC provider lacks the client id', before: [OTHER], after: [OTHER, AUDIENCE] },
    { name: 'where the same stack has made the OIDC provider before it was given', before: [AUDIENCE], isOurs: true },
  ]),
  ofNodeRoles('NodeRolePolicies of NodeRoles.of()', 'arn:aws:iam::111122223333:role/my-node-role'),
  ofNodeRoles('NodeRolePolicies of NodeRoles.managedNodegroups()'),
];

export function nameOf({ who }: PermissionSubject, { action, on }: Permission): string {
  return `${who}: ${action} on ${on}`;
}
