import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, Stack, aws_ec2 as ec2, aws_eks as eks, aws_eks_v2 as eksv2, aws_iam as iam } from 'aws-cdk-lib';
import { type IpFamily, VpcCniServiceAccountRole, type VpcCniServiceAccountRoleProps } from '../lib';

export const ISSUER = 'oidc.eks.eu-west-1.amazonaws.com/id/EXAMPLED539D4633E53DE1B71EXAMPLE';
export const PROVIDER_ARN = `arn:aws:iam::111122223333:oidc-provider/${ISSUER}`;

/** As a new app has it, since CDK's own code warns of its older provider; and without copies of the layers, for speed. */
export const CONTEXT = { '@aws-cdk/aws-eks:useNativeOidcProvider': true, 'aws:cdk:disable-asset-staging': true };

export function newStack(context: Record<string, unknown> = {}): Stack {
  return new Stack(new App({ context: { ...CONTEXT, ...context } }), 'Stack', { env: { account: '111122223333', region: 'eu-west-1' } });
}

export function provider(stack: Stack): iam.IOpenIdConnectProvider {
  return iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider', PROVIDER_ARN);
}

export function layer(stack: Stack): KubectlV35Layer {
  return new KubectlV35Layer(stack, 'KubectlLayer');
}

/** A kubectl provider of somebody else's, as an imported cluster may be given one. */
export function kubectlProvider(stack: Stack): eksv2.IKubectlProvider {
  return eksv2.KubectlProvider.fromKubectlProviderAttributes(stack, 'KubectlProvider', {
    serviceToken: 'arn:aws:lambda:eu-west-1:111122223333:function:kubectl',
  });
}

export function vpc(stack: Stack): ec2.IVpc {
  return ec2.Vpc.fromVpcAttributes(stack, 'Vpc', {
    vpcId: 'vpc-11111111',
    availabilityZones: ['eu-west-1a', 'eu-west-1b'],
    privateSubnetIds: ['subnet-11111111', 'subnet-22222222'],
  });
}

export type ClusterKind = 'aws-eks imported' | 'aws-eks owned' | 'aws-eks-v2 imported' | 'aws-eks-v2 owned';

/** A cluster of each kind, and what the construct needs beside it. */
export const CLUSTERS: Record<ClusterKind, (stack: Stack, ipFamily?: IpFamily) => Pick<VpcCniServiceAccountRoleProps, 'cluster' | 'kubectlLayer'>> = {
  'aws-eks imported': stack => ({
    cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'my-cluster' }),
    kubectlLayer: layer(stack),
  }),
  'aws-eks owned': (stack, ipFamily) => ({
    cluster: new eks.Cluster(stack, 'Cluster', {
      version: eks.KubernetesVersion.V1_34,
      vpc: vpc(stack),
      vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
      kubectlLayer: layer(stack),
      defaultCapacity: 0,
      authenticationMode: eks.AuthenticationMode.API_AND_CONFIG_MAP,
      ipFamily: ipFamily as eks.IpFamily | undefined,
    }),
  }),
  'aws-eks-v2 imported': stack => ({
    cluster: eksv2.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName: 'my-cluster' }),
    kubectlLayer: layer(stack),
  }),
  'aws-eks-v2 owned': (stack, ipFamily) => ({
    cluster: new eksv2.Cluster(stack, 'Cluster', {
      version: eksv2.KubernetesVersion.V1_34,
      vpc: vpc(stack),
      vpcSubnets: [{ subnetType: ec2.SubnetType.PRIVATE_WITH_EGRESS }],
      kubectlProviderOptions: { kubectlLayer: layer(stack) },
      ipFamily: ipFamily as eksv2.IpFamily | undefined,
      defaultCapacityType: eksv2.DefaultCapacityType.NODEGROUP,
      defaultCapacity: 0,
    }),
  }),
};

/** The construct for a cluster known by its name, in a stack of its own. */
export function define(props: Partial<VpcCniServiceAccountRoleProps> = {}, stack = newStack()): VpcCniServiceAccountRole {
  return new VpcCniServiceAccountRole(stack, 'VpcCni', { ...CLUSTERS['aws-eks-v2 imported'](stack), ...props });
}
