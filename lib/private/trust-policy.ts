/** The audience of the tokens that EKS puts into pods, so a client id that the OIDC provider has to accept. */
export const TOKEN_AUDIENCE = 'sts.amazonaws.com';

/**
 * What `StringEquals` of the role's trust policy holds, so that nothing but the service account of the VPC CNI plugin gets the role.
 *
 * Imports nothing: it goes into the handler's bundle as well.
 *
 * @param issuer OIDC issuer of the cluster, with or without `https://`
 */
export function trustConditions(issuer: string): Record<string, string> {
  const name = issuerName(issuer);
  return {
    [`${name}:aud`]: TOKEN_AUDIENCE,
    [`${name}:sub`]: 'system:serviceaccount:kube-system:aws-node',
  };
}

/** The issuer as IAM has it in ARNs and condition keys. */
export function issuerName(issuer: string): string {
  return issuer.replace(/^https:\/\//, '');
}
