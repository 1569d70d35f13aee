import { execFile } from 'node:child_process';
import { copyFileSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { cached } from '../cache';
import { virtualEnvironment } from '../virtual-environment';

const run = promisify(execFile);

export interface Runtimes {
  /** A Python interpreter that has MiniStack. */
  readonly server: string;
  /** A folder with the Node.js majors and the AWS SDK for functions. */
  readonly node: string;
  /** A Python installation with boto3 for functions. */
  readonly python: string;
  /** A folder for the layers of functions, their Python compiled for that installation. */
  readonly layers: string;
}

/** Installs what the emulator and its functions run on, once. */
export async function installRuntimes(): Promise<Runtimes> {
  const [server, node, python] = await Promise.all([
    virtualEnvironment('ministack', join(__dirname, 'requirements.txt')),
    nodeRuntimes(join(__dirname, 'runtime')),
    virtualEnvironment('lambda-python', join(__dirname, 'runtime/requirements.txt')),
  ]);
  const layers = await cached('lambda-layers', [python], async () => undefined);
  return { server: join(server, 'bin/python'), node, python, layers };
}

async function nodeRuntimes(source: string): Promise<string> {
  const files = ['package.json', 'package-lock.json', '.npmrc'];
  return cached('lambda-node', files.map(file => readFileSync(join(source, file))), async directory => {
    files.forEach(file => copyFileSync(join(source, file), join(directory, file)));
    await run('npm', ['ci', '--no-audit', '--no-fund'], { cwd: directory });
  });
}

/** The Node.js that the functions of the package run on. */
export function nodeOf(runtimes: string): string {
  return join(runtimes, 'node_modules/node24/bin/node');
}
