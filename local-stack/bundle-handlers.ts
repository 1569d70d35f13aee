import { execFileSync } from 'node:child_process';

/** The bundles that the functions run: of the sources as they are, not of an earlier build. */
export function bundleHandlers(): void {
  execFileSync('npx', ['projen', 'bundle'], { stdio: 'pipe' });
}
