import { createdBy, isCreatedBy } from '../../../lib/handlers/cluster-identity/created-by-tag';

const TAG_VALUE = /^[\p{L}\p{Z}\p{N}_.:/=+\-@]{1,256}$/u;

function stackId(name: string): string {
  return `arn:aws-us-gov:cloudformation:us-gov-west-1:111122223333:stack/${name}/5f3b1c40-0000-11ee-9d5a-0a1b2c3d4e5f`;
}

test('names stack and resource', () => {
  const StackId = stackId('network');
  expect(createdBy({ StackId, LogicalResourceId: 'Identity' })).toBe(`${StackId}/Identity`);
});

test('keeps the name as it is up to what a tag holds', () => {
  const StackId = stackId('network');
  const LogicalResourceId = 'L'.repeat(255 - StackId.length);
  expect(createdBy({ StackId, LogicalResourceId })).toBe(`${StackId}/${LogicalResourceId}`);
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

describe('knows its own', () => {
  const event = { StackId: stackId('network'), LogicalResourceId: 'Identity' };

  test.each<[string, string | undefined, boolean]>([
    ['tag', createdBy(event), true],
    ['tag of a stack of that name before', createdBy(event).replace('5f3b1c40', '00000000'), true],
    ['name, and not that of another stack', createdBy({ ...event, StackId: stackId('other') }), false],
    ['name, and not that of another resource', createdBy({ ...event, LogicalResourceId: 'Other' }), false],
    ['region', createdBy(event).replace('west', 'east'), false],
    ['tag, and none is not', undefined, false],
  ])('%s', (_, tag, isOurs) => {
    expect(isCreatedBy(tag, event)).toBe(isOurs);
  });
});
