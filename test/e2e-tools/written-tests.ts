import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const SHORTEST_TITLE = 8;

/** @returns whether a test of this name, as `file: title`, is written in the folder */
export function isWritten(folder: string, name: string): boolean {
  const [file, title] = name.split(/: (.*)/);
  return readdirSync(folder).includes(file) && titlesIn(readFileSync(join(folder, file), 'utf8')).some(pattern => pattern.test(title));
}

/** Of what a source has in quotes and is long enough for a title, or for the end of one. */
function titlesIn(source: string): RegExp[] {
  const texts = [...source.matchAll(/'((?:[^'\\\n]|\\.)+)'|`([^`\n]+)`/g)].map(([, quoted, template]) => quoted?.replaceAll('\\', '') ?? template);
  return texts
    .map(text => text.split(/\$\{[^}]*\}/))
    .filter(parts => parts.join('').length >= SHORTEST_TITLE)
    .map(parts => new RegExp(`(^|: )${parts.map(escaped).join('.+')}$`));
}

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');
