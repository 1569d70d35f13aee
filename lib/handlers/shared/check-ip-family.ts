import type { Cluster, IpFamilyName } from './cluster';

/** Fails when the family that was asked for is not the cluster's own: with the other family's policy the plugin could not assign addresses. */
export function checkIpFamily(cluster: Cluster, expected: IpFamilyName | undefined): void {
  if (expected && expected !== cluster.ipFamily) {
    throw new Error(
      `cluster ${cluster.name} is an ${cluster.ipFamily} cluster, but ${expected} was asked for (by \`ipFamily\`, \`policy\` or the cluster object): `
      + `set it to ${cluster.ipFamily}, or leave it out to have it read from the cluster. Nothing was changed`);
  }
}
