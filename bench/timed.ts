import { cpus } from 'node:os';

export interface Time {
  readonly seconds: number;
  /** The share of the machine's CPU time that anything used meanwhile. */
  readonly busy: number;
}

export async function timed(work: () => Promise<void>): Promise<Time> {
  const cpuBefore = cpuMs();
  const startedAt = performance.now();
  await work();
  const seconds = (performance.now() - startedAt) / 1000;
  const cpu = cpuMs();
  return { seconds, busy: 1 - (cpu.idle - cpuBefore.idle) / (cpu.all - cpuBefore.all) };
}

function cpuMs(): { idle: number; all: number } {
  const times = cpus().map(cpu => cpu.times);
  return {
    idle: times.reduce((sum, { idle }) => sum + idle, 0),
    all: times.flatMap(Object.values<number>).reduce((sum, ms) => sum + ms, 0),
  };
}
