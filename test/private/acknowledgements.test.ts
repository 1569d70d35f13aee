import { Stack, aws_ec2 as ec2 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { CniPolicy, IpFamily, NodeRoles, VpcCniServiceAccountRole, type VpcCniServiceAccountRoleProps } from '../../lib';
import { CLUSTERS, newStack, vpc } from '../clusters';

/** What a security reviewer is told, by the path of the construct that it is about. */
function acknowledged(construct: IConstruct): Record<string, unknown> {
  Template.fromStack(Stack.of(construct));
  return Object.fromEntries(construct.node.findAll().flatMap(({ node }) => {
    const reasons = node.metadata.filter(({ type }) => type === 'aws:cdk:acknowledged-rules').map(({ data }) => data);
    return reasons.length > 0 ? [[node.path, Object.assign({}, ...reasons)]] : [];
  }));
}

test.each<[string, (stack: Stack) => Partial<VpcCniServiceAccountRoleProps>]>([
  ['all is read at deployment, with step 3', () => ({ nodeRoles: NodeRoles.managedNodegroups() })],
  ['an IPv6 cluster, in a VPC', stack => ({ ipFamily: IpFamily.IP_V6, vpc: vpc(stack), securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'Group', 'sg-11111111')] })],
  ['a policy for one cluster', () => ({ policy: CniPolicy.scopedToCluster() })],
])('each exception is acknowledged with its reason: %s', (_, propsOf) => {
  const stack = newStack();
  const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', { ...CLUSTERS['aws-eks-v2 imported'](stack), ...propsOf(stack) });
  expect(acknowledged(construct)).toMatchSnapshot();
});
