import type { RolloutResult } from './results';

/** What no figure can make good. */
export function faults({ nodes, pods, maxUnavailable, kubectl, handler, nothingToDo }: RolloutResult): string[] {
  return [
    ...[...kubectl, ...handler].filter(({ verified }) => verified !== nodes)
      .map(({ verified }) => `${verified} of ${nodes} pods have the role in every container`),
    ...handler.filter(({ mostUnavailable }) => mostUnavailable > maxUnavailable)
      .map(({ mostUnavailable }) => `${mostUnavailable} nodes unavailable at once, of at most ${maxUnavailable}`),
    ...nothingToDo.restarted > 0 ? [`nothing was to do, and ${nothingToDo.restarted} pods were restarted`] : [],
  ].map(fault => `${nodes} nodes, ${pods}: ${fault}`);
}
