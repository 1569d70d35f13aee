const { KubectlV35Layer } = require('@aws-cdk/lambda-layer-kubectl-v35');
const { App, CfnOutput, Duration, Stack, aws_eks: eks, aws_eks_v2: eksv2, aws_iam: iam } = require('aws-cdk-lib');
const { CniPolicy, IpFamily, KubernetesAccess, NodeRoles, VpcCniServiceAccountRole } = require('cdk-vpc-cni-service-account-role');

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
