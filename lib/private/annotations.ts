// Of the service account `aws-node`. Imports nothing: it goes into the handler's bundle as well.

export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
export const STS_ANNOTATION = 'eks.amazonaws.com/sts-regional-endpoints';

/** Which construct set them: a second one, in another app or under another id, would undo the first one's. */
export const OWNER_ANNOTATION = 'cdk-vpc-cni-service-account-role/owner';
