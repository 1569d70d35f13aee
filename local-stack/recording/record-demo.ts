import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { type RecordedLine, fromText, toText } from './recording';
import { terminalSvg } from './terminal-svg';

export const TITLE = 'npm run demo';
const FOLDER = join(__dirname, '../../docs/recording');

/** Runs the demo, shows what it prints, and keeps it for the docs. */
async function record(): Promise<void> {
  const demo = spawn('npx', ['tsx', join(__dirname, '../demo.ts')], { stdio: ['ignore', 'pipe', 'inherit'] });
  const closed = once(demo, 'close') as Promise<[number | null]>;
  const startedAt = Date.now();
  const lines: RecordedLine[] = [];
  for await (const text of createInterface(demo.stdout)) {
    console.log(text);
    // Where the machine keeps its temporary files is nobody's business.
    lines.push({ seconds: (Date.now() - startedAt) / 1000, text: text.replaceAll(tmpdir(), '$TMPDIR') });
  }
  const [exitCode] = await closed;
  if (exitCode !== 0) {
    throw new Error(`the demo ended with ${exitCode}: nothing was recorded`);
  }
  mkdirSync(FOLDER, { recursive: true });
  const recorded = toText(lines);
  writeFileSync(join(FOLDER, 'demo.txt'), recorded);
  writeFileSync(join(FOLDER, 'demo.svg'), terminalSvg(TITLE, fromText(recorded)));
}

if (require.main === module) {
  record().catch((error: Error) => {
    console.error(error.message);
    process.exitCode = 1;
  });
}
