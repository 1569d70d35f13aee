import { type EKSClient, paginateListPodIdentityAssociations } from '@aws-sdk/client-eks';
import { NAME, NAMESPACE } from './kubernetes';

export interface PodIdentity {
  /** @returns the id of the association on kube-system/aws-node */
  findAssociation(clusterName: string): Promise<string | undefined>;
}

export class EksPodIdentity implements PodIdentity {
  constructor(private readonly eks: EKSClient) {}

  async findAssociation(clusterName: string): Promise<string | undefined> {
    const pages = paginateListPodIdentityAssociations({ client: this.eks }, { clusterName, namespace: NAMESPACE, serviceAccount: NAME });
    try {
      for await (const { associations = [] } of pages) {
        if (associations.length > 0) {
          return associations[0].associationId;
        }
      }
    } catch (error) {
      throw new Error(`eks:ListPodIdentityAssociations failed on cluster ${clusterName}: ${error}`, { cause: error });
    }
    return undefined;
  }
}
