import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateAccessEntryCommand, DeleteAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import {
  AttachRolePolicyCommand, CreateOpenIDConnectProviderCommand, CreateRoleCommand, DeleteOpenIDConnectProviderCommand, DeleteRoleCommand,
  DeleteRolePolicyCommand, DetachRolePolicyCommand, IAMClient, PutRolePolicyCommand,
} from '@aws-sdk/client-iam';
import { FaultFunctions } from './fault-functions';
import { FaultTemplate } from './fault-template';
import type { LocalAws } from '../../local-stack/aws/local-aws';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';

export interface FaultDeploymentOptions {
  readonly roleName: string;
  readonly timeoutSeconds: number;
  readonly logDirectory: string;
}

interface RoleProperties {
  readonly AssumeRolePolicyDocument: { readonly Statement: readonly object[] };
  readonly ManagedPolicyArns?: readonly string[];
}

interface OnEventResponse {
  readonly PhysicalResourceId: string;
  readonly Data?: object;
}

interface IsCompleteResponse {
  readonly IsComplete: boolean;
  readonly Data?: { readonly Summary?: string };
}

const QUERY_INTERVAL_MS = 1_000;
const POLICY = 'policy';

/** What CloudFormation and the provider framework do with the construct's resources, without them. */
export class FaultDeployment {
  private readonly template: FaultTemplate;
  private readonly functions: FaultFunctions;
  private readonly functionRole: string;
  private readonly iam: IAMClient;
  private readonly eks: EKSClient;
  private readonly physicalIds = new Map<string, string>();

  constructor(private readonly aws: LocalAws, private readonly cluster: KubernetesCluster, private readonly options: FaultDeploymentOptions) {
    const { account, region } = aws;
    const { roleName, timeoutSeconds, logDirectory } = options;
    this.template = new FaultTemplate({ account, region, clusterName: cluster.name, providerArn: this.providerArn, roleName, timeoutSeconds });
    this.functionRole = `functions-${roleName}`;
    this.functions = new FaultFunctions(aws, this.functionRoleArn, join(logDirectory, `${roleName}.log`));
    this.iam = new IAMClient(aws.clientConfig);
    this.eks = new EKSClient(aws.clientConfig);
  }

  get roleArn(): string {
    return this.template.roleArn;
  }

  /** The trust policy of the plugin's role. */
  get trust(): string {
    return JSON.stringify(this.pluginRole.AssumeRolePolicyDocument);
  }

  /** All that the construct defines before it touches the plugin, but for the access of its functions. */
  async prepare(): Promise<void> {
    await this.iam.send(new CreateOpenIDConnectProviderCommand({ Url: this.cluster.issuer, ClientIDList: ['sts.amazonaws.com'] }));
    await this.createRole(this.options.roleName, this.pluginRole);
    const role = this.ofFunctions<RoleProperties>('AWS::IAM::Role');
    const administrator = { Effect: 'Allow', Action: 'sts:AssumeRole', Principal: { AWS: `arn:aws:iam::${this.aws.account}:root` } };
    const Statement = [...role.AssumeRolePolicyDocument.Statement, administrator];
    await this.createRole(this.functionRole, { AssumeRolePolicyDocument: { ...role.AssumeRolePolicyDocument, Statement } });
    const { PolicyDocument } = this.ofFunctions<{ PolicyDocument: object }>('AWS::IAM::Policy');
    const policy = { RoleName: this.functionRole, PolicyName: POLICY, PolicyDocument: JSON.stringify(PolicyDocument) };
    await this.iam.send(new PutRolePolicyCommand(policy));
  }

  async dispose(): Promise<void> {
    await this.revokeAccessEntry();
    await this.revokeRbac();
    await this.iam.send(new DeleteRolePolicyCommand({ RoleName: this.functionRole, PolicyName: POLICY }));
    await this.iam.send(new DeleteRoleCommand({ RoleName: this.functionRole }));
    for (const PolicyArn of this.pluginRole.ManagedPolicyArns ?? []) {
      await this.iam.send(new DetachRolePolicyCommand({ RoleName: this.options.roleName, PolicyArn }));
    }
    await this.iam.send(new DeleteRoleCommand({ RoleName: this.options.roleName }));
    await this.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: this.providerArn }));
  }

  /** As far as it is not granted. */
  async grantAccess(): Promise<void> {
    await this.cluster.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items: this.rbac }));
    const { KubernetesGroups } = this.ofFunctions<{ KubernetesGroups: string[] }>('AWS::EKS::AccessEntry');
    const entry = { clusterName: this.cluster.name, principalArn: this.functionRoleArn, kubernetesGroups: KubernetesGroups };
    await this.eks.send(new CreateAccessEntryCommand(entry)).catch(unless('ResourceInUseException'));
  }

  async revokeAccessEntry(): Promise<void> {
    await this.eks.send(new DeleteAccessEntryCommand({ clusterName: this.cluster.name, principalArn: this.functionRoleArn })).catch(unless('ResourceNotFoundException'));
  }

  async revokeRbac(): Promise<void> {
    for (const { kind, metadata: { name } } of this.rbac) {
      await this.cluster.kubectl('-n', 'kube-system', 'delete', kind, name, '--ignore-not-found');
    }
  }

  /** @returns the summary of the rollout */
  async create(): Promise<string> {
    await this.custom('Custom::AwsNodeGuard', 'Create');
    await this.annotate('ApplyPatchJson');
    return (await this.custom('Custom::AwsNodeRollout', 'Create'))!;
  }

  /** Also what is there of a creation that failed. */
  async delete(): Promise<void> {
    await this.custom('Custom::AwsNodeRollout', 'Delete');
    await this.annotate('RestorePatchJson');
    await this.custom('Custom::AwsNodeGuard', 'Delete');
  }

  private async custom(type: string, request: 'Create' | 'Delete'): Promise<string | undefined> {
    const id = this.template.idOf(type);
    const PhysicalResourceId = this.physicalIds.get(id);
    if (request === 'Delete' && PhysicalResourceId === undefined) {
      return undefined;
    }
    const event = {
      RequestType: request,
      ServiceToken: 'none',
      ResponseURL: 'none',
      StackId: 'faults',
      RequestId: 'faults',
      LogicalResourceId: id,
      ResourceType: type,
      ResourceProperties: this.template.properties(id, this.physicalIds),
      PhysicalResourceId,
    };
    const response = await this.functions.call<OnEventResponse>('onEvent', event);
    this.physicalIds.set(id, response.PhysicalResourceId);
    const summary = await this.completed({ ...event, ...response });
    if (request === 'Delete') {
      this.physicalIds.delete(id);
    }
    return summary;
  }

  private async completed(event: object): Promise<string | undefined> {
    const deadline = Date.now() + this.options.timeoutSeconds * 1000;
    while (Date.now() < deadline) {
      const { IsComplete, Data } = await this.functions.call<IsCompleteResponse>('isComplete', event);
      if (IsComplete) {
        return Data?.Summary;
      }
      await sleep(QUERY_INTERVAL_MS);
    }
    throw new Error('Operation timed out');
  }

  private async annotate(patch: 'ApplyPatchJson' | 'RestorePatchJson'): Promise<void> {
    const properties = this.template.properties<Record<string, string>>(this.template.idOf('Custom::AWSCDK-EKS-KubernetesPatch'));
    const { ResourceNamespace, ResourceName, PatchType } = properties;
    await this.cluster.kubectl('-n', ResourceNamespace, 'patch', ResourceName, '--type', PatchType, '-p', properties[patch]);
  }

  private async createRole(RoleName: string, { AssumeRolePolicyDocument, ManagedPolicyArns = [] }: RoleProperties): Promise<void> {
    await this.iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: JSON.stringify(AssumeRolePolicyDocument) }));
    for (const PolicyArn of ManagedPolicyArns) {
      await this.iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
    }
  }

  private get pluginRole(): RoleProperties {
    return this.template.role as unknown as RoleProperties;
  }

  private ofFunctions<T>(type: string): T {
    return this.template.properties<T>(this.template.idOf(type, 'AwsNodeAccess'));
  }

  private get providerArn(): string {
    return `arn:aws:iam::${this.aws.account}:oidc-provider/${this.cluster.issuer.replace('https://', '')}`;
  }

  private get functionRoleArn(): string {
    return `arn:aws:iam::${this.aws.account}:role/${this.functionRole}`;
  }

  private get rbac(): { kind: string; metadata: { name: string } }[] {
    return JSON.parse(this.ofFunctions<{ Manifest: string }>('Custom::AWSCDK-EKS-KubernetesResource').Manifest);
  }
}

function unless(name: string): (error: Error) => void {
  return error => {
    if (error.name !== name) {
      throw error;
    }
  };
}
