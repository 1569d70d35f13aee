import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Command } from './consumer';

/** What it prints; all of it is in the error if it fails. */
export async function run([file, ...args]: Command, cwd: string, env: NodeJS.ProcessEnv = {}): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(file, args, { cwd, env: { ...process.env, ...env }, maxBuffer: Infinity });
    return stdout.trim();
  } catch (error) {
    const { message, stdout } = error as Error & { stdout: string };
    throw new Error(`${[file, ...args].join(' ')} failed in ${cwd}\n${stdout}\n${message}`);
  }
}
