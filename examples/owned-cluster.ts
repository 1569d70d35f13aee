import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, Stack, aws_eks_v2 as eks } from 'aws-cdk-lib';
import { VpcCniServiceAccountRole } from '../lib';

// A cluster that the same app defines: npx cdk deploy --app 'npx tsx examples/owned-cluster.ts'
const app = new App();
const stack = new Stack(app, 'ClusterWithVpcCniRole', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});

const cluster = new eks.Cluster(stack, 'Cluster', {
  clusterName: app.node.tryGetContext('clusterName'),
  version: eks.KubernetesVersion.V1_35,
  defaultCapacityType: eks.DefaultCapacityType.NODEGROUP,
  kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') },
});

const vpcCni = new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });

new CfnOutput(stack, 'RoleArn', { value: vpcCni.role.roleArn });
new CfnOutput(stack, 'RolloutSummary', { value: vpcCni.rolloutSummary });
