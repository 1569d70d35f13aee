const LOOKS = 6;
const MILLISECONDS_BETWEEN_LOOKS = 3_000;

/** IAM may show for some seconds what was before: a role or provider of the same stack that was deleted or created a moment ago. */
export async function eventually<T>(
  look: () => Promise<T>, isSettled: (seen: T) => boolean, sleep: (milliseconds: number) => Promise<void>,
): Promise<T> {
  for (let looks = 1; ; looks++) {
    const seen = await look();
    if (isSettled(seen) || looks === LOOKS) {
      return seen;
    }
    await sleep(MILLISECONDS_BETWEEN_LOOKS);
  }
}
