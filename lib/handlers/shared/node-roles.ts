import {
  type EKSClient, DescribeAccessEntryCommand, DescribeNodegroupCommand, InvalidRequestException, ResourceNotFoundException,
  paginateListAccessEntries, paginateListNodegroups,
} from '@aws-sdk/client-eks';

export interface NodeRoles {
  /** @returns ARNs of the roles of the nodes that may run `aws-node`, as far as EKS knows them */
  find(clusterName: string): Promise<string[]>;
}

export interface NodegroupRoles {
  /** @returns ARNs of the roles of the managed node groups that may run `aws-node` */
  findOfNodegroups(clusterName: string): Promise<string[]>;
}

export class EksNodeRoles implements NodeRoles, NodegroupRoles {
  constructor(private readonly eks: EKSClient) {}

  async find(clusterName: string): Promise<string[]> {
    return rolesOf(clusterName, this.ofNodegroups(clusterName), this.ofAccessEntries(clusterName));
  }

  async findOfNodegroups(clusterName: string): Promise<string[]> {
    return rolesOf(clusterName, this.ofNodegroups(clusterName));
  }

  private async *ofNodegroups(clusterName: string): AsyncGenerator<string> {
    for await (const { nodegroups = [] } of paginateListNodegroups({ client: this.eks }, { clusterName })) {
      for (const nodegroupName of nodegroups) {
        const { nodegroup } = await orNothing(this.eks.send(new DescribeNodegroupCommand({ clusterName, nodegroupName })));
        if (nodegroup?.nodeRole && !nodegroup.amiType?.startsWith('WINDOWS')) {
          yield nodegroup.nodeRole;
        }
      }
    }
  }

  /** Which self-managed and Karpenter's nodes have as well. */
  private async *ofAccessEntries(clusterName: string): AsyncGenerator<string> {
    for await (const { accessEntries = [] } of this.accessEntries(clusterName)) {
      for (const principalArn of accessEntries.filter(arn => arn.includes(':role/'))) {
        const { accessEntry } = await orNothing(this.eks.send(new DescribeAccessEntryCommand({ clusterName, principalArn })));
        if (accessEntry?.type === 'EC2_LINUX') {
          yield principalArn;
        }
      }
    }
  }

  private async *accessEntries(clusterName: string): AsyncGenerator<{ accessEntries?: string[] }> {
    try {
      yield* paginateListAccessEntries({ client: this.eks }, { clusterName });
    } catch (error) {
      // a cluster in mode CONFIG_MAP has none
      if (!(error instanceof InvalidRequestException && error.message.includes('authentication mode'))) {
        throw error;
      }
    }
  }
}

async function rolesOf(clusterName: string, ...sources: readonly AsyncIterable<string>[]): Promise<string[]> {
  const roles = new Set<string>();
  try {
    for (const source of sources) {
      for await (const role of source) roles.add(role);
    }
  } catch (error) {
    throw new Error(`the node roles of cluster ${clusterName} cannot be read: ${error}`, { cause: error });
  }
  return [...roles];
}

/** It may go between being listed and being described. */
async function orNothing<T>(described: Promise<T>): Promise<Partial<T>> {
  try {
    return await described;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return {};
    }
    throw error;
  }
}
