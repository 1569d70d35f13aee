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
