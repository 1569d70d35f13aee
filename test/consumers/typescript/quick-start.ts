import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, Stack, aws_eks_v2 as eks } from 'aws-cdk-lib';
import { VpcCniServiceAccountRole } from 'cdk-vpc-cni-service-account-role';

const app = new App();
const stack = new Stack(app, 'VpcCniRole');
new VpcCniServiceAccountRole(stack, 'VpcCni', {
  cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'my-cluster' }),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
});
app.synth();
