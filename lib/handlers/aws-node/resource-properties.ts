import type { IpFamilyName } from '../shared/cluster';

interface AwsNodeProperties {
  readonly ClusterName: string;
  /** The role that every container of `aws-node` has to carry. */
  readonly RoleArn: string;
  /** Value of the `eks.amazonaws.com/sts-regional-endpoints` annotation; without it, that annotation is not ours. */
  readonly StsRegionalEndpoints?: 'true' | 'false';
  /** CloudFormation hands numbers over as strings. */
  readonly RolloutTimeoutSeconds: string;
}

/** Properties of `Custom::AwsNodeGuard`, as the construct sets them and the handler reads them. */
export interface AwsNodeGuardProperties extends AwsNodeProperties {
  readonly OpenIdConnectProviderArn: string;
  /** The construct, by which it knows the annotations that it has set itself. */
  readonly Owner: string;
  /** The family that the user named or the policy is for; anything else in the cluster is an error. */
  readonly IpFamily?: IpFamilyName;
  /** Whether the policy is for this cluster alone, so that the plugin has to know its name. */
  readonly ScopedToCluster?: 'true';
}

/** Properties of `Custom::AwsNodeRollout`. */
export interface AwsNodeRolloutProperties extends AwsNodeProperties {
  /** Physical id of the guard, which remembers an earlier role; resources that an earlier version defined have none. */
  readonly GuardId?: string;
  /** ARNs of the node roles that policies are detached from next: with others, every pod is verified again before. */
  readonly NodeRoles?: readonly string[];
}

/** Attributes of `Custom::AwsNodeRollout`. */
export interface AwsNodeRolloutAttributes {
  /** One sentence: how many pods on how many nodes were restarted and verified, and what was left out and why. */
  readonly Summary: string;
}
