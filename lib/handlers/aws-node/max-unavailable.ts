import type { DaemonSet } from './kubernetes';

/** As many pods as the DaemonSet lets be unavailable at once; a percentage is rounded up, as its own controller does. */
export function maxUnavailable({ maxUnavailable: value = 1, desiredNumberScheduled }: DaemonSet): number {
  return typeof value === 'number' ? value : Math.ceil(desiredNumberScheduled * percentage(value) / 100);
}

/** Such a DaemonSet replaces pods only by starting the new one first, which deletion cannot do. */
export function allowsNoneUnavailable({ maxUnavailable: value = 1 }: DaemonSet): boolean {
  return typeof value === 'number' ? value === 0 : percentage(value) === 0;
}

function percentage(value: string): number {
  return parseInt(value, 10);
}
