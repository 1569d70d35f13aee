import { existsSync, mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');
const EMPTY = '–';

type Cells<Row> = { readonly [Key in keyof Row]: string | undefined };

export interface DocumentedTableOptions<Row> {
  /** Below `docs/`. */
  readonly document: string;
  /** The place in the document is between comments of this name. */
  readonly name: string;
  /** Headings, in their order. */
  readonly columns: Readonly<Record<keyof Row & string, string>>;
  /** What no two rows have in common. */
  readonly key: readonly (keyof Row & string)[];
  /** Rows that are the same in this stay as they are in the document. */
  readonly sortedBy: readonly (keyof Row & string)[];
}

/** A table in a document, whose rows the tests record as they have seen them. */
export class DocumentedTable<Row extends Cells<Row>> {
  private readonly columns: readonly (keyof Row & string)[];
  private readonly file: string;
  private readonly recordings: string;

  constructor(private readonly options: DocumentedTableOptions<Row>) {
    this.columns = Object.keys(options.columns) as (keyof Row & string)[];
    this.file = join(ROOT, 'docs', options.document);
    this.recordings = join(ROOT, 'test-reports', options.name);
  }

  record(row: Row): void {
    const slug = this.options.key.map(column => row[column]).join(' ').toLowerCase().replaceAll(/[^a-z0-9]+/g, '-');
    mkdirSync(this.recordings, { recursive: true });
    writeFileSync(join(this.recordings, `${slug}.json`), `${JSON.stringify(row, undefined, 2)}\n`);
  }

  documented(document = this.read()): Row[] {
    const [, ...rows] = document.slice(...this.placeIn(document)).split('\n').filter(line => line.startsWith('|') && !line.startsWith('|-'));
    return rows.map(row => {
      const cells = row.slice(1, -1).split(/(?<!\\)\|/).map(cell => unescaped(cell.trim()));
      return Object.fromEntries(this.columns.map((column, index) => [column, cells[index] === EMPTY ? undefined : cells[index]])) as Row;
    });
  }

  /** The document with these rows: those that are there by now in their places, new ones after them. */
  withRows(document: string, rows: readonly Row[]): string {
    const isSame = (a: Row, b: Row) => this.options.key.every(column => a[column] === b[column]);
    const present = this.documented(document);
    const updated = present.map(row => rows.find(one => isSame(one, row)) ?? row);
    const added = rows.filter(row => !present.some(one => isSame(one, row)));
    const lines = [...updated, ...added]
      .sort((a, b) => this.compare(a, b))
      .map(row => lineOf(this.columns.map(column => row[column] ?? EMPTY)));
    const table = ['', lineOf(Object.values(this.options.columns)), `|${'---|'.repeat(this.columns.length)}`, ...lines, ''].join('\n');
    const [from, to] = this.placeIn(document);
    return `${document.slice(0, from)}${table}${document.slice(to)}`;
  }

  /** @returns what the tests have seen, and the document says otherwise or not at all */
  differences(rows: readonly Row[] = this.recorded(), documented: readonly Row[] = this.documented()): string[] {
    const described = (row: Row) => JSON.stringify(Object.fromEntries(this.columns.map(column => [column, row[column]])));
    const known = documented.map(described);
    return rows.map(described).filter(row => !known.includes(row)).map(row => `docs/${this.options.document}: ${row}`);
  }

  /** Puts what the tests have recorded into the document. */
  write(): void {
    writeFileSync(this.file, this.withRows(this.read(), this.recorded()));
  }

  private recorded(): Row[] {
    const files = existsSync(this.recordings) ? readdirSync(this.recordings).sort() : [];
    return files.map(file => JSON.parse(readFileSync(join(this.recordings, file), 'utf8')) as Row);
  }

  private compare(a: Row, b: Row): number {
    const column = this.options.sortedBy.find(one => a[one] !== b[one]);
    return column === undefined ? 0 : (a[column] ?? '') < (b[column] ?? '') ? -1 : 1;
  }

  private read(): string {
    return readFileSync(this.file, 'utf8');
  }

  private placeIn(document: string): [from: number, to: number] {
    const [begin, end] = [`<!-- ${this.options.name}: generated -->`, `<!-- /${this.options.name} -->`];
    const [from, to] = [document.indexOf(begin), document.indexOf(end)];
    if (from < 0 || to < from) {
      throw new Error(`the document has no table between ${begin} and ${end}`);
    }
    return [from + begin.length, to];
  }
}

function lineOf(cells: readonly string[]): string {
  return `| ${cells.map(cell => cell.replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll('\n', ' ')).join(' | ')} |`;
}

function unescaped(cell: string): string {
  return cell.replaceAll('\\|', '|').replaceAll('&lt;', '<');
}
