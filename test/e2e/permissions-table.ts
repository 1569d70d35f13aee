import { DocumentedTable } from '../documented-table';

/** One line of the table in docs/permissions.md, as a test has seen it. */
export interface PermissionRow {
  /** Whose it is. */
  readonly who: string;
  readonly permission: string;
  readonly on: string;
  /** What fails without it, and in which setting. */
  readonly fails: string;
  /** How the message begins. */
  readonly message?: string;
  readonly test: string;
}

export const PERMISSIONS = new DocumentedTable<PermissionRow>({
  document: 'permissions.md',
  name: 'permissions',
  columns: { who: 'function', permission: 'action or verb', on: 'on', fails: 'what fails without it', message: 'what the user sees', test: 'test' },
  key: ['who', 'permission', 'on'],
  sortedBy: ['who', 'on', 'permission'],
});
