import { DOCUMENTED_TABLES } from '../documented-tables';

/** What the tests have seen is what the documents say. */
export default async function globalTeardown(): Promise<void> {
  const found = DOCUMENTED_TABLES.flatMap(table => table.differences());
  if (found.length > 0) {
    throw new Error(`the tests have seen what the documents do not say; run \`npx tsx test/documented-tables.ts\`:\n${found.join('\n')}`);
  }
}
