import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../cache';

const run = promisify(execFile);

/** A Python installation with what a file of requirements pins, made once. */
export async function virtualEnvironment(name: string, requirements: string): Promise<string> {
  const { stdout: version } = await run('python3', ['--version']);
  return cached(name, [version, readFileSync(requirements)], async directory => {
    await run('python3', ['-m', 'venv', directory]);
    // Without dependencies of its own choice: what the file does not pin is not installed, and the check then says so.
    await run(join(directory, 'bin/python'), ['-m', 'pip', 'install', '--quiet', '--no-deps', '--requirement', requirements]);
    await run(join(directory, 'bin/python'), ['-m', 'pip', 'check']);
  });
}
