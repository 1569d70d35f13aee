import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, Stack, aws_eks_v2 as eks, aws_iam as iam } from 'aws-cdk-lib';
import { VpcCniServiceAccountRole } from '../lib';

// A cluster and its nodes in one deployment: the plugin has its role before there is a node, so the nodes never have the CNI policy:
// npx cdk deploy --app 'npx tsx examples/new-cluster.ts'
const app = new App();
const stack = new Stack(app, 'NewClusterWithVpcCniRole', {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});

const cluster = new eks.Cluster(stack, 'Cluster', {
  clusterName: app.node.tryGetContext('clusterName'),
  version: eks.KubernetesVersion.V1_35,
  defaultCapacityType: eks.DefaultCapacityType.NODEGROUP,
  defaultCapacity: 0,
  kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') },
});

const vpcCni = new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });

const nodeRole = new iam.Role(stack, 'NodeRole', {
  assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'),
  managedPolicies: [
    iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEKSWorkerNodePolicy'),
    iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEC2ContainerRegistryPullOnly'),
  ],
});
const nodegroup = cluster.addNodegroupCapacity('Nodes', { nodeRole });
nodegroup.node.addDependency(vpcCni);

new CfnOutput(stack, 'RoleArn', { value: vpcCni.role.roleArn });
new CfnOutput(stack, 'RolloutSummary', { value: vpcCni.rolloutSummary });
