import { basename } from 'node:path';
import { COMPATIBILITY, type KindRow } from './compatibility-table';

/** Tests that look at the template, one for each kind by its name: each is a row of docs/compatibility.md. */
export function testKinds(area: KindRow['area'], kinds: Readonly<Record<string, () => void>>): void {
  const file = basename(expect.getState().testPath!);
  const rows = Object.keys(kinds).map((kind): KindRow => ({ area, kind, how: 'asserted on the template', test: `${file}: ${kind}` }));

  describe(area, () => {
    test.each(rows.map(row => [row.kind, row] as const))('%s', (kind, row) => {
      kinds[kind]();
      COMPATIBILITY.record(row);
      // Now that it is recorded, `npx tsx test/documented-tables.ts` puts what is missing there.
      expect(COMPATIBILITY.differences([row])).toEqual([]);
    });

    test('docs/compatibility.md has these kinds and no other', () => {
      const documented = COMPATIBILITY.documented().filter(row => row.area === area && row.test.startsWith(`${file}: `));
      expect(COMPATIBILITY.differences(documented, rows)).toEqual([]);
    });
  });
}
