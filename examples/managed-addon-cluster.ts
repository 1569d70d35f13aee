import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, Stack, aws_eks_v2 as eks } from 'aws-cdk-lib';
import { NodeRoles, VpcCniServiceAccountRole } from '../lib';

// A cluster with the managed vpc-cni add-on; then the policy comes off the roles of its nodes: npx cdk deploy --app 'npx tsx examples/managed-addon-cluster.ts'
const app = new App();
const stack = new Stack(app, 'VpcCniAddonRole', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});

const vpcCni = new VpcCniServiceAccountRole(stack, 'VpcCni', {
  cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: app.node.tryGetContext('clusterName') ?? 'my-addon-cluster' }),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
  nodeRoles: NodeRoles.managedNodegroups(),
});

new CfnOutput(stack, 'RoleArn', { value: vpcCni.role.roleArn });
new CfnOutput(stack, 'RolloutSummary', { value: vpcCni.rolloutSummary });
