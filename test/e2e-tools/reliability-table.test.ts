import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { type FaultRow, withoutVolatile } from '../e2e/fault';
import { API_SERVER_FAULTS } from '../e2e/fault-api-server';
import { NODE_AND_POD_FAULTS } from '../e2e/fault-nodes-and-pods';
import { nameOf } from '../e2e/fault-scenario';
import { WEBHOOK_FAULTS } from '../e2e/fault-webhook';
import { differences, documentedRows, withRows } from '../e2e/reliability-table';

const SHORTEST_TITLE = 8;
const E2E = join(__dirname, '../e2e');
const SCENARIOS = [...API_SERVER_FAULTS, ...WEBHOOK_FAULTS, ...NODE_AND_POD_FAULTS].map(scenario => `faults-kubernetes.e2e.test.ts: ${nameOf(scenario)}`);

const escaped = (text: string) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&');

/** Of what a source has in quotes and is long enough for a title, or for the end of one. */
function titlesIn(source: string): RegExp[] {
  const texts = [...source.matchAll(/'((?:[^'\\\n]|\\.)+)'|`([^`\n]+)`/g)].map(([, quoted, template]) => quoted?.replaceAll('\\', '') ?? template);
  return texts
    .map(text => text.split(/\$\{[^}]*\}/))
    .filter(parts => parts.join('').length >= SHORTEST_TITLE)
    .map(parts => new RegExp(`(^|: )${parts.map(escaped).join('.+')}$`));
}

describe('docs/reliability.md', () => {
  const tests = documentedRows().map(({ test: name }) => name);

  test('every scenario has its row', () => {
    expect(SCENARIOS.filter(name => !tests.includes(name))).toEqual([]);
  });

  test('every row has its test', () => {
    const isWritten = (name: string) => {
      const [file, title] = name.split(/: (.*)/);
      return readdirSync(E2E).includes(file) && titlesIn(readFileSync(join(E2E, file), 'utf8')).some(pattern => pattern.test(title));
    };
    expect(tests.filter(name => !SCENARIOS.includes(name) && !isWritten(name))).toEqual([]);
  });

  test('no two scenarios have the same name', () => {
    expect(new Set(SCENARIOS).size).toBe(SCENARIOS.length);
  });
});

describe('the table', () => {
  const DOCUMENT = '# Title\n<!-- faults: generated -->\n<!-- /faults -->\nThe end\n';
  const ROW: FaultRow = { fault: 'a | b', where: 'here', outcome: 'fails', message: 'run: x <y>', test: 'one' };
  const row = (changes: Partial<FaultRow> = {}): FaultRow => ({ ...ROW, ...changes });

  test('what is written is read again', () => {
    const rows = [row(), row({ fault: 'other', message: undefined })];
    const document = withRows(DOCUMENT, rows);
    expect(documentedRows(document)).toEqual(rows);
    expect(document).toMatch(/^# Title\n[^]*\nThe end\n$/);
    expect(withRows(document, rows)).toEqual(document);
  });

  test('rows of another run stay, and new ones take the place of their like', () => {
    const document = withRows(withRows(DOCUMENT, [row(), row({ fault: 'other' })]), [row({ outcome: 'succeeds' })]);
    expect(documentedRows(document)).toEqual([row({ outcome: 'succeeds' }), row({ fault: 'other' })]);
  });

  test.each<keyof FaultRow>(['fault', 'where', 'outcome', 'message', 'test'])('tells another %s', key => {
    expect(differences([row()], [row(), row({ fault: 'other' })])).toEqual([]);
    expect(differences([row({ [key]: 'else' })], [row()])).toHaveLength(1);
  });

  test('a document without a place for it', () => {
    expect(() => withRows('# Title', [])).toThrow('no table between');
  });
});

test.each([
  ['aws-node-x7k2p on ip-10-0-0-4.us-east-1.compute.internal', 'aws-node-… on ip-….compute.internal'],
  ['connect ECONNREFUSED 127.0.0.1:4711', 'connect ECONNREFUSED 127.0.0.1:…'],
  ['on 4 nodes in 17 s', 'on 4 nodes in … s'],
  ['tried for 90 s', 'tried for 90 s'],
  ['killed Logs: /aws/lambda/Stack-Function-AB12\n    at invoke (/tmp/a/b.js:1:2)\n    at next (c.js)', 'killed Logs: /aws/lambda/…'],
])('a message without what differs from run to run: %s', (message, expected) => {
  expect(withoutVolatile(message)).toEqual(expected);
});
