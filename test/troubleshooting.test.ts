import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { failureMessages } from './failure-messages';

const ROOT = join(__dirname, '..');
/** Less would fit messages by chance. */
const FIRST_WORDS = 18;

const entries = readFileSync(join(ROOT, 'docs/troubleshooting.md'), 'utf8')
  .split(/^(?=##)/m)
  .filter(section => section.startsWith('### '))
  .map(section => toEntry(...section.split(/\n([^]*)/) as [string, string]));
const messages = failureMessages(join(ROOT, 'lib'));

interface Entry {
  readonly heading: string;
  readonly body: string;
  /** How many characters of it are the message's own. */
  readonly length: number;
  readonly pattern: RegExp;
}

/** Names in capitals and italics stand for what differs from case to case. */
function toEntry(line: string, body: string): Entry {
  const heading = line.slice('### '.length);
  const parts = heading.split(/\*[A-Z ]+\*/);
  return { heading, body, length: parts.join('').length, pattern: new RegExp(`^${parts.map(part => part.replace(/[^\w\s]/g, '\\$&')).join('.+?')}`) };
}

function entriesFor(text: string): readonly Entry[] {
  const fitting = entries.filter(({ pattern }) => pattern.test(text));
  const longest = Math.max(...fitting.map(({ length }) => length));
  return fitting.filter(({ length }) => length === longest);
}

test('every message has one entry, by its first words', () => {
  const own = messages.filter(({ texts }) => texts.some(text => /\w/.test(text)));
  expect(own.length).toBeGreaterThan(0);
  expect(own.flatMap(({ where, texts }) => texts.map(text => ({ where, text, entries: entriesFor(text).map(({ heading }) => heading) })))
    .filter(one => one.entries.length !== 1)).toEqual([]);
});

test('every entry is for the message of one place', () => {
  expect(entries.map(entry => ({
    heading: entry.heading,
    messages: messages.filter(({ texts }) => texts.some(text => entriesFor(text).includes(entry))).length,
  })).filter(one => one.messages !== 1)).toEqual([]);
});

test('only these hand on messages of others', () => {
  expect(messages.filter(({ texts }) => !texts.some(text => /\w/.test(text))).map(({ where }) => where))
    .toEqual(['handlers/aws-node/addon-role.ts', 'handlers/aws-node/rollout-loop.ts', 'handlers/shared/reported.ts', 'handlers/shared/reported.ts']);
});

test.each(entries.map(entry => [entry.heading, entry] as const))('%s', (_, { body, length }) => {
  expect(length).toBeGreaterThanOrEqual(FIRST_WORDS);
  expect(body).toMatch(/^\*\*Cause\.\*\* \S/m);
  expect(body).toMatch(/^\*\*Remedy\.\*\* \S/m);
});
