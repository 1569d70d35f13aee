import { CreateAccessEntryCommand, DeleteAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import type { FaultTemplate } from './fault-template';
import { FunctionRole } from './function-role';
import type { Grants, Permission } from './grants';
import { unless } from './unless';
import type { LocalAws } from '../../local-stack/aws/local-aws';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';

export interface FunctionAccessProps {
  readonly aws: LocalAws;
  readonly cluster: KubernetesCluster;
  readonly template: FaultTemplate;
  /** In the ids of what defines it. */
  readonly idPart: string;
  readonly roleName: string;
  /** What is kept from the functions. */
  readonly without?: Permission;
}

/** What the template gives functions that talk to the cluster: a role, an access entry, and a Role in Kubernetes. */
export class FunctionAccess {
  private readonly role: FunctionRole;
  private readonly eks: EKSClient;
  private without?: Permission;

  constructor(private readonly props: FunctionAccessProps) {
    this.role = new FunctionRole(props.aws, props.roleName);
    this.eks = new EKSClient(props.aws.clientConfig);
    this.without = props.without;
  }

  get roleArn(): string {
    return this.role.arn;
  }

  /** The role alone. */
  async create(): Promise<void> {
    await this.role.create(this.grants.statements);
  }

  async delete(): Promise<void> {
    await this.revokeAccessEntry();
    await this.revokeRbac();
    await this.role.delete();
  }

  /** As far as it is not granted. */
  async grant(): Promise<void> {
    const { cluster, template, idPart } = this.props;
    const { rules } = this.grants;
    const items = template.rbac(idPart).map(object => object.rules ? { ...object, rules } : object);
    await cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }));
    const { KubernetesGroups } = template.properties<{ KubernetesGroups: string[] }>(template.idOf('AWS::EKS::AccessEntry', idPart));
    const entry = { clusterName: cluster.name, principalArn: this.roleArn, kubernetesGroups: KubernetesGroups };
    await this.eks.send(new CreateAccessEntryCommand(entry)).catch(unless('ResourceInUseException'));
  }

  /** What was kept from the functions as well. */
  async grantAll(): Promise<void> {
    this.without = undefined;
    await this.role.allow(this.grants.statements);
    await this.grant();
  }

  async revokeAccessEntry(): Promise<void> {
    const entry = { clusterName: this.props.cluster.name, principalArn: this.roleArn };
    await this.eks.send(new DeleteAccessEntryCommand(entry)).catch(unless('ResourceNotFoundException'));
  }

  async revokeRbac(): Promise<void> {
    const { cluster, template, idPart } = this.props;
    for (const { kind, metadata: { name } } of template.rbac(idPart)) {
      await cluster.kubectl('-n', 'kube-system', 'delete', kind, name, '--ignore-not-found');
    }
  }

  private get grants(): Grants {
    const grants = this.props.template.grants(this.props.idPart);
    return this.without ? grants.without(this.without) : grants;
  }
}
