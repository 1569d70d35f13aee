import { join } from 'node:path';
import { virtualEnvironment } from './virtual-environment';

/** Installs the AWS CLI, once. @returns the folder of the program */
export async function installAwsCli(): Promise<string> {
  return join(await virtualEnvironment('aws-cli', join(__dirname, 'cli/requirements.txt')), 'bin');
}
