import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, RemovalPolicy, Stack, aws_ec2 as ec2, aws_eks_v2 as eks, aws_iam as iam } from 'aws-cdk-lib';
import { CfnAddon } from 'aws-cdk-lib/aws-eks';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import type { AppSettings } from './app';
import { appVpc } from './app-vpc';
import { VpcCniServiceAccountRole } from '../../lib';

/** An app that has a cluster, and gives the plugin a role by CDK's own means, or by ours. */
export interface MigrationSettings extends AppSettings {
  /** CDK's own service account, and whether it stays when it is taken out. */
  readonly serviceAccount?: 'destroyed' | 'retained';
  /** Whether the add-on is defined as well, as EKS Blueprints does: with the role of that service account. */
  readonly addon?: boolean;
  readonly construct?: boolean;
}

const app = new App({ context: CURRENTLY_RECOMMENDED_FLAGS });
const settings: MigrationSettings = JSON.parse(app.node.tryGetContext('settings'));
const stack = new Stack(app, settings.stackName, {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
const cluster = new eks.Cluster(stack, 'Cluster', {
  clusterName: settings.clusterName,
  version: eks.KubernetesVersion.V1_35,
  vpc: appVpc(stack),
  vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
  defaultCapacityType: eks.DefaultCapacityType.NODEGROUP,
  defaultCapacity: 0,
  kubectlProviderOptions: { kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') },
});

const serviceAccount = settings.serviceAccount && cluster.addServiceAccount('AwsNode', {
  name: 'aws-node',
  namespace: 'kube-system',
  overwriteServiceAccount: true,
  removalPolicy: settings.serviceAccount === 'retained' ? RemovalPolicy.RETAIN : undefined,
});
(serviceAccount?.role as iam.Role | undefined)?.addManagedPolicy(iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEKS_CNI_Policy'));
if (settings.addon) {
  // as the page has it: CDK defines the provider only while something asks for it
  void cluster.openIdConnectProvider;
  const addon = new CfnAddon(stack, 'VpcCniAddOn', {
    addonName: 'vpc-cni',
    clusterName: cluster.clusterName,
    serviceAccountRoleArn: serviceAccount?.role.roleArn,
    resolveConflicts: 'OVERWRITE',
  });
  serviceAccount && addon.node.addDependency(serviceAccount);
}
if (settings.construct) {
  new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });
}
