/** What a program has printed, and when. */
export interface RecordedLine {
  readonly seconds: number;
  readonly text: string;
}

/** One line each, with the seconds since the start before it. */
export function toText(lines: readonly RecordedLine[]): string {
  return lines.map(({ seconds, text }) => `${seconds.toFixed(1)}\t${text}\n`).join('');
}

export function fromText(recorded: string): RecordedLine[] {
  return recorded.split('\n').filter(line => line.includes('\t')).map(line => {
    const [seconds, ...text] = line.split('\t');
    return { seconds: Number(seconds), text: text.join('\t') };
  });
}
