import { COMPATIBILITY } from './compatibility/compatibility-table';
import { PERMISSIONS } from './e2e/permissions-table';
import { RELIABILITY } from './e2e/reliability-table';

export const DOCUMENTED_TABLES = [RELIABILITY, COMPATIBILITY, PERMISSIONS];

if (require.main === module) {
  DOCUMENTED_TABLES.forEach(table => table.write());
}
