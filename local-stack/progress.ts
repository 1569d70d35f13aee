/** Lines with the time since the start: they read the same on a terminal and in a log. */
export class Progress {
  private readonly startedAt = Date.now();

  constructor(title: string) {
    process.stdout.write(`${title}\n`);
  }

  step(message: string): void {
    const seconds = (Date.now() - this.startedAt) / 1000;
    process.stdout.write(`${seconds.toFixed(1).padStart(7)} s  ${message}\n`);
  }

  /** Repeats what is going on until it is over, so that a long step never looks like a stuck one. */
  async during<T>(message: string, work: Promise<T>, everySeconds = 30): Promise<T> {
    this.step(message);
    const timer = setInterval(() => this.step(`… ${message}`), everySeconds * 1000);
    try {
      return await work;
    } finally {
      clearInterval(timer);
    }
  }
}
