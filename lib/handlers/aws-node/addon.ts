/** The managed add-on as EKS describes it, as far as its role goes. */
export interface AddonState {
  readonly arn: string;
  readonly status: string;
  readonly version: string;
  readonly configurationValues?: string;
  /** With a role of its own, EKS owns the annotation of the service account. */
  readonly roleArn?: string;
  /** What it had before ours: a tag on the add-on itself, which goes with it. */
  readonly earlierRoleArn?: string;
}

export interface AddonUpdate {
  readonly id: string;
  readonly status: string;
  /** The role that it sets; none where it takes the role away. */
  readonly roleArn?: string;
  readonly errors: readonly AddonError[];
}

export interface AddonError {
  readonly code: string;
  readonly message: string;
  readonly resourceIds: readonly string[];
}

/** What the handlers ask of EKS about the `vpc-cni` add-on of a cluster. */
export interface Addon {
  /** @returns undefined when it is not installed, or the cluster is gone */
  describe(clusterName: string): Promise<AddonState | undefined>;
  /**
   * Changes nothing but the role; what users have edited is preserved.
   *
   * @returns the id of the update; undefined when somebody else's is under way, or the add-on is gone by now
   */
  update(clusterName: string, addon: AddonState, roleArn: string | undefined): Promise<string | undefined>;
  /** @returns undefined when the add-on is gone by now */
  describeUpdate(clusterName: string, id: string): Promise<AddonUpdate | undefined>;
  /** @returns the id of the update that is under way, whoever has started it */
  findUpdate(clusterName: string): Promise<string | undefined>;
  rememberRole(clusterName: string, addon: AddonState, roleArn: string): Promise<void>;
  forgetRole(clusterName: string, addon: AddonState): Promise<void>;
}
