import { mkdtempSync, readdirSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { run } from './run';

const ROOT = join(__dirname, '../..');

/** Packs the library once, as it is published, and unpacks it: the tests find both by the environment. */
export default function packLibrary(): void {
  for (const task of ['bundle', 'compile', 'docgen']) {
    run(ROOT, 'npx', 'projen', task);
  }
  const folder = mkdtempSync(join(tmpdir(), 'packed-library-'));
  run(ROOT, 'npm', 'pack', '--pack-destination', folder);
  const tarball = readdirSync(folder).find(file => file.endsWith('.tgz'))!;
  run(folder, 'tar', '-xzf', tarball);
  process.env.PACKED_TARBALL = join(folder, tarball);
  process.env.PACKED_LIBRARY = join(folder, 'package');
}
