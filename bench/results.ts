import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Time } from './timed';

/** How long a pod takes from its node to Ready. */
export type PodKind = 'instant' | '10s';

export interface Conditions {
  readonly date: string;
  readonly cores: number;
  readonly node: string;
  readonly kubernetes?: string;
}

export interface Turn extends Time {
  /** Nodes without an available pod at the worst moment. */
  readonly mostUnavailable: number;
  /** Pods that are Ready with the role in every container, as kubectl shows them afterwards. */
  readonly verified: number;
  /** Processes that wanted a core just before, by the load average of a minute. */
  readonly load: number;
}

export interface HandlerTurn extends Turn {
  readonly invocations: number;
  /** By verb, as the API server counted them. */
  readonly requests: Readonly<Record<string, number>>;
  readonly peakMemoryMb: number;
  readonly cpuSeconds: number;
}

export interface RolloutResult {
  readonly conditions: Conditions;
  readonly nodes: number;
  readonly pods: PodKind;
  readonly maxUnavailable: number;
  readonly kubectl: readonly Turn[];
  readonly handler: readonly HandlerTurn[];
  readonly nothingToDo: { readonly seconds: number; readonly restarted: number };
}

export interface ColdStartResult {
  readonly conditions: Conditions;
  readonly runs: number;
  readonly empty: Start;
  readonly bundles: readonly (Start & { readonly name: string; readonly bytes: number })[];
}

export interface Start {
  /** Of requiring the file. */
  readonly ms: number;
  /** Of the process up to then, which other processes on the machine do not lengthen. */
  readonly cpuMs: number;
}

export interface SynthResult {
  readonly conditions: Conditions;
  readonly runs: number;
  /** Beyond an app with only the cluster in it. */
  readonly construct: Added;
  readonly addServiceAccount: Added;
}

export interface Added {
  readonly ms: number;
  readonly templateBytes: number;
  readonly resources: number;
}

interface AllResults {
  readonly rollouts: readonly RolloutResult[];
  readonly coldStart?: ColdStartResult;
  readonly synth?: SynthResult;
}

const FILE = join(__dirname, 'results.json');

/** What has been measured, each part when it last was. */
export class Results {
  static read(): Results {
    return new Results(existsSync(FILE) ? JSON.parse(readFileSync(FILE, 'utf8')) : { rollouts: [] });
  }

  constructor(readonly all: AllResults) {}

  /** A rollout takes the place of the one of as many nodes and the same pods. */
  with(measured: Partial<AllResults>): Results {
    const { rollouts = [] } = measured;
    const isReplaced = (old: RolloutResult) => rollouts.some(({ nodes, pods }) => nodes === old.nodes && pods === old.pods);
    const kept = this.all.rollouts.filter(old => !isReplaced(old));
    return new Results({
      ...this.all,
      ...measured,
      rollouts: [...kept, ...rollouts].sort((a, b) => b.pods.localeCompare(a.pods) || a.nodes - b.nodes),
    });
  }

  write(): void {
    writeFileSync(FILE, `${JSON.stringify(this.all, undefined, 2)}\n`);
  }
}
