// Imports nothing: it goes into the handler's bundle as well.

/** The managed add-on that is the VPC CNI plugin. */
export const ADDON_NAME = 'vpc-cni';

/** On the add-on: the role that it had before ours. */
export const EARLIER_ROLE_TAG = 'cdk-vpc-cni-service-account-role:earlier-role';
