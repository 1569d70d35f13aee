import { RELIABILITY } from './reliability-table';

/** One line of the table in docs/reliability.md, as a test has seen it. */
export interface FaultRow {
  readonly fault: string;
  /** Such as: API server, during create. */
  readonly where: string;
  /** What happens, with the final state. */
  readonly outcome: string;
  /** What the user sees. */
  readonly message?: string;
  /** Its file and its title, as: some.e2e.test.ts: title. */
  readonly test: string;
}

export function recordFault(row: FaultRow): void {
  RELIABILITY.record({ ...row, message: row.message && withoutVolatile(row.message) });
}

const VOLATILE: readonly [RegExp, string][] = [
  [/\baws-node-[a-z0-9]{5}\b/g, 'aws-node-…'],
  [/\bip-[\d-]+\.[\w-]+\.compute\.internal\b/g, 'ip-….compute.internal'],
  [/\b127\.0\.0\.1:\d+/g, '127.0.0.1:…'],
  [/\b(in|after) \d+ s\b/g, '$1 … s'],
  [/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, '…'],
  [/\bid\/[0-9A-F]{32}\b/g, 'id/…'],
  // What CloudFormation adds to a name.
  [/-[0-9A-F]{12,}\b/g, '-…'],
  [/\/aws\/lambda\/\S+/g, '/aws/lambda/…'],
  [/\s+at \S+ \([^]*$/g, ''],
];

/** What differs from run to run becomes an ellipsis. */
export function withoutVolatile(message: string): string {
  return VOLATILE.reduce((text, [pattern, replacement]) => text.replaceAll(pattern, replacement), message);
}
