import type { Policy } from '../../../lib/handlers/node-role-policies/role-policies';
import type { Statement } from '../../../lib/handlers/shared/policy-document';

export const CNI_POLICY = {
  name: 'AmazonEKS_CNI_Policy',
  arn: 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy',
  statements: [{ Effect: 'Allow', Action: ['ec2:AssignPrivateIpAddresses', 'ec2:DescribeInstances'] }],
};
export const WORKER_POLICY = {
  name: 'AmazonEKSWorkerNodePolicy',
  arn: 'arn:aws:iam::aws:policy/AmazonEKSWorkerNodePolicy',
  statements: [{ Effect: 'Allow', Action: ['ec2:DescribeInstances'] }],
};
export const IPV6_POLICY = customerPolicy('AmazonEKS_CNI_IPv6_Policy', allow('ec2:AssignIpv6Addresses', 'ec2:DescribeTags'), allow('ec2:CreateTags'));

export function customerPolicy(name: string, ...statements: Statement[]): Policy & { readonly arn: string } {
  return { name, arn: `arn:aws:iam::111122223333:policy/${name}`, statements };
}

export function inlinePolicy(name: string, ...statements: Statement[]): Policy {
  return { name, statements };
}

export function allow(...Action: string[]): Statement {
  return { Effect: 'Allow', Action };
}
