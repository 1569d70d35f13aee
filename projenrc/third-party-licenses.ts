import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// Writes the notices of the packages that the bundles contain, as esbuild's metafiles tell: THIRD-PARTY-LICENSES.txt <metafile>...

const PACKAGE = /^(?:.*\/)?node_modules\/(?:@[^/]+\/)?[^/]+/;
const NOTICE = /^(licen[cs]e|notice|copying)/i;

function notice(directory: string): string {
  const { name, version, license } = JSON.parse(readFileSync(join(directory, 'package.json'), 'utf8'));
  const files = readdirSync(directory).filter(file => NOTICE.test(file)).sort();
  if (!license && files.length === 0) {
    throw new Error(`${name}@${version} is bundled, but has neither a licence nor a notice: find out whether it may be`);
  }
  const texts = files.map(file => readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

const [target, ...metafiles] = process.argv.slice(2);
const directories = metafiles.flatMap(metafile => Object.keys(JSON.parse(readFileSync(metafile, 'utf8')).inputs))
  .flatMap(input => PACKAGE.exec(input)?.[0] ?? [])
  .filter(directory => existsSync(join(directory, 'package.json')));
const notices = [...new Set(directories)].sort().map(notice);
const line = `\n\n${'-'.repeat(80)}\n\n`;
writeFileSync(target, `The functions of this package contain parts of the following packages.${line}${notices.join(line)}\n`);
