import type { Clock } from '../../../lib/handlers/shared/clock';

/** Time passes only while somebody sleeps. */
export class FakeClock implements Clock {
  private readonly listeners: { everyMs: number; call: () => void }[] = [];

  constructor(private time: number) {}

  now(): number {
    return this.time;
  }

  async sleep(milliseconds: number): Promise<void> {
    this.advance(milliseconds);
  }

  advance(milliseconds: number): void {
    const end = this.time + milliseconds;
    const everyMs = Math.min(...this.listeners.map(listener => listener.everyMs));
    while (this.time < end) {
      this.time = Math.min(end, this.time + everyMs);
      this.listeners.forEach(listener => listener.call());
    }
  }

  onAdvance(everyMs: number, call: () => void): void {
    this.listeners.push({ everyMs, call });
  }
}
