import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);

// Of the user's settings, only those of the machine and its network apply.
const GO_ENVIRONMENT = { ...process.env, CGO_ENABLED: '0', GOFLAGS: '-mod=readonly', GOWORK: 'off' };

/** One of the pinned Go modules beside this file, as the Go proxy has it. */
export interface GoModule {
  readonly Version: string;
  /** Its sources. */
  readonly Dir: string;
  /** A file of JSON with the time of its release. */
  readonly Info: string;
}

/** Downloads what `go.mod` in `folder` asks for. */
export async function goModule(folder: string, module: string): Promise<GoModule> {
  return JSON.parse(await go(folder, 'mod', 'download', '-json', module));
}

export async function go(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run('go', args, { cwd: join(__dirname, folder), env: GO_ENVIRONMENT, maxBuffer: 64 * 1024 * 1024 });
  return stdout;
}
