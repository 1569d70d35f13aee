/** The plugin's own tag on the network interfaces that it makes, once it knows the name of its cluster. */
export const CLUSTER_TAG = 'cluster.k8s.amazonaws.com/name';

/**
 * What holds for instances of the cluster and no others.
 *
 * Imports nothing: it goes into the handler's bundle as well.
 */
export function instanceConditions(clusterName: string): Record<string, string> {
  return { [`aws:ResourceTag/kubernetes.io/cluster/${clusterName}`]: 'owned' };
}
