import { rmSync } from 'node:fs';
import { dirname } from 'node:path';

export default function removePackedLibrary(): void {
  rmSync(dirname(process.env.PACKED_TARBALL!), { recursive: true });
}
