import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, Stack, aws_eks_v2 as eks, aws_iam as iam } from 'aws-cdk-lib';
import { IpFamily, VpcCniServiceAccountRole } from '../lib';

/** One imported cluster with kubectl, and on it what is named on the command line. */
const app = new App();
const stack = new Stack(app, 'Stack', { env: { account: '111122223333', region: 'us-east-1' } });
const clusterName = 'my-cluster';
const kubectlProvider = new eks.KubectlProvider(stack, 'Kubectl', {
  cluster: eks.Cluster.fromClusterAttributes(stack, 'Imported', { clusterName }),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
});
const openIdConnectProvider = iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(
  stack, 'Provider', `arn:aws:iam::${stack.account}:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/EXAMPLE`);
const cluster = eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName, kubectlProvider, openIdConnectProvider });

switch (process.argv[2]) {
  case 'construct':
    new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster, openIdConnectProvider, ipFamily: IpFamily.IP_V4 });
    break;
  case 'addServiceAccount':
    cluster.addServiceAccount('VpcCni', { name: 'aws-node', namespace: 'kube-system' })
      .role.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEKS_CNI_Policy'));
    break;
}
