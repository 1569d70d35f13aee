import type { FaultRow } from './fault';
import { DocumentedTable } from '../documented-table';

export const RELIABILITY = new DocumentedTable<FaultRow>({
  document: 'reliability.md',
  name: 'faults',
  columns: { fault: 'fault', where: 'where injected', outcome: 'what happens', message: 'what the user sees', test: 'test' },
  key: ['where', 'fault'],
  sortedBy: ['where'],
});
