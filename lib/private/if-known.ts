/**
 * What a cluster object may know: an imported one throws where it was not told, and there is no other way to ask it.
 *
 * @returns undefined when it does not know
 */
export function ifKnown<T>(ask: () => T): T | undefined {
  try {
    return ask();
  } catch {
    return undefined;
  }
}
