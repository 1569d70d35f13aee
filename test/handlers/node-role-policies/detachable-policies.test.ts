import { CNI_POLICY, IPV6_POLICY, WORKER_POLICY, allow, customerPolicy, inlinePolicy } from './policies';
import { sortPolicies } from '../../../lib/handlers/node-role-policies/detachable-policies';
import type { Policy } from '../../../lib/handlers/node-role-policies/role-policies';

const sort = (family: 'ipv4' | 'ipv6', ...policies: Policy[]) => sortPolicies(policies, family, CNI_POLICY.arn);
const assign = { ipv4: 'ec2:AssignPrivateIpAddresses', ipv6: 'ec2:AssignIpv6Addresses' };

test.each(['ipv4', 'ipv6'] as const)('%s: nothing of a role without the permission', family => {
  expect(sort(family)).toEqual({ detachable: [], left: [] });
  expect(sort(family, WORKER_POLICY, inlinePolicy('own', allow('s3:*')))).toEqual({ detachable: [], left: [] });
});

test.each(['ipv4', 'ipv6'] as const)('%s: AmazonEKS_CNI_Policy, by its ARN', family => {
  const ofAnotherPartition = { ...CNI_POLICY, arn: 'arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy' };
  expect(sortPolicies([WORKER_POLICY, CNI_POLICY], family, CNI_POLICY.arn)).toEqual({ detachable: [CNI_POLICY.arn], left: [] });
  expect(sortPolicies([ofAnotherPartition], family, ofAnotherPartition.arn)).toEqual({ detachable: [ofAnotherPartition.arn], left: [] });
});

test('ipv4: nothing else, but it is told', () => {
  expect(sort('ipv4', customerPolicy('copy', allow(assign.ipv4)), inlinePolicy('own', allow('ec2:Assign*')), IPV6_POLICY)).toEqual({
    detachable: [],
    left: [{ policy: 'copy', why: 'not AmazonEKS_CNI_Policy' }, { policy: 'own', why: 'inline' }],
  });
});

describe('ipv6', () => {
  test('policies of the customer that allow what the guide lists and no more', () => {
    const whole = customerPolicy('whole', allow(
      assign.ipv6, 'ec2:DescribeInstances', 'ec2:DescribeInstanceTypes', 'ec2:DescribeNetworkInterfaces', 'ec2:DescribeSecurityGroups', 'ec2:DescribeSubnets',
      'ec2:DescribeTags'), allow('ec2:CreateTags'));
    const least = customerPolicy('least', { Effect: 'Allow', Action: 'EC2:assignIPv6addresses' });
    expect(sort('ipv6', CNI_POLICY, IPV6_POLICY, whole, least)).toEqual({ detachable: [CNI_POLICY.arn, IPV6_POLICY.arn, whole.arn, least.arn], left: [] });
  });

  test.each<[string, Policy, string]>([
    ['is inline', inlinePolicy('it', allow(assign.ipv6)), 'inline'],
    ['is managed by AWS', { ...IPV6_POLICY, name: 'it', arn: 'arn:aws-us-gov:iam::aws:policy/it' }, 'managed by AWS'],
    ['allows more', customerPolicy('it', allow(assign.ipv6), allow('ec2:DescribeTags', 'ec2:RunInstances')), 'allows ec2:RunInstances, too'],
    ['allows one action more', customerPolicy('it', allow(assign.ipv6), { Effect: 'Allow', Action: 's3:GetObject' }), 'allows s3:GetObject, too'],
    ['has a wildcard', customerPolicy('it', allow('ec2:Assign*')), 'allows ec2:Assign*, too'],
    ['has a wildcard for one letter', customerPolicy('it', allow('ec2:AssignIpv?Addresses')), 'allows ec2:AssignIpv?Addresses, too'],
    ['allows all', customerPolicy('it', allow('*')), 'allows *, too'],
    ['allows all but some', customerPolicy('it', { Effect: 'Allow', NotAction: ['s3:*'] }), 'has a NotAction'],
    ['allows all but one', customerPolicy('it', { Effect: 'Allow', NotAction: 's3:GetObject' }), 'has a NotAction'],
    ['allows it, and all but some', customerPolicy('it', allow(assign.ipv6), { Effect: 'Allow', NotAction: ['s3:*'] }), 'has a NotAction'],
    ['denies something', customerPolicy('it', allow(assign.ipv6), { Effect: 'Deny', Action: 'ec2:DescribeTags' }), 'denies something, too'],
    ['has an ARN that is too long', customerPolicy(`it${'x'.repeat(197)}`, allow(assign.ipv6)), 'its ARN does not fit into a tag'],
    ['has a comma in its name', customerPolicy('it,too', allow(assign.ipv6)), 'its ARN does not fit into a tag'],
  ])('not one that %s, but it is told', (_, policy, why) => {
    expect(sort('ipv6', policy)).toEqual({ detachable: [], left: [{ policy: policy.name, why }] });
  });

  test('one whose ARN just fits', () => {
    const { arn } = customerPolicy(`it${'x'.repeat(196)}`);
    expect(sort('ipv6', customerPolicy(`it${'x'.repeat(196)}`, allow(assign.ipv6)))).toEqual({ detachable: [arn], left: [] });
    expect(arn).toHaveLength(256 - 25);
  });

  test.each<[string, Policy]>([
    ['denies it', inlinePolicy('it', { Effect: 'Deny', Action: assign.ipv6 })],
    ['allows all but it', inlinePolicy('it', { Effect: 'Allow', NotAction: ['ec2:Assign*'] })],
    ['allows what only begins the same', inlinePolicy('it', allow('ec2:Assign', 'ec2:AssignIpv6AddressesX', 'xec2:AssignIpv6Addresses', 'ec2.AssignIpv6Addresses'))],
    ['allows nothing', inlinePolicy('it', { Effect: 'Allow' })],
  ])('nothing of one that %s', (_, policy) => {
    expect(sort('ipv6', policy)).toEqual({ detachable: [], left: [] });
  });
});
