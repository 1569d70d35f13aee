// What the Amazon VPC CNI plugin calls in EC2. Imports nothing: it goes into the handler's bundle as well.

/** What an IPv6 cluster needs, of the user guide and the plugin's documentation, apart from `TAG_INTERFACES`. */
export const IPV6_ACTIONS = [
  'ec2:AssignIpv6Addresses',
  'ec2:DescribeInstances',
  'ec2:DescribeInstanceTypes',
  'ec2:DescribeNetworkInterfaces',
  'ec2:DescribeSecurityGroups',
  'ec2:DescribeSubnets',
  'ec2:DescribeTags',
];

export const TAG_INTERFACES = 'ec2:CreateTags';

/** The action that gives a pod its address, by the family of the cluster. */
export const ASSIGN_ADDRESSES = { ipv4: 'ec2:AssignPrivateIpAddresses', ipv6: 'ec2:AssignIpv6Addresses' } as const;
