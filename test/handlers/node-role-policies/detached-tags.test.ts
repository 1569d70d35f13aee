import { DetachedTags, isRememberable } from '../../../lib/handlers/node-role-policies/detached-tags';

const STACK = 'arn:aws:cloudformation:eu-west-1:111122223333:stack/network';
const creator = { StackId: `${STACK}/5f3b1c40-0000-11ee-9d5a-0a1b2c3d4e5f`, LogicalResourceId: 'NodeRoles' };
const POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const AT = Date.parse('2026-11-24T10:00:00.123Z');
const tags = new DetachedTags(creator);

test('remembers policy and time', () => {
  const { key, value } = tags.tagFor(POLICY, AT);
  expect(key).toMatch(/^cdk-vpc-cni-service-account-role:detached:[0-9a-f]{8}:[0-9a-f]{8}$/);
  expect(key.startsWith(`${tags.prefix}:`)).toBe(true);
  expect(value).toBe(`${POLICY} 2026-11-24T10:00:00.123Z`);
  expect(tags.in({ team: 'net', [key]: value })).toEqual([{ tagKey: key, policyArn: POLICY, at: AT }]);
});

test('gives each policy of a role its own tag, and the same one again', () => {
  const keys = [POLICY, `${POLICY}2`].map(policy => tags.tagFor(policy, AT).key);
  expect(new Set(keys).size).toBe(2);
  expect(tags.tagFor(POLICY, AT + 1).key).toBe(keys[0]);
});

test('takes what was edited by hand for old', () => {
  const { key } = tags.tagFor(POLICY, AT);
  expect(tags.in({ [key]: POLICY })).toEqual([{ tagKey: key, policyArn: POLICY, at: 0 }]);
});

test('knows the tags of the same resource of a stack made anew, and of no other', () => {
  const { key, value } = tags.tagFor(POLICY, AT);
  const known = (differences: Partial<typeof creator>) => new DetachedTags({ ...creator, ...differences }).in({ [key]: value }).length;
  expect(known({ StackId: `${STACK}/another` })).toBe(1);
  expect(known({ StackId: `${STACK}2/5f3b1c40-0000-11ee-9d5a-0a1b2c3d4e5f` })).toBe(0);
  expect(known({ LogicalResourceId: 'Other' })).toBe(0);
  expect(tags.in({ [`${tags.prefix}x:1`]: value, [`x${key}`]: value })).toEqual([]);
});

test.each([
  [POLICY, true],
  ['arn:aws-us-gov:iam::111122223333:policy/path/to/a+b=c.d@e-f_g', true],
  ['arn:aws:iam::111122223333:policy/a,b', false],
  [`arn:aws:iam::111122223333:policy/${'x'.repeat(198)}`, true],
  [`arn:aws:iam::111122223333:policy/${'x'.repeat(199)}`, false],
])('says of %s whether it can be remembered: %s', (arn, expected) => {
  expect(isRememberable(arn)).toBe(expected);
});
