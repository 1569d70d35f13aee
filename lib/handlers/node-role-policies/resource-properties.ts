/** Properties of `Custom::NodeRolePolicies`, as the construct sets them and the handler reads them. */
export interface NodeRolePoliciesProperties {
  readonly ClusterName: string;
  /** Without it: the roles of the managed node groups that the cluster has at deployment. */
  readonly RoleArns?: string[];
  /** `AmazonEKS_CNI_Policy` of the partition. */
  readonly CniPolicyArn: string;
}

/** Attributes of `Custom::NodeRolePolicies`. */
export interface NodeRolePoliciesAttributes {
  /** One sentence: what is detached from how many roles, and what was left alone and why. */
  readonly Summary: string;
}
