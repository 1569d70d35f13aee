import { DocumentedTable } from '../documented-table';

/** One line of the table in docs/compatibility.md. */
export interface KindRow {
  /** What the kinds differ in. */
  readonly area: 'Add-on' | 'App' | 'Cluster object' | 'Network' | 'Nodes' | 'Partition' | 'Policy';
  readonly kind: string;
  readonly how: 'asserted on the template' | 'deployed on the local stack';
  /** Its file and its title, as: some.test.ts: title. */
  readonly test: string;
}

export const COMPATIBILITY = new DocumentedTable<KindRow>({
  document: 'compatibility.md',
  name: 'kinds',
  columns: { area: 'area', kind: 'kind', how: 'how tested', test: 'test' },
  key: ['area', 'kind', 'how'],
  sortedBy: ['area', 'kind', 'how'],
});

/** Of a kind that a test has deployed. */
export function recordDeployed(row: Omit<KindRow, 'how'>): void {
  COMPATIBILITY.record({ ...row, how: 'deployed on the local stack' });
}
