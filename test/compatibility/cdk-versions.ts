import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { jest as config, peerDependencies } from '../../package.json';

const ROOT = join(__dirname, '../..');
const PACKAGES = ['aws-cdk-lib', 'constructs', '@aws-cdk/lambda-layer-kubectl-v35'];
const [OLDEST, OLDEST_CONSTRUCTS] = [peerDependencies['aws-cdk-lib'], peerDependencies.constructs].map(range => range.replace('^', ''));

/** The unit tests of the construct with a version of aws-cdk-lib that is installed beside the one of this project. */
function testWith(version: string): void {
  const folder = mkdtempSync(join(tmpdir(), 'cdk-version-'));
  const run = (command: string, ...args: string[]) => execFileSync(command, args, { cwd: ROOT, stdio: 'inherit' });
  try {
    const isOldest = version === OLDEST;
    const constructs = isOldest ? OLDEST_CONSTRUCTS : 'latest';
    run('npm', 'install', '--prefix', folder, '--no-audit', '--no-fund', `aws-cdk-lib@${version}`, `constructs@${constructs}`, PACKAGES[2]);
    const file = join(folder, 'jest.config.json');
    writeFileSync(file, JSON.stringify({
      ...config,
      rootDir: ROOT,
      moduleNameMapper: { [`^(${PACKAGES.join('|')})($|/.*)`]: `${folder}/node_modules/$1$2` },
      collectCoverage: false,
      coverageThreshold: undefined,
      reporters: ['default'],
    }));
    // cdk-nag needs a later one than the construct does.
    const withoutNag = isOldest ? ['--testPathIgnorePatterns', ...config.testPathIgnorePatterns, '/nag.test.ts', '--testNamePattern', '^(?!.*cdk-nag)'] : [];
    run('npx', 'jest', '--ci', '--config', file, 'test/[^/]+\\.test\\.ts$', 'test/(private|compatibility)/', ...withoutNag);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const versions = process.argv.slice(2);
for (const version of versions.length > 0 ? versions : [OLDEST, 'latest']) {
  console.log(`aws-cdk-lib ${version}`);
  testWith(version);
}
