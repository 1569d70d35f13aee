import { join } from 'node:path';
import { isWritten } from './written-tests';
import { COMPATIBILITY } from '../compatibility/compatibility-table';

test('every kind that was deployed has its test', () => {
  const deployed = COMPATIBILITY.documented().filter(({ how }) => how === 'deployed on the local stack').map(({ test: name }) => name);
  expect(deployed).not.toEqual([]);
  expect(deployed.filter(name => !isWritten(join(__dirname, '../e2e'), name))).toEqual([]);
});
