import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, CfnResource, Duration, Stack, aws_ec2 as ec2, aws_eks as eks, aws_eks_v2 as eksv2, aws_iam as iam } from 'aws-cdk-lib';
import { CniPolicy, IpFamily, KubernetesAccess, NodeRoles, VpcCniServiceAccountRole, type VpcCniServiceAccountRoleProps } from '../../lib';

/** What the tests choose; handed over as the context value `settings`. */
export interface AppSettings {
  readonly stackName: string;
  readonly clusterName: string;
  readonly module: 'aws-eks' | 'aws-eks-v2';
  readonly ipFamily?: 'ipv4' | 'ipv6';
  readonly policy?: 'ipv4' | 'ipv6' | 'scopedToCluster';
  readonly openIdConnectProviderArn?: string;
  readonly roleName?: string;
  readonly stsRegionalEndpoints?: boolean;
  readonly rolloutTimeoutMinutes?: number;
  /** Whether the functions run in a VPC. */
  readonly vpc?: boolean;
  /** ARNs, or where to take them from. */
  readonly nodeRoles?: readonly string[] | 'managedNodegroups';
  /** A role that has access to the cluster already. */
  readonly existingRoleArn?: string;
  /** Whether there is a second construct for the same cluster. */
  readonly twice?: boolean;
  /** Whether a resource after the construct cannot be created. */
  readonly failing?: boolean;
}

const app = new App();
const settings: AppSettings = JSON.parse(app.node.tryGetContext('settings'));
const stack = new Stack(app, settings.stackName, {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
const { Cluster } = settings.module === 'aws-eks' ? eks : eksv2;
const props: VpcCniServiceAccountRoleProps = {
  cluster: Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: settings.clusterName }),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
  ipFamily: settings.ipFamily as IpFamily | undefined,
  openIdConnectProvider: settings.openIdConnectProviderArn === undefined
    ? undefined
    : iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider', settings.openIdConnectProviderArn),
  policy: settings.policy && CniPolicy[settings.policy](),
  roleName: settings.roleName,
  stsRegionalEndpoints: settings.stsRegionalEndpoints,
  kubernetesAccess: settings.existingRoleArn === undefined
    ? undefined
    : KubernetesAccess.existingRole(iam.Role.fromRoleArn(stack, 'ExistingRole', settings.existingRoleArn)),
  ...settings.vpc && {
    vpc: ec2.Vpc.fromVpcAttributes(stack, 'Vpc', { vpcId: 'vpc-1', availabilityZones: ['us-east-1a'], privateSubnetIds: ['subnet-1'] }),
    securityGroups: [ec2.SecurityGroup.fromSecurityGroupId(stack, 'ClusterSecurityGroup', 'sg-1')],
  },
  nodeRoles: settings.nodeRoles === undefined || settings.nodeRoles === 'managedNodegroups'
    ? settings.nodeRoles && NodeRoles.managedNodegroups()
    : NodeRoles.of(...settings.nodeRoles.map((arn, index) => iam.Role.fromRoleArn(stack, `NodeRole${index}`, arn))),
  rolloutTimeout: Duration.minutes(settings.rolloutTimeoutMinutes ?? 10),
};
const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', props);
if (settings.twice) {
  new VpcCniServiceAccountRole(stack, 'Second', props);
}
if (settings.failing) {
  new CfnResource(stack, 'Failing', {
    type: 'AWS::EKS::AccessEntry',
    properties: { ClusterName: 'no-such-cluster', PrincipalArn: construct.role.roleArn },
  }).node.addDependency(construct);
}
new CfnOutput(stack, 'RoleArn', { value: construct.role.roleArn });
new CfnOutput(stack, 'ProviderArn', { value: construct.openIdConnectProviderArn });
new CfnOutput(stack, 'PolicyArn', { value: construct.policy.managedPolicyArn });
new CfnOutput(stack, 'RolloutSummary', { value: construct.rolloutSummary });
