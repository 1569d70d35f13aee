import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FAULTS_DIRECTORY, type FaultRow } from './fault';

export const DOCUMENT = join(__dirname, '../../docs/reliability.md');

const [BEGIN, END] = ['<!-- faults: generated -->', '<!-- /faults -->'];
const HEAD = ['fault', 'where injected', 'what happens', 'what the user sees', 'test'];
const EMPTY = '–';

/** What the tests of one run have recorded. */
export function recordedRows(): FaultRow[] {
  const files = existsSync(FAULTS_DIRECTORY) ? readdirSync(FAULTS_DIRECTORY).sort() : [];
  return files.map(file => JSON.parse(readFileSync(join(FAULTS_DIRECTORY, file), 'utf8')) as FaultRow);
}

/** The rows of docs/reliability.md. */
export function documentedRows(document = readFileSync(DOCUMENT, 'utf8')): FaultRow[] {
  const [, ...rows] = document.slice(...placeOf(document)).split('\n').filter(line => line.startsWith('|') && !line.startsWith('|-'));
  return rows.map(row => {
    const [fault, where, outcome, message, test] = row.slice(1, -1).split(/(?<!\\)\|/).map(cell => unescaped(cell.trim()));
    return { fault, where, outcome, message: message === EMPTY ? undefined : message, test };
  });
}

/** The document with these rows: those that are there by now in their places, new ones after them. */
export function withRows(document: string, rows: readonly FaultRow[]): string {
  const isSame = (a: FaultRow, b: FaultRow) => a.fault === b.fault && a.where === b.where;
  const present = documentedRows(document);
  const updated = present.map(row => rows.find(one => isSame(one, row)) ?? row);
  const added = rows.filter(row => !present.some(one => isSame(one, row)));
  const lines = [...updated, ...added].sort((a, b) => a.where === b.where ? 0 : a.where < b.where ? -1 : 1)
    .map(({ fault, where, outcome, message = EMPTY, test }) => lineOf([fault, where, outcome, message, test]));
  const table = ['', lineOf(HEAD), `|${'---|'.repeat(HEAD.length)}`, ...lines, ''].join('\n');
  const [from, to] = placeOf(document);
  return `${document.slice(0, from)}${table}${document.slice(to)}`;
}

/** @returns what the document says otherwise than the tests */
export function differences(rows: readonly FaultRow[], documented: readonly FaultRow[]): string[] {
  const described = ({ fault, where, outcome, message, test }: FaultRow) => JSON.stringify({ fault, where, outcome, message, test });
  const known = documented.map(described);
  return rows.map(described).filter(row => !known.includes(row));
}

function placeOf(document: string): [from: number, to: number] {
  const [begin, end] = [document.indexOf(BEGIN), document.indexOf(END)];
  if (begin < 0 || end < begin) {
    throw new Error(`the document has no table between ${BEGIN} and ${END}`);
  }
  return [begin + BEGIN.length, end];
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')).join(' | ')} |`;
}

function unescaped(cell: string): string {
  return cell.replaceAll('\\|', '|').replaceAll('&lt;', '<');
}

if (require.main === module) {
  writeFileSync(DOCUMENT, withRows(readFileSync(DOCUMENT, 'utf8'), recordedRows()));
}
