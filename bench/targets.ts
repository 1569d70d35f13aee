import type { HandlerTurn, Results, RolloutResult, Turn } from './results';
import { median } from './statistics';
import { count } from '../lib/handlers/shared/words';

/** One line of the table: what is asked for, and what was measured. */
export interface Target {
  readonly what: string;
  readonly most: number;
  readonly unit: string;
  readonly measured: number;
}

export const isMet = ({ measured, most }: Target) => measured <= most;

/** Of kubectl and handler, for a median that says something. */
export const TURNS = 3;

const FLAT = 1.1;
const SIZES = { middle: 1000, large: 5000 };

export const secondsOf = (turns: readonly Turn[]) => median(turns.map(({ seconds }) => seconds));
export const ratioOf = ({ handler, kubectl }: RolloutResult) => secondsOf(handler) / secondsOf(kubectl);
export const memoryOf = ({ handler }: RolloutResult) => Math.max(...handler.map(({ peakMemoryMb }) => peakMemoryMb));
export const requestsOf = ({ requests }: HandlerTurn) => Object.values(requests).reduce((sum, made) => sum + made, 0);
export const requestsPerPod = ({ handler, nodes }: RolloutResult) => median(handler.map(requestsOf)) / nodes;

/** Waves of pods that take 10 s, one after the other and with nothing in between. */
export const idealSeconds = ({ nodes, maxUnavailable }: RolloutResult) => Math.ceil(nodes / maxUnavailable) * 10;

/** Those of which there are figures. */
export function targets({ all: { rollouts, coldStart } }: Results): Target[] {
  const memory = new Map(rollouts.filter(({ pods }) => pods === 'instant').map(result => [result.nodes, memoryOf(result)]));
  const [middle, large] = [memory.get(SIZES.middle), memory.get(SIZES.large)];
  return [
    ...rollouts.flatMap(rolloutTargets),
    ...middle && large ? [{ what: `memory at ${SIZES.large} nodes against ${SIZES.middle}`, most: FLAT, unit: '×', measured: large / middle }] : [],
    ...coldStart ? coldStart.bundles.map(({ name, ms }) => ({ what: `requiring the bundle ${name}, beyond an empty handler`, most: 250, unit: 'ms', measured: ms - coldStart.empty.ms })) : [],
    ...coldStart ? [{ what: 'the bundles together', most: 2, unit: 'MB', measured: coldStart.bundles.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6 }] : [],
  ];
}

function rolloutTargets(result: RolloutResult): Target[] {
  const of = `${result.nodes} nodes, pods Ready ${result.pods === 'instant' ? 'at once' : 'after 10 s'}`;
  const turns = result.handler.length;
  return [
    { what: `${of}: time against kubectl${turns < TURNS ? `, in ${count(turns, 'turn')} only` : ''}`, most: 1, unit: '×', measured: ratioOf(result) },
    ...result.pods === '10s' ? [{ what: `${of}: time against the ideal`, most: 1.15, unit: '×', measured: secondsOf(result.handler) / idealSeconds(result) }] : [],
    { what: `${of}: requests per pod`, most: 2, unit: '', measured: requestsPerPod(result) },
    { what: `${of}: resident memory`, most: 160, unit: 'MB', measured: memoryOf(result) },
    ...result.nodes === SIZES.middle ? [{ what: `${of}: nothing to do`, most: 5, unit: 's', measured: result.nothingToDo.seconds }] : [],
  ];
}
