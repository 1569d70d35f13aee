import type { AwsNode, Kubernetes, Timestamp } from './kubernetes';
import type { Decision } from './rollout-decision';
import { AGAIN, decide } from './rollout-decision';
import { DEADLINE_SHARE, INVOCATION_MS, LOOK_MS, LOOK_SHARE, STEP_MS } from './rollout-limits';
import { RolloutLog } from './rollout-log';
import type { Desired, RolloutInput } from './rollout-state';
import type { Clock } from '../shared/clock';

export interface Rollout {
  readonly clusterName: string;
  readonly desired: Desired;
  readonly startedAt: Timestamp;
  readonly timeoutSeconds: number;
}

/** Looks, decides, acts, until the rollout is done or the next invocation has to take over. */
export class RolloutLoop {
  private readonly log: RolloutLog;
  private triedAgain = false;

  constructor(private readonly kubernetes: Kubernetes, private readonly clock: Clock) {
    this.log = new RolloutLog(clock);
  }

  /** @returns the summary, or undefined when there is more to do */
  async run(rollout: Rollout): Promise<string | undefined> {
    const handOverAt = this.clock.now() + INVOCATION_MS;
    const watch = this.kubernetes.watch();
    try {
      // lists everything: how long that takes says nothing of the looks that follow
      await watch.look();
      do {
        const lookedAt = this.clock.now();
        const decision = decide(this.inputOf(rollout, await watch.look()));
        const lookMs = this.clock.now() - lookedAt;
        const summary = await this.act(decision);
        if (summary !== undefined) {
          return summary;
        }
        // changes come in crowds: they are waited for together
        await this.clock.sleep(Math.min(Math.max(STEP_MS, lookMs / LOOK_SHARE), LOOK_MS));
        await watch.change(LOOK_MS);
      } while (this.clock.now() < handOverAt);
      return undefined;
    } finally {
      this.log.flush();
      watch.close();
    }
  }

  private async act(decision: Decision): Promise<string | undefined> {
    this.log.write(decision);
    switch (decision.action) {
      case 'done': return decision.summary;
      case 'fail': throw new Error(decision.message);
      case 'wait': return undefined;
      case 'delete':
        await Promise.all(decision.pods.map(async pod => this.kubernetes.deletePod(pod)));
        this.triedAgain = decision.why === AGAIN;
        return undefined;
    }
  }

  private inputOf({ clusterName, desired, startedAt, timeoutSeconds }: Rollout, awsNode: AwsNode): RolloutInput {
    const deadline = startedAt + DEADLINE_SHARE * timeoutSeconds * 1000;
    return { clusterName, ...awsNode, desired, startedAt, deadline, now: this.clock.now(), triedAgain: this.triedAgain };
  }
}
