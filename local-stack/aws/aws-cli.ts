import { chmodSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { virtualEnvironment } from '../virtual-environment';

/** @returns a folder in `directory` with the AWS CLI, which is installed once */
export async function awsCli(directory: string): Promise<string> {
  const installed = await virtualEnvironment('aws-cli', join(__dirname, 'cli/requirements.txt'));
  const folder = join(directory, 'aws-cli');
  mkdirSync(folder, { recursive: true });
  // The program that pip installs names the folder in which it was installed, before that was moved to its place.
  writeFileSync(join(folder, 'aws'), `#!/bin/sh\nexec ${join(installed, 'bin/python')} -m awscli "$@"\n`);
  chmodSync(join(folder, 'aws'), 0o755);
  return folder;
}
