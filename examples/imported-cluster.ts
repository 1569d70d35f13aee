import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, Stack, aws_eks_v2 as eks } from 'aws-cdk-lib';
import { VpcCniServiceAccountRole } from '../lib';

// A cluster known by its name alone; all else is worked out: npx cdk deploy -c clusterName=my-cluster
const app = new App();
const stack = new Stack(app, 'VpcCniRole', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});

const vpcCni = new VpcCniServiceAccountRole(stack, 'VpcCni', {
  cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: app.node.tryGetContext('clusterName') ?? 'my-cluster' }),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
});

new CfnOutput(stack, 'RoleArn', { value: vpcCni.role.roleArn });
new CfnOutput(stack, 'RolloutSummary', { value: vpcCni.rolloutSummary });
