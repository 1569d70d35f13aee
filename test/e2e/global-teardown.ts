import { differences, documentedRows, recordedRows } from './reliability-table';

/** What the tests have seen is what the document says. */
export default async function globalTeardown(): Promise<void> {
  const found = differences(recordedRows(), documentedRows());
  if (found.length > 0) {
    throw new Error(`docs/reliability.md is not what the tests have seen; run \`npx tsx test/e2e/reliability-table.ts\`:\n${found.join('\n')}`);
  }
}
