import { IAMClient } from '@aws-sdk/client-iam';
import type { FaultCluster } from './fault-cluster';
import { createForeignRole } from './foreign-role';
import type { LocalAws } from '../../local-stack/aws/local-aws';
import { ManagedAddon } from '../../local-stack/aws/managed-addon';

/** How a cluster is before the construct comes. */
export interface PermissionSetting {
  readonly name: string;
  /** @returns the role that aws-node has, and how all is as before */
  readonly make: (cluster: FaultCluster, aws: LocalAws) => Promise<SettingMade>;
}

export interface SettingMade {
  readonly role?: string;
  readonly unmake: () => Promise<void>;
}

/** Longer than it takes from then to the rollout. */
const UPDATE_SECONDS = 60;

let foreignRoles = 0;

/** Each needs more than those before it. */
export const AWS_NODE_SETTINGS: readonly PermissionSetting[] = [
  { name: 'without an add-on', make: async () => ({ unmake: async () => {} }) },
  { name: 'where the vpc-cni add-on has a role of its own', make: addonWithRole },
  {
    name: 'where somebody is updating the vpc-cni add-on, which has a role of its own',
    make: async (cluster, aws) => {
      const { name } = cluster.kubernetes;
      const { role, unmake } = await addonWithRole(cluster, aws);
      await aws.updateCluster(name, { addonSeconds: UPDATE_SECONDS });
      const updated = new ManagedAddon(aws, name).update({ serviceAccountRoleArn: role, resolveConflicts: 'PRESERVE' });
      return {
        role,
        unmake: async () => {
          await updated;
          await aws.updateCluster(name, { addonSeconds: undefined });
          await unmake();
        },
      };
    },
  },
];

async function addonWithRole(cluster: FaultCluster, aws: LocalAws): Promise<SettingMade> {
  const role = await createForeignRole(new IAMClient(aws.clientConfig), `foreign-${++foreignRoles}`);
  const addon = new ManagedAddon(aws, cluster.kubernetes.name);
  await addon.install({ serviceAccountRoleArn: role });
  await cluster.renewPodsWith(role);
  return { role, unmake: async () => addon.remove() };
}
