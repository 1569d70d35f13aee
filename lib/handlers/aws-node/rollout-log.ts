import type { Timestamp } from './kubernetes';
import type { Decision } from './rollout-decision';
import { RESTARTS_IN_LOG_MS, WAITS_IN_LOG_MS } from './rollout-limits';
import type { Clock } from '../shared/clock';
import { log } from '../shared/log';
import { NAMED } from '../shared/words';

type Deletion = Extract<Decision, { action: 'delete' }>;

/** The rollout as progress, one line of JSON a step: steps that follow each other quickly share one, and a wait is not told every second. */
export class RolloutLog {
  private restarts: Deletion[] = [];
  private lastRestarts: Timestamp = -Infinity;
  private lastLine: Timestamp = -Infinity;

  constructor(private readonly clock: Clock) {}

  write(decision: Decision): void {
    const { progress } = decision;
    switch (decision.action) {
      case 'delete':
        this.restarts.push(decision);
        if (this.clock.now() - this.lastRestarts >= RESTARTS_IN_LOG_MS) {
          this.flush();
        }
        return;
      case 'wait':
        if (this.clock.now() - this.lastLine >= WAITS_IN_LOG_MS) {
          this.flush();
          this.line('rollout waits', { ...progress, waitingFor: decision.why });
        }
        return;
      case 'done':
        this.flush();
        return this.line('rollout done', { ...progress, summary: decision.summary });
      case 'fail':
        this.flush();
        return this.line('rollout failed', { ...progress, reason: decision.message });
    }
  }

  /** Restarts that are not told yet. */
  flush(): void {
    const last = this.restarts.at(-1);
    if (last) {
      const pods = this.restarts.flatMap(one => one.pods);
      const named = pods.slice(0, NAMED).map(({ name, node }) => `${name} on ${node}`);
      this.line('rollout restarts pods', {
        ...last.progress, why: last.why, count: pods.length, pods: pods.length > NAMED ? [...named, `and ${pods.length - NAMED} more`] : named,
      });
      this.restarts = [];
      this.lastRestarts = this.clock.now();
    }
  }

  private line(message: string, fields: Readonly<Record<string, unknown>>): void {
    log(message, fields);
    this.lastLine = this.clock.now();
  }
}
