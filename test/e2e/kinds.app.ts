import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import {
  App, CfnOutput, Duration, NestedStack, RemovalPolicies, Stack, aws_ec2 as ec2, aws_eks as eks, aws_eks_v2 as eksv2,
} from 'aws-cdk-lib';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import type { Construct } from 'constructs';
import type { AppSettings } from './app';
import { appVpc } from './app-vpc';
import { VpcCniServiceAccountRole, type VpcCniServiceAccountRoleProps } from '../../lib';

export interface KindSettings extends AppSettings {
  readonly kind: keyof typeof KINDS;
  /** Of the second construct, if the kind has one. */
  readonly secondClusterName?: string;
}

/** An app for each kind, with the feature flags that `cdk init` gives to a new one. */
const KINDS = {
  'two clusters': stack => {
    const kubectlLayer = new KubectlV35Layer(stack, 'KubectlLayer');
    define(stack, 'VpcCni', { cluster: imported(stack, 'Cluster', settings.clusterName), kubectlLayer });
    define(stack, 'Second', { cluster: imported(stack, 'SecondCluster', settings.secondClusterName!), kubectlLayer });
  },

  'nested stack': stack => {
    const kubectlLayer = new KubectlV35Layer(stack, 'KubectlLayer');
    define(new NestedStack(stack, 'Nested'), 'VpcCni', { cluster: imported(stack, 'Cluster', settings.clusterName), kubectlLayer });
  },

  'imported with kubectl': stack => {
    const cluster = imported(stack, 'Cluster', settings.clusterName);
    const kubectlProvider = new eksv2.KubectlProvider(stack, 'Kubectl', { cluster, kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer') });
    const access = new eksv2.AccessEntry(stack, 'KubectlAccess', {
      cluster,
      principal: kubectlProvider.role!.roleArn,
      accessPolicies: [eksv2.AccessPolicy.fromAccessPolicyName('AmazonEKSClusterAdminPolicy', { accessScopeType: eksv2.AccessScopeType.CLUSTER })],
    });
    const { clusterName } = cluster;
    define(stack, 'VpcCni', { cluster: eksv2.Cluster.fromClusterAttributes(stack, 'ClusterWithKubectl', { clusterName, kubectlProvider }) })
      .node.addDependency(access);
  },

  'retained': stack => {
    RemovalPolicies.of(KINDS['imported by name'](stack)).retain();
  },

  'imported by name': stack => define(stack, 'VpcCni', {
    cluster: imported(stack, 'Cluster', settings.clusterName),
    kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
  }),

  'new aws-eks cluster': stack => {
    const cluster = new eks.Cluster(stack, 'Cluster', {
      clusterName: settings.clusterName,
      version: eks.KubernetesVersion.V1_35,
      authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP,
      vpc: appVpc(stack),
      vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
      kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
      defaultCapacity: 0,
    });
    const construct = define(stack, 'VpcCni', { cluster });
    cluster.addNodegroupCapacity('Nodes').node.addDependency(construct);
  },
} satisfies Record<string, (stack: Stack) => unknown>;

const app = new App({ context: CURRENTLY_RECOMMENDED_FLAGS });
const settings: KindSettings = JSON.parse(app.node.tryGetContext('settings'));
KINDS[settings.kind](new Stack(app, settings.stackName, {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
}));

function imported(scope: Construct, id: string, clusterName: string): eksv2.ICluster {
  return eksv2.Cluster.fromClusterAttributes(scope, id, { clusterName });
}

function define(scope: Stack, id: string, props: VpcCniServiceAccountRoleProps): VpcCniServiceAccountRole {
  const construct = new VpcCniServiceAccountRole(scope, id, { ...props, rolloutTimeout: Duration.minutes(settings.rolloutTimeoutMinutes ?? 10) });
  const root = scope.nestedStackParent ?? scope;
  new CfnOutput(root, `${id}RoleArn`, { value: construct.role.roleArn });
  new CfnOutput(root, `${id}RolloutSummary`, { value: construct.rolloutSummary });
  return construct;
}
