import type { Cluster } from '../../../lib/handlers/shared/cluster';

export function aCluster(differences: Partial<Cluster> = {}): Cluster {
  return {
    name: 'blue',
    arn: 'arn:aws:eks:eu-west-1:111122223333:cluster/blue',
    endpoint: 'https://ABCDEF.gr7.eu-west-1.eks.amazonaws.com',
    certificateAuthority: 'Q0E=',
    issuer: 'https://oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF',
    ipFamily: 'ipv4',
    vpcId: 'vpc-1',
    autoMode: false,
    ...differences,
  };
}
