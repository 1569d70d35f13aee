import type { IpFamilyName } from '../shared/cluster';

/** Properties of `Custom::ClusterIdentity`, as the construct sets them and the handler reads them. */
export interface ClusterIdentityProperties {
  readonly ClusterName: string;
  /** A provider that is given, or defined in the same app; without it, it is found in the account or created. */
  readonly OpenIdConnectProviderArn?: string;
  /** The family that the user named; anything else in the cluster is an error. */
  readonly IpFamily?: IpFamilyName;
  /** ARN of the policy to attach, by the family of the cluster; only where the family is not known at synth. */
  readonly PolicyArns?: Readonly<Record<IpFamilyName, string>>;
  /** Whether the policy is for this cluster alone, and names what is its own. */
  readonly ScopedToCluster?: 'true';
}

/** Attributes of `Custom::ClusterIdentity`. */
export interface ClusterIdentityAttributes {
  readonly OpenIdConnectProviderArn: string;
  /** What `StringEquals` of the role's trust policy holds: its keys are made of the issuer, which a template cannot put into a key. */
  readonly TrustConditions: Readonly<Record<string, string>>;
  /** The one of `PolicyArns` for the family of the cluster. */
  readonly PolicyArn?: string;
  /** Only with `ScopedToCluster`, as is the next one. */
  readonly VpcId?: string;
  /** What holds for instances of the cluster: its key is made of the name, which a template cannot put into a key. */
  readonly InstanceConditions?: Readonly<Record<string, string>>;
}
