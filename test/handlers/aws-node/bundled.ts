import { mkdtempSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildSync } from 'esbuild';

/** A handler file as it runs in Lambda. The Kubernetes client is of ES modules only, which Jest cannot require: so it is bundled first. */
export function bundled<Module>(file: string): Module {
  const outfile = join(mkdtempSync(join(tmpdir(), 'bundled-')), 'index.js');
  buildSync({
    entryPoints: [join(__dirname, '../../../lib/handlers/aws-node', file)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    keepNames: true,
    logLevel: 'error',
  });
  return createRequire(__filename)(outfile);
}
