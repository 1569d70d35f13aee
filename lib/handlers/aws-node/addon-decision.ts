import type { AddonState, AddonUpdate } from './addon';
import { failedMessage, lateMessage, stuckMessage } from './addon-messages';
import type { Timestamp } from './kubernetes';

/** Whose role the add-on is to have, where it has one of its own. */
export type AddonGoal =
  | { readonly kind: 'ours'; readonly roleArn: string; readonly formerRoleArn?: string }
  | { readonly kind: 'earlier'; /** Ours. */ readonly roleArn: string };

export interface AddonInput {
  readonly clusterName: string;
  readonly addon: AddonState | undefined;
  /** The one that is followed: our own, or that of somebody else before it. */
  readonly update: AddonUpdate | undefined;
  readonly goal: AddonGoal;
  readonly startedAt: Timestamp;
  readonly deadline: Timestamp;
  readonly now: Timestamp;
}

export type AddonStep =
  | { readonly action: 'remember'; readonly roleArn: string }
  | { readonly action: 'update'; readonly roleArn: string | undefined }
  | { readonly action: 'forget' }
  | { readonly action: 'wait' }
  | { readonly action: 'done' }
  | { readonly action: 'fail'; readonly message: string };

const FAILED = ['Failed', 'Cancelled'];
const UNDER_WAY = ['CREATING', 'UPDATING', 'DELETING'];
/** States in which EKS refuses an update, and which do not pass by themselves. */
export const STUCK = ['CREATE_FAILED', 'DELETE_FAILED'];

/** The next step from what is seen now, and from nothing else: it can be killed anywhere and run again. */
export function decideAddon(input: AddonInput): AddonStep {
  const { addon, update, goal } = input;
  if (!addon || (addon.roleArn !== goal.roleArn && isNoneOfOurs(addon, goal))) {
    return { action: 'done' };
  }
  const roleArn = goal.kind === 'ours' ? goal.roleArn : addon.earlierRoleArn;
  if (update && update.roleArn === roleArn && FAILED.includes(update.status)) {
    return { action: 'fail', message: failedMessage(input, update) };
  }
  if (update?.status === 'InProgress' || UNDER_WAY.includes(addon.status)) {
    return input.now < input.deadline ? { action: 'wait' } : { action: 'fail', message: lateMessage(input, addon) };
  }
  const isOurs = addon.roleArn === goal.roleArn;
  if (isOurs === (goal.kind === 'ours')) {
    return { action: isOurs ? 'done' : 'forget' };
  }
  if (STUCK.includes(addon.status)) {
    return { action: 'fail', message: stuckMessage(input, addon) };
  }
  return goal.kind === 'ours' && addon.earlierRoleArn === undefined && addon.roleArn !== goal.formerRoleArn
    ? { action: 'remember', roleArn: addon.roleArn! }
    : { action: 'update', roleArn };
}

/** Nothing that EKS owns, nothing that we have left. */
function isNoneOfOurs(addon: AddonState, { kind }: AddonGoal): boolean {
  return kind === 'ours' ? addon.roleArn === undefined : addon.earlierRoleArn === undefined;
}
