import { execFileSync } from 'node:child_process';
import { mkdtempSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';

/** The last commit of the version before this one. */
const COMMIT = '0038c32';
const HANDLERS = ['cluster-identity', 'aws-node'];

/** @returns the app of the tests as it was, with the library as it was, below the directory */
export function appOfVersionBefore(directory: string): string {
  const folder = mkdtempSync(join(directory, 'version-before-'));
  const archive = execFileSync('git', ['archive', COMMIT, 'lib', 'test/e2e/app.ts'], { maxBuffer: 64 * 1024 * 1024 });
  execFileSync('tar', ['-x', '-C', folder], { input: archive });
  symlinkSync(join(__dirname, '../../node_modules'), join(folder, 'node_modules'));
  for (const handler of HANDLERS) {
    const entry = `lib/handlers/${handler}/index.lambda`;
    execFileSync(join(folder, 'node_modules/.bin/esbuild'), [
      `${entry}.ts`, '--bundle', '--platform=node', '--target=node24', '--format=cjs', '--external:@aws-sdk/*', '--minify', '--keep-names',
      `--outfile=assets/${entry}/index.js`,
    ], { cwd: folder, stdio: 'pipe' });
  }
  return join(folder, 'test/e2e/app.ts');
}
