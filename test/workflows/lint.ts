import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { virtualEnvironment } from '../../local-stack/virtual-environment';

const ACTIONLINT = 'github.com/rhysd/actionlint/cmd/actionlint@v1.7.12';

// actionlint finds what GitHub would refuse, zizmor what an attacker would use.
async function main(): Promise<void> {
  const zizmor = join(await virtualEnvironment('zizmor', join(__dirname, 'requirements.txt')), 'bin/zizmor');
  const linters: [string, ...string[]][] = [['go', 'run', ACTIONLINT], [zizmor, '--offline', '.github']];
  const failed = linters.filter(([command, ...args]) => spawnSync(command, args, { stdio: 'inherit' }).status !== 0);
  if (failed.length > 0) {
    throw new Error(`the workflows were refused by ${failed.map(linter => linter.join(' ')).join(' and by ')}`);
  }
  console.log('the workflows are clean');
}

main().catch(error => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});
