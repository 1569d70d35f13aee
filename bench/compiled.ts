import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** A program of this folder as plain JavaScript, so that no compiler is measured with it. As deep as the library's files, which look for their assets. */
export function compiled(file: string): string {
  const outfile = join(__dirname, '../dist/bench', file.replace(/\.ts$/, '.js'));
  buildSync({ entryPoints: [join(__dirname, file)], outfile, bundle: true, platform: 'node', format: 'cjs', packages: 'external', keepNames: true, logLevel: 'error' });
  return outfile;
}
