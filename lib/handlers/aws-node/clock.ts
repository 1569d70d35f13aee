import { setTimeout } from 'node:timers/promises';
import type { Timestamp } from './kubernetes';

export interface Clock {
  now(): Timestamp;
  sleep(milliseconds: number): Promise<void>;
}

export const systemClock: Clock = {
  now: () => Date.now(),
  sleep: async milliseconds => { await setTimeout(milliseconds); },
};
