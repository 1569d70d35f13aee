/** CloudFormation takes 4 KB for the whole response, and shows about a quarter of that. */
export const NAMED = 3;

export function some(all: readonly string[], separator = '; '): string {
  const more = all.length - NAMED;
  return all.slice(0, NAMED).join(separator) + (more > 0 ? `${separator}and ${more} more` : '');
}

export const count = (number: number, noun: string) => `${number} ${noun}${number === 1 ? '' : 's'}`;
