import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';

/** How many nodes are without an available pod of aws-node, by a watch of kubectl. */
export class UnavailableNodes {
  /** Looks on from when every node has its pod. */
  static async watch(kubectl: string, kubeconfig: string, nodes: number): Promise<UnavailableNodes> {
    const watch = new UnavailableNodes(kubectl, kubeconfig, nodes);
    await Promise.race([watch.complete, watch.ended]);
    return watch;
  }

  private most = 0;
  private readonly available = new Set<string>();
  private readonly process: ChildProcess;
  private readonly complete: Promise<void>;
  private readonly ended: Promise<never>;

  private constructor(kubectl: string, kubeconfig: string, private readonly nodes: number) {
    this.process = spawn(
      kubectl, ['--kubeconfig', kubeconfig, '-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=aws-node', '--watch', '--output-watch-events', '--no-headers'],
      { stdio: ['ignore', 'pipe', 'inherit'] });
    this.ended = once(this.process, 'exit').then(() => { throw new Error('the watch of kubectl has ended'); });
    this.ended.catch(() => {});
    this.complete = this.follow(this.process.stdout!);
  }

  /** @returns the most at once */
  async stop(): Promise<number> {
    const hasEnded = this.process.exitCode !== null;
    this.process.kill();
    await this.ended.catch(error => {
      if (hasEnded) {
        throw error;
      }
    });
    return this.most;
  }

  private follow(output: Readable): Promise<void> {
    return new Promise(resolve => {
      let isComplete = false;
      createInterface(output).on('line', line => {
        const [event, name, containers, status] = line.split(/\s+/);
        const [ready, all] = containers.split('/');
        if (event !== 'DELETED' && ready === all && status === 'Running') {
          this.available.add(name);
        } else {
          this.available.delete(name);
        }
        if (isComplete) {
          this.most = Math.max(this.most, this.nodes - this.available.size);
        } else if (this.available.size === this.nodes) {
          isComplete = true;
          resolve();
        }
      });
    });
  }
}
