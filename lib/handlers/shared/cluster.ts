export type IpFamilyName = 'ipv4' | 'ipv6';

/** What the handlers need to know of an EKS cluster. */
export interface Cluster {
  readonly name: string;
  readonly arn: string;
  readonly endpoint: string;
  /** Base64-encoded PEM. */
  readonly certificateAuthority: string;
  /** The OIDC issuer with its `https://`. */
  readonly issuer: string;
  readonly ipFamily: IpFamilyName;
  readonly vpcId: string;
  /** EKS Auto Mode runs the network of its own nodes, without `aws-node`. */
  readonly autoMode: boolean;
}

export class ClusterNotFoundError extends Error {
  constructor(name: string) {
    super(`cluster ${name} does not exist in this account and region: check \`cluster\``);
    this.name = 'ClusterNotFoundError';
  }
}

export interface ClusterReader {
  /** @throws ClusterNotFoundError */
  describe(name: string): Promise<Cluster>;
}

/** @returns undefined when the cluster is gone */
export async function describeUnlessGone(clusters: ClusterReader, name: string): Promise<Cluster | undefined> {
  try {
    return await clusters.describe(name);
  } catch (error) {
    if (error instanceof ClusterNotFoundError) {
      return undefined;
    }
    throw error;
  }
}
