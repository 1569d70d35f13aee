import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, Stack, aws_eks as eks } from 'aws-cdk-lib';
import { IpFamily, VpcCniServiceAccountRole } from '../lib';

// An IPv6 cluster of the older `aws-eks` module, with the family, the role's name and the STS endpoint set in code:
// npx cdk deploy --app 'npx tsx examples/imported-ipv6-cluster.ts' -c clusterName=my-ipv6-cluster
const app = new App();
const stack = new Stack(app, 'VpcCniIpv6Role', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});

const vpcCni = new VpcCniServiceAccountRole(stack, 'VpcCni', {
  cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: app.node.tryGetContext('clusterName') ?? 'my-ipv6-cluster' }),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
  ipFamily: IpFamily.IP_V6,
  roleName: 'AmazonEKSVPCCNIRole',
  stsRegionalEndpoints: true,
});

new CfnOutput(stack, 'RoleArn', { value: vpcCni.role.roleArn });
new CfnOutput(stack, 'RolloutSummary', { value: vpcCni.rolloutSummary });
