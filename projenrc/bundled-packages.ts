import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;

export interface BundledPackage {
  readonly directory: string;
  readonly name: string;
  readonly version: string;
  readonly license?: string;
}

/** What the bundles contain of other packages, as esbuild's metafiles tell. */
export function bundledPackages(metafiles: readonly string[]): BundledPackage[] {
  const directories = metafiles.flatMap(metafile => Object.keys(JSON.parse(readFileSync(metafile, 'utf8')).inputs))
    .flatMap(input => PACKAGE.exec(input)?.[0] ?? [])
    .filter(directory => existsSync(join(directory, 'package.json')));
  return [...new Set(directories)].sort().map(directory => {
    const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
    return { directory, name, version, license };
  });
}
