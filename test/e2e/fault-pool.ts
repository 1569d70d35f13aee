import { FaultCluster } from './fault-cluster';
import type { LocalStack } from '../../local-stack/local-stack';

export interface PoolJob {
  readonly name: string;
  /** About how long it takes: long ones start first. */
  readonly seconds: number;
  /** Leaves the cluster as it was. */
  readonly run: (cluster: FaultCluster, stack: LocalStack) => Promise<void>;
}

/** Does jobs side by side, one at a time on each cluster: most of what they do is waiting. */
export class FaultPool {
  private readonly outcomes = new Map<string, Promise<Error | undefined>>();
  private readonly waiting: { readonly job: PoolJob; readonly tell: (error?: Error) => void }[];

  constructor(private readonly stack: LocalStack, clusters: readonly string[], jobs: readonly PoolJob[]) {
    this.waiting = [...jobs].sort((a, b) => b.seconds - a.seconds).map(job => {
      let tell: (error?: Error) => void;
      this.outcomes.set(job.name, new Promise(resolve => tell = resolve));
      return { job, tell: tell! };
    });
    clusters.forEach(name => void this.work(name));
  }

  /** @throws what went wrong in it */
  async end(name: string): Promise<void> {
    const error = await this.outcomes.get(name);
    if (error) {
      throw error;
    }
  }

  private async work(name: string): Promise<void> {
    const cluster = await FaultCluster.of(this.stack, name);
    for (let next = this.waiting.shift(); next; next = this.waiting.shift()) {
      const { job, tell } = next;
      const startedAt = Date.now();
      const error = await job.run(cluster, this.stack).then(() => undefined, (failed: Error) => failed);
      const seconds = ((Date.now() - startedAt) / 1000).toFixed(0);
      this.stack.progress.step(`${error ? '✗' : '✓'} ${job.name} (${seconds} s on ${name})${error ? `: ${error.message}` : ''}`);
      tell(error);
    }
    await cluster.proxy.close();
  }
}
