import { type FaultRow, recordFault } from './fault';
import { FaultCluster } from './fault-cluster';
import { FaultPlay } from './fault-play';
import { type FaultScenario, nameOf } from './fault-scenario';
import type { LocalStack } from '../../local-stack/local-stack';

interface Outcome {
  readonly row?: FaultRow;
  readonly error?: Error;
}

/** Plays scenarios side by side, one at a time on each cluster: most of what they do is waiting. */
export class FaultPool {
  private readonly outcomes = new Map<string, Promise<Outcome>>();
  private readonly waiting: { readonly scenario: FaultScenario; readonly tell: (outcome: Outcome) => void }[];

  constructor(private readonly stack: LocalStack, clusters: readonly string[], scenarios: readonly FaultScenario[]) {
    this.waiting = [...scenarios].sort((a, b) => b.seconds - a.seconds).map(scenario => {
      let tell: (outcome: Outcome) => void;
      this.outcomes.set(nameOf(scenario), new Promise(resolve => tell = resolve));
      return { scenario, tell: tell! };
    });
    clusters.forEach(name => void this.work(name));
  }

  /** @throws what went wrong in the scenario */
  async outcomeOf(scenario: FaultScenario): Promise<FaultRow> {
    const { row, error } = (await this.outcomes.get(nameOf(scenario)))!;
    if (error) {
      throw error;
    }
    return row!;
  }

  private async work(name: string): Promise<void> {
    const cluster = await FaultCluster.of(this.stack, name);
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const { scenario, tell } = next;
      const startedAt = Date.now();
      let outcome: Outcome;
      try {
        outcome = { row: await new FaultPlay(scenario, cluster, this.stack.aws, this.stack.logDirectory).run() };
        recordFault(outcome.row!);
      } catch (error) {
        outcome = { error: error as Error };
      }
      const { error } = outcome;
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
      this.stack.progress.step(`${error ? '✗' : '✓'} ${nameOf(scenario)} (${seconds} s on ${name})${error ? `: ${error.message}` : ''}`);
      tell(outcome);
    }
    await cluster.proxy.close();
  }
}
