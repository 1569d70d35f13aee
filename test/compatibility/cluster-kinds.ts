import { Aws, type Stack, Token, aws_eks as eks, aws_eks_v2 as eksv2, aws_iam as iam } from 'aws-cdk-lib';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { IpFamily, KubernetesAccess, type VpcCniServiceAccountRoleProps } from '../../lib';
import { CLUSTERS, layer } from '../clusters';

type ClusterProps = Pick<VpcCniServiceAccountRoleProps, 'cluster' | 'kubectlLayer' | 'ipFamily'>;

/** How the cluster object comes about, by its module. */
const CLUSTER_OBJECTS = {
  'aws-eks, owned': CLUSTERS['aws-eks owned'],
  'aws-eks, imported with kubectl': (stack, ipFamily) => ({
    cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', {
      clusterName: 'my-cluster',
      openIdConnectProvider: givenProvider(stack),
      kubectlRoleArn: givenArn(stack, 'iam', 'role/kubectl'),
      kubectlLayer: layer(stack),
    }),
    ipFamily,
  }),
  'aws-eks, imported by name': (stack, ipFamily) => ({ ...CLUSTERS['aws-eks imported'](stack), ipFamily }),
  'aws-eks-v2, owned': CLUSTERS['aws-eks-v2 owned'],
  'aws-eks-v2, imported with kubectl': (stack, ipFamily) => ({
    cluster: eksv2.Cluster.fromClusterAttributes(stack, 'Cluster', {
      clusterName: 'my-cluster',
      openIdConnectProvider: givenProvider(stack),
      kubectlProvider: eksv2.KubectlProvider.fromKubectlProviderAttributes(stack, 'KubectlProvider', {
        serviceToken: givenArn(stack, 'lambda', 'function:kubectl'),
      }),
    }),
    ipFamily,
  }),
  'aws-eks-v2, imported by name': (stack, ipFamily) => ({ ...CLUSTERS['aws-eks-v2 imported'](stack), ipFamily }),
} satisfies Record<string, (stack: Stack, ipFamily?: IpFamily) => ClusterProps>;

const FAMILIES = { 'IPv4': IpFamily.IP_V4, 'IPv6': IpFamily.IP_V6, 'family read at deployment': undefined };

const ACCESSES = {
  'access entry': () => undefined,
  'existing role': stack => KubernetesAccess.existingRole(iam.Role.fromRoleArn(stack, 'ExistingRole', givenArn(stack, 'iam', 'role/existing'))),
} satisfies Record<string, (stack: Stack) => KubernetesAccess | undefined>;

/** What somebody with such a cluster gives to the construct. */
export interface ClusterKind {
  readonly object: keyof typeof CLUSTER_OBJECTS;
  readonly family: keyof typeof FAMILIES;
  readonly access: keyof typeof ACCESSES;
}

const keys = <T extends object>(object: T) => Object.keys(object) as (keyof T)[];

export const CLUSTER_KINDS: readonly ClusterKind[] = keys(CLUSTER_OBJECTS).flatMap(object => keys(FAMILIES)
  // An owned cluster always knows its own.
  .filter(family => !object.endsWith('owned') || FAMILIES[family] !== undefined)
  .flatMap(family => keys(ACCESSES).map(access => ({ object, family, access }))));

export function nameOf({ object, family, access }: ClusterKind): string {
  return [object, family, access].join(', ');
}

export function propsOf({ object, family, access }: ClusterKind, stack: Stack): VpcCniServiceAccountRoleProps {
  return { ...CLUSTER_OBJECTS[object](stack, FAMILIES[family]), kubernetesAccess: ACCESSES[access](stack) };
}

function givenProvider(stack: Stack): iam.IOpenIdConnectProvider {
  const suffix = Token.isUnresolved(stack.region) ? Aws.URL_SUFFIX : RegionInfo.get(stack.region).domainSuffix;
  const arn = givenArn(stack, 'iam', `oidc-provider/oidc.eks.${stack.region}.${suffix}/id/EXAMPLED539D4633E53DE1B71EXAMPLE`);
  return iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'GivenProvider', arn);
}

/** As people write it down, if they know where they deploy to. */
export function givenArn(stack: Stack, service: 'iam' | 'lambda', resource: string): string {
  const partition = Token.isUnresolved(stack.region) ? Aws.PARTITION : RegionInfo.get(stack.region).partition;
  return ['arn', partition, service, service === 'iam' ? '' : stack.region, stack.account, resource].join(':');
}
