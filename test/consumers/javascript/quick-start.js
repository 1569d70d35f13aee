const { KubectlV35Layer } = require('@aws-cdk/lambda-layer-kubectl-v35');
const { App, Stack, aws_eks_v2: eks } = require('aws-cdk-lib');
const { VpcCniServiceAccountRole } = require('cdk-vpc-cni-service-account-role');

const app = new App();
const stack = new Stack(app, 'VpcCniRole');
new VpcCniServiceAccountRole(stack, 'VpcCni', {
  cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'my-cluster' }),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
});
app.synth();
