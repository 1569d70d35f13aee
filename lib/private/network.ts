import { aws_ec2 as ec2, aws_iam as iam } from 'aws-cdk-lib';
import { acknowledge } from './acknowledgements';
import { ifKnown } from './if-known';
import type { Cluster } from './kubectl';

export interface NetworkProps {
  readonly cluster: Cluster;
  readonly vpc?: ec2.IVpc;
  readonly vpcSubnets?: ec2.SubnetSelection;
  readonly securityGroups?: ec2.ISecurityGroup[];
}

/** Where functions run that talk to a private endpoint. */
export interface Network {
  readonly vpc: ec2.IVpc;
  readonly vpcSubnets: ec2.SubnetSelection;
  readonly securityGroups: ec2.ISecurityGroup[];
}

/** @returns undefined for functions outside of any VPC */
export function networkOf({ cluster, vpc, vpcSubnets, securityGroups }: NetworkProps): Network | undefined {
  if (!vpc) {
    const given = Object.entries({ vpcSubnets, securityGroups }).filter(([, value]) => value !== undefined).map(([name]) => `\`${name}\``);
    if (given.length > 0) {
      throw new Error(`functions run in a VPC only with \`vpc\`, got ${given.join(' and ')} without it; give \`vpc\` as well, or leave out ${given.join(' and ')}`);
    }
    return undefined;
  }
  return { vpc, vpcSubnets: { subnets: vpc.selectSubnets(vpcSubnets).subnets }, securityGroups: securityGroups ?? [clusterSecurityGroup(cluster)] };
}

/** What Lambda asks of the role of a function before it puts it into a VPC. */
export function allowNetworkInterfaces(role: iam.IRole): void {
  role.addToPrincipalPolicy(new iam.PolicyStatement({
    actions: [
      'ec2:AssignPrivateIpAddresses',
      'ec2:CreateNetworkInterface',
      'ec2:DeleteNetworkInterface',
      'ec2:DescribeNetworkInterfaces',
      'ec2:DescribeSubnets',
      'ec2:UnassignPrivateIpAddresses',
    ],
    resources: ['*'],
  }));
  acknowledge(role, {
    'AwsSolutions-IAM5[Resource::*]':
      'Lambda makes the network interfaces of a function in a VPC with these permissions, and refuses the function without them on all resources',
  });
}

/** Which the control plane lets in already. */
function clusterSecurityGroup(cluster: Cluster): ec2.ISecurityGroup {
  const known = ifKnown(() => cluster.clusterSecurityGroup);
  if (!known) {
    throw new Error(
      `\`vpc\` needs \`securityGroups\` that the endpoint of the cluster lets in, since '${cluster.node.path}' does not say its own; give the cluster's security group, `
      + 'as resourcesVpcConfig.clusterSecurityGroupId of `aws eks describe-cluster` shows it: '
      + 'securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(this, \'ClusterSecurityGroup\', \'sg-…\')]');
  }
  return known;
}
