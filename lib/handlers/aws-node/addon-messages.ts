import type { AddonError, AddonState, AddonUpdate } from './addon';
import type { AddonInput } from './addon-decision';
import { ADDON_NAME } from '../../private/vpc-cni-addon';

export function failedMessage({ clusterName, goal }: AddonInput, { id, status, roleArn, errors }: AddonUpdate): string {
  return `update ${id} of add-on ${ADDON_NAME} of cluster ${clusterName} to ${roleArn ?? 'no role'} ended ${status}: `
    + `${errors.map(described).join('; ') || 'EKS gives no reason'}. Remove the cause (for a ConfigurationConflict: set the fields that it names back, `
    + `or put them into the configuration values of the add-on), then ${again(goal)}; to see it once more, run: `
    + `aws eks describe-update --name ${clusterName} --addon-name ${ADDON_NAME} --update-id ${id}`;
}

export function lateMessage({ clusterName, goal, startedAt, now }: AddonInput, { status }: AddonState): string {
  return `add-on ${ADDON_NAME} of cluster ${clusterName} is still ${status} after ${Math.round((now - startedAt) / 1000)} s, and EKS does one update at a time: `
    + `wait until it is ACTIVE, or raise \`rolloutTimeout\`, then ${again(goal)}`;
}

export function stuckMessage({ clusterName, goal }: AddonInput, { status, roleArn }: AddonState): string {
  return `add-on ${ADDON_NAME} of cluster ${clusterName} has become ${status}, in which EKS does not change its role ${roleArn}: ${repairOf(clusterName)}, then ${again(goal)}`;
}

/** What to do about an add-on that failed to be created or deleted. */
export function repairOf(clusterName: string): string {
  const addon = `--cluster-name ${clusterName} --addon-name ${ADDON_NAME}`;
  return `find out why (aws eks describe-addon ${addon} --query addon.health), delete it and keep the plugin (aws eks delete-addon ${addon} --preserve), `
    + `install it again (aws eks create-addon ${addon} --resolve-conflicts OVERWRITE)`;
}

function described({ code, message, resourceIds }: AddonError): string {
  return `${code}: ${message.replace(/\s+/g, ' ')}${resourceIds.length > 0 ? ` (${resourceIds.join(', ')})` : ''}`;
}

function again({ kind }: AddonInput['goal']): string {
  return kind === 'ours' ? 'deploy again' : 'delete again';
}
