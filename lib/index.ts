export * from './cni-policy';
export * from './ip-family';
export * from './kubernetes-access';
export * from './node-roles';
export * from './vpc-cni-service-account-role';
