import { DocumentedTable } from './documented-table';

interface Row {
  readonly name: string;
  readonly group: string;
  readonly remark?: string;
}

const TABLE = new DocumentedTable<Row>({
  document: 'none.md',
  name: 'rows',
  columns: { name: 'what', group: 'where', remark: 'remark' },
  key: ['group', 'name'],
  sortedBy: ['group', 'remark'],
});
const DOCUMENT = '# Title\n<!-- rows: generated -->\n<!-- /rows -->\nThe end\n';
const ROW: Row = { name: 'a | b', group: 'here', remark: 'run: x <y>' };
const row = (changes: Partial<Row> = {}): Row => ({ ...ROW, ...changes });

test('what is written is read again', () => {
  const rows = [row({ name: 'other', remark: undefined }), row()];
  const document = TABLE.withRows(DOCUMENT, rows);
  expect(TABLE.documented(document)).toEqual(rows);
  expect(document).toMatch(/^# Title\n[^]*\n\| what \| where \| remark \|\n\|---\|---\|---\|\n[^]*\nThe end\n$/);
  expect(TABLE.withRows(document, rows)).toEqual(document);
});

test('rows of another run stay, and new ones take the place of their like', () => {
  const document = TABLE.withRows(TABLE.withRows(DOCUMENT, [row(), row({ name: 'other' })]), [row({ remark: 'new' })]);
  expect(TABLE.documented(document)).toEqual([row({ remark: 'new' }), row({ name: 'other' })]);
});

test('rows are sorted, and stay as they are where that says nothing', () => {
  const rows = [
    row({ name: '4', group: 'z' }),
    row({ name: '2', group: 'a', remark: 'y' }),
    row({ name: '3', group: 'z' }),
    row({ name: '1', group: 'a', remark: 'x' }),
    row({ name: '0', group: 'a', remark: undefined }),
  ];
  expect(TABLE.documented(TABLE.withRows(DOCUMENT, rows)).map(({ name }) => name)).toEqual(['0', '1', '2', '4', '3']);
});

test.each<keyof Row>(['name', 'group', 'remark'])('tells another %s', key => {
  expect(TABLE.differences([row()], [row(), row({ name: 'other' })])).toEqual([]);
  expect(TABLE.differences([row({ [key]: 'else' })], [row()])).toEqual([expect.stringMatching(/^docs\/none\.md: .*"else"/)]);
});

test('a document without a place for it', () => {
  expect(() => TABLE.withRows('# Title', [])).toThrow('the document has no table between <!-- rows: generated --> and <!-- /rows -->');
});
