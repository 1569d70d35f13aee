import { createdBy } from '../../../lib/handlers/cluster-identity/created-by-tag';

const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

const stack = (name: string) => `arn:aws-us-gov:cloudformation:us-gov-west-1:111122223333:stack/${name}`;
const stackId = (name: string, id = '5f3b1c40-0000-11ee-9d5a-0a1b2c3d4e5f') => `${stack(name)}/${id}`;

test('names stack and resource', () => {
  expect(createdBy({ StackId: stackId('network'), LogicalResourceId: 'Identity' })).toBe(`${stack('network')}/Identity`);
});

test('is the same for a stack of that name made anew', () => {
  const one = (StackId: string) => createdBy({ StackId, LogicalResourceId: 'Identity' });
  expect(one(stackId('network', '00000000-0000-11ee-9d5a-0a1b2c3d4e5f'))).toBe(one(stackId('network')));
  expect(one(stackId('other'))).not.toBe(one(stackId('network')));
});

test('keeps the name as it is up to what a tag holds', () => {
  const StackId = stackId('network');
  const LogicalResourceId = 'L'.repeat(255 - stack('network').length);
  expect(createdBy({ StackId, LogicalResourceId })).toBe(`${stack('network')}/${LogicalResourceId}`);
  expect(createdBy({ StackId, LogicalResourceId: `${LogicalResourceId}L` })).not.toContain(LogicalResourceId);
});

test.each([1, 20, 100, 255])('fits a tag and stays unique for the longest stack name and a logical id of %d characters', length => {
  const StackId = stackId('s'.repeat(128));
  const one = createdBy({ StackId, LogicalResourceId: `${'L'.repeat(length - 1)}1` });
  const other = createdBy({ StackId, LogicalResourceId: `${'L'.repeat(length - 1)}2` });
  expect(one).toMatch(TAG_VALUE);
  expect(one).toContain('sssss');
  expect(other).not.toBe(one);
});
