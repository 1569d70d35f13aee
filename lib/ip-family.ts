/**
 * The IP family from which an EKS cluster gives its pods and services their addresses.
 *
 * It is fixed when the cluster is created.
 *
 * @see https://docs.aws.amazon.com/eks/latest/userguide/cni-ipv6.html
 */
export enum IpFamily {
  /** Pods get IPv4 addresses. */
  IP_V4 = 'ipv4',

  /** Pods get IPv6 addresses. */
  IP_V6 = 'ipv6',
}
