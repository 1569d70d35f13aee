import { availableParallelism } from 'node:os';
import type { Conditions } from './results';

export function conditions(more: Partial<Conditions> = {}): Conditions {
  return { date: new Date().toISOString().slice(0, 16), cores: availableParallelism(), node: process.version, ...more };
}
