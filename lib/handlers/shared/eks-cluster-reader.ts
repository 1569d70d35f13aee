import { EKSClient, DescribeClusterCommand, ResourceNotFoundException } from '@aws-sdk/client-eks';
import type { Cluster, ClusterReader, IpFamilyName } from './cluster';
import { ClusterNotFoundError } from './cluster';

export class EksClusterReader implements ClusterReader {
  constructor(private readonly eks: EKSClient) {}

  async describe(name: string): Promise<Cluster> {
    const cluster = await this.describeCluster(name);
    const { endpoint, certificateAuthority, identity, kubernetesNetworkConfig, resourcesVpcConfig } = cluster;
    if (!endpoint || !certificateAuthority?.data || !identity?.oidc?.issuer) {
      throw new Error(`cluster ${name} is ${cluster.status}, without an endpoint or an OIDC issuer yet: deploy again when it is ACTIVE`);
    }
    return {
      name,
      arn: cluster.arn!,
      endpoint,
      certificateAuthority: certificateAuthority.data,
      issuer: identity.oidc.issuer,
      ipFamily: (kubernetesNetworkConfig?.ipFamily ?? 'ipv4') as IpFamilyName,
      vpcId: resourcesVpcConfig!.vpcId!,
      autoMode: cluster.computeConfig?.enabled ?? false,
    };
  }

  private async describeCluster(name: string) {
    try {
      return (await this.eks.send(new DescribeClusterCommand({ name }))).cluster!;
    } catch (error) {
      if (error instanceof ResourceNotFoundException) {
        throw new ClusterNotFoundError(name);
      }
      throw new Error(`eks:DescribeCluster failed on cluster ${name}: ${error}`, { cause: error });
    }
  }
}
