import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BundledPackage, bundledPackages } from './bundled-packages';

// Writes the notices of the packages that the bundles contain: THIRD-PARTY-LICENSES.txt <metafile>...

const NOTICE = /^(licen[cs]e|notice|copying)/i;

function notice({ directory, name, version, license }: BundledPackage): string {
  const files = readdirSync(directory).filter(file => NOTICE.test(file)).sort();
  if (!license && files.length === 0) {
    throw new Error(`${name}@${version} is bundled, but has neither a licence nor a notice: find out whether it may be`);
  }
  const texts = files.map(file => readFileSync(join(directory, file), 'utf8').replaceAll('\r\n', '\n').trim());
  return [`${name} ${version} (${license})`, ...texts].join('\n\n');
}

const [target, ...metafiles] = process.argv.slice(2);
const line = `\n\n${'-'.repeat(80)}\n\n`;
const notices = bundledPackages(metafiles).map(notice).join(line);
writeFileSync(target, `The functions of this package contain parts of the following packages.${line}${notices}\n`);
