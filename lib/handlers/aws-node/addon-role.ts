import type { Addon, AddonState } from './addon';
import { type AddonGoal, type AddonStep, decideAddon } from './addon-decision';
import type { Timestamp } from './kubernetes';
import { ADDON_INVOCATION_MS, ADDON_LOOK_MS, DEADLINE_SHARE, WAITS_IN_LOG_MS } from './rollout-limits';
import type { Clock } from '../shared/clock';
import { log } from '../shared/log';

export interface AddonRolePorts {
  readonly addon: Addon;
  readonly clock: Clock;
}

export interface AddonChange {
  readonly clusterName: string;
  readonly goal: AddonGoal;
  readonly startedAt: Timestamp;
  readonly timeoutSeconds: number;
}

type Action = Exclude<AddonStep, { readonly action: 'done' }>;

/** Looks, decides, acts, until the add-on has the role that it is to have or the next invocation has to take over. */
export class AddonRole {
  /** Id of the update that is waited for. */
  private followed?: string;
  private hasSearched = false;
  private lastLine: Timestamp = -Infinity;

  constructor(private readonly ports: AddonRolePorts, private readonly change: AddonChange) {}

  /** @returns whether it has the role, or needs none */
  async reach(): Promise<boolean> {
    const { addon, clock } = this.ports;
    const { clusterName, goal, startedAt, timeoutSeconds } = this.change;
    const deadline = startedAt + DEADLINE_SHARE * timeoutSeconds * 1000;
    const handOverAt = clock.now() + ADDON_INVOCATION_MS;
    do {
      const update = this.followed === undefined ? undefined : await addon.describeUpdate(clusterName, this.followed);
      const state = await addon.describe(clusterName);
      const step = decideAddon({ clusterName, addon: state, update, goal, startedAt, deadline, now: clock.now() });
      if (step.action === 'done') {
        return true;
      }
      await this.act(step, state!);
    } while (clock.now() < handOverAt);
    return false;
  }

  private async act(step: Action, state: AddonState): Promise<void> {
    const { addon, clock } = this.ports;
    const { clusterName } = this.change;
    switch (step.action) {
      case 'fail':
        throw new Error(step.message);
      case 'remember':
        await addon.rememberRole(clusterName, state, step.roleArn);
        log('remembered the role of the add-on as a tag on it', { addon: state.arn, earlierRole: step.roleArn });
        return;
      case 'forget':
        await addon.forgetRole(clusterName, state);
        log('the add-on has the role again that it had before', { addon: state.arn, roleArn: state.roleArn });
        return;
      case 'update':
        this.followed = await addon.update(clusterName, state, step.roleArn);
        log('the role of the add-on is updated', { addon: state.arn, from: state.roleArn, to: step.roleArn, updateId: this.followed });
        return clock.sleep(ADDON_LOOK_MS);
      case 'wait':
        await this.searchOnce();
        this.tell(state);
        return clock.sleep(ADDON_LOOK_MS);
    }
  }

  /** The list holds all updates that there ever were. */
  private async searchOnce(): Promise<void> {
    if (this.followed === undefined && !this.hasSearched) {
      this.hasSearched = true;
      this.followed = await this.ports.addon.findUpdate(this.change.clusterName);
    }
  }

  private tell({ arn, status }: AddonState): void {
    const now = this.ports.clock.now();
    if (now - this.lastLine >= WAITS_IN_LOG_MS) {
      this.lastLine = now;
      log('waits for the add-on', { addon: arn, status, updateId: this.followed, elapsedSeconds: Math.round((now - this.change.startedAt) / 1000) });
    }
  }
}
