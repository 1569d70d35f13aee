import type { Clock } from './clock';
import type { Kubernetes, Pod, Timestamp } from './kubernetes';
import { decide } from './rollout-decision';
import { DEADLINE_SHARE, INVOCATION_MS, PARALLEL_DELETIONS, POLL_MS } from './rollout-limits';
import { progressOf } from './rollout-messages';
import type { Desired, RolloutInput } from './rollout-state';
import { observe } from './rollout-state';
import { log } from '../shared/log';

export interface Rollout {
  readonly clusterName: string;
  readonly desired: Desired;
  readonly startedAt: Timestamp;
  readonly timeoutSeconds: number;
}

/** Looks, decides, acts, until the rollout is done or the next invocation has to take over. */
export class RolloutLoop {
  constructor(private readonly kubernetes: Kubernetes, private readonly clock: Clock) {}

  /** @returns the summary, or undefined when there is more to do */
  async run(rollout: Rollout): Promise<string | undefined> {
    const handOverAt = this.clock.now() + INVOCATION_MS;
    do {
      const stepStartedAt = this.clock.now();
      const summary = await this.step(rollout);
      if (summary !== undefined) {
        return summary;
      }
      // as long a pause as the step took: listing thousands of pods is work for the API server
      await this.clock.sleep(Math.max(POLL_MS, this.clock.now() - stepStartedAt));
    } while (this.clock.now() < handOverAt);
    return undefined;
  }

  private async step(rollout: Rollout): Promise<string | undefined> {
    const input = await this.look(rollout);
    const decision = decide(input);
    const progress = input.daemonSet && progressOf(input, observe(input, input.daemonSet));
    switch (decision.action) {
      case 'done':
        log('rollout done', { ...progress, summary: decision.summary });
        return decision.summary;
      case 'fail':
        log('rollout failed', { ...progress, reason: decision.message });
        throw new Error(decision.message);
      case 'wait':
        log('rollout waits', { ...progress, waitingFor: decision.why });
        return undefined;
      case 'delete':
        log('rollout restarts pods', { ...progress, why: decision.why, pods: decision.pods.map(({ name, node }) => `${name} on ${node}`) });
        await this.delete(decision.pods);
        return undefined;
    }
  }

  private async look({ clusterName, desired, startedAt, timeoutSeconds }: Rollout): Promise<RolloutInput> {
    const [daemonSet, serviceAccount] = await Promise.all([this.kubernetes.getDaemonSet(), this.kubernetes.getServiceAccount()]);
    const pods = daemonSet ? await this.kubernetes.listPods(daemonSet) : [];
    const deadline = startedAt + DEADLINE_SHARE * timeoutSeconds * 1000;
    return { clusterName, daemonSet, serviceAccount, pods, desired, startedAt, deadline, now: this.clock.now() };
  }

  private async delete(pods: readonly Pod[]): Promise<void> {
    for (let from = 0; from < pods.length; from += PARALLEL_DELETIONS) {
      await Promise.all(pods.slice(from, from + PARALLEL_DELETIONS).map(async pod => this.kubernetes.deletePod(pod)));
    }
  }
}
