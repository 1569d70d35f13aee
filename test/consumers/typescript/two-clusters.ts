import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, Duration, Stack, aws_eks as eks, aws_eks_v2 as eksv2, aws_iam as iam } from 'aws-cdk-lib';
import { CniPolicy, IpFamily, KubernetesAccess, NodeRoles, VpcCniServiceAccountRole } from 'cdk-vpc-cni-service-account-role';

const app = new App();

// Known by its name.
const imported = new Stack(app, 'ImportedCluster');
const vpcCni = new VpcCniServiceAccountRole(imported, 'VpcCni', {
  cluster: eksv2.Cluster.fromClusterAttributes(imported, 'Cluster', { clusterName: 'my-cluster' }),
  kubectlLayer: new KubectlV35Layer(imported, 'KubectlLayer'),
  policy: CniPolicy.scopedToCluster(),
  kubernetesAccess: KubernetesAccess.accessEntry(),
  nodeRoles: NodeRoles.of(iam.Role.fromRoleName(imported, 'NodeRole', 'my-node-role')),
  stsRegionalEndpoints: true,
  rolloutTimeout: Duration.minutes(20),
});
new CfnOutput(imported, 'RolloutSummary', { value: vpcCni.rolloutSummary });

// Defined in the app, with the older module.
const owned = new Stack(app, 'OwnedCluster');
const cluster = new eks.Cluster(owned, 'Cluster', {
  version: eks.KubernetesVersion.V1_35,
  kubectlLayer: new KubectlV35Layer(owned, 'KubectlLayer'),
});
new VpcCniServiceAccountRole(owned, 'VpcCni', {
  cluster,
  ipFamily: IpFamily.IP_V4,
  nodeRoles: NodeRoles.managedNodegroups(),
});

app.synth();
