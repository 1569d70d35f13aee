import { type EKSClient, paginateListPodIdentityAssociations } from '@aws-sdk/client-eks';
import { NAME, NAMESPACE } from './kubernetes';

export interface PodIdentityAssociation {
  readonly id: string;
  /** The add-on that owns it: it goes only with or through that. */
  readonly addonName?: string;
}

export interface PodIdentity {
  /** @returns the association on kube-system/aws-node */
  findAssociation(clusterName: string): Promise<PodIdentityAssociation | undefined>;
}

export class EksPodIdentity implements PodIdentity {
  constructor(private readonly eks: EKSClient) {}

  async findAssociation(clusterName: string): Promise<PodIdentityAssociation | undefined> {
    const pages = paginateListPodIdentityAssociations({ client: this.eks }, { clusterName, namespace: NAMESPACE, serviceAccount: NAME });
    try {
      for await (const { associations = [] } of pages) {
        if (associations.length > 0) {
          const { associationId, ownerArn } = associations[0];
          // arn:PARTITION:eks:REGION:ACCOUNT:addon/CLUSTER/NAME/UUID
          return { id: associationId!, addonName: ownerArn?.split('/')[2] };
        }
      }
    } catch (error) {
      throw new Error(`eks:ListPodIdentityAssociations failed on cluster ${clusterName}: ${error}`, { cause: error });
    }
    return undefined;
  }
}
