import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';

/** Templates, and hashes of assets by their name, by file. */
export type Synthesised = ReadonlyMap<string, unknown>;

interface Asset {
  readonly hash: string;
  readonly name: string;
}

export function synthesised(folder: string): Synthesised {
  const files = readdirSync(folder, { recursive: true }) as string[];
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  const assets = new Map(files.filter(file => file.endsWith('.assets.json')).map(file => [file, assetsOf(read(file))]));
  const named = (text: string) => [...assets.values()].flat().filter(floats).reduce((rest, { hash, name }) => rest.replaceAll(hash, name), text);
  const templates = files.filter(file => file.endsWith('.template.json')).map(file => [file, JSON.parse(named(read(file)))] as const);
  if (templates.length === 0) {
    throw new Error(`nothing was synthesised in ${folder}`);
  }
  return new Map([...templates, ...[...assets].map(([file, all]) => [file, all.map(({ hash, name }) => `${name}: ${named(hash)}`)] as const)]);
}

function assetsOf(manifest: string): Asset[] {
  return Object.entries<{ displayName: string }>(JSON.parse(manifest).files).map(([hash, { displayName }]) => ({ hash, name: displayName }));
}

/** Of a package of its own, of which the tools of each language choose a version: in a nested stack, so that the hashes of templates differ, too. */
function floats({ name }: Asset): boolean {
  return /NodeProxyAgentLayer|Template$/.test(name);
}

/** The first place where one is not as expected. */
export function difference(expected: Synthesised, found: Synthesised): string | undefined {
  return differenceAt('', Object.fromEntries(expected), Object.fromEntries(found));
}

function differenceAt(path: string, expected: unknown, found: unknown): string | undefined {
  if (isDeepStrictEqual(expected, found)) {
    return undefined;
  }
  if (isObject(expected) && isObject(found)) {
    const keys = new Set([...Object.keys(expected), ...Object.keys(found)]);
    for (const key of keys) {
      const inside = differenceAt(`${path}/${key}`, expected[key], found[key]);
      if (inside) {
        return inside;
      }
    }
  }
  return `${path}: expected ${JSON.stringify(expected)}, got ${JSON.stringify(found)}`;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
