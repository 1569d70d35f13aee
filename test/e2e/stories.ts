import type { Progress } from '../../local-stack/progress';

/** By its name. */
export type Steps = Readonly<Record<string, () => Promise<void>>>;

const WITHIN_MS = 20 * 60_000;

/** Chains of tests that are run side by side, each on a cluster of its own: most of a deployment is waiting. */
export class Stories {
  private readonly waiting: ((progress: Progress) => void)[] = [];

  tell(title: string, steps: Steps): void {
    const begun = new Promise<Progress>(resolve => this.waiting.push(resolve));
    let before: Promise<unknown> = begun;
    describe(title, () => {
      for (const [step, run] of Object.entries(steps)) {
        const told = before.then(run);
        const report = async (how: string) => (await begun).step(`${title}: ${step}: ${how}`);
        before = told.then(async () => report('done'), async error => report(`FAILED, ${error}`));
        test(step, async () => told, WITHIN_MS);
      }
    });
  }

  /** To be called when all that they need is there. */
  begin(progress: Progress): void {
    this.waiting.forEach(begin => begin(progress));
  }
}
