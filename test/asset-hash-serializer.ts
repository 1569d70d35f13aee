const HASH = /\b[0-9a-f]{64}\b/g;

/** Snapshots speak of what the construct defines, not of the bytes of its bundles. */
export function test(value: unknown): boolean {
  return typeof value === 'string' && value.search(HASH) >= 0;
}

export function serialize(value: string): string {
  return JSON.stringify(value.replace(HASH, '[HASH]'));
}
