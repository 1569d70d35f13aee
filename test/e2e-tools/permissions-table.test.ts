import { PERMISSION_SUBJECTS, nameOf } from '../e2e/permission-subjects';
import { PERMISSIONS } from '../e2e/permissions-table';

test('docs/permissions.md has what the template has, and nothing else', () => {
  const names = PERMISSION_SUBJECTS.flatMap(subject => subject.grants.permissions.map(permission => nameOf(subject, permission)));
  expect(PERMISSIONS.documented().map(({ test: name }) => name).sort()).toEqual(names.map(name => `permissions.e2e.test.ts: ${name}`).sort());
});
