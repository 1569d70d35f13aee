import { documented, facts } from '../facts/vpc-cni-iam-policies';

test('the fact file says what the documentation of the pinned VPC CNI plugin says', async () => {
  expect(facts()).toEqual(await documented());
});
