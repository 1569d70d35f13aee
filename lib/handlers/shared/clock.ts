import { setTimeout } from 'node:timers/promises';

/** Milliseconds since the epoch. */
export type Timestamp = number;

export interface Clock {
  now(): Timestamp;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async milliseconds => { await setTimeout(milliseconds); },
};
