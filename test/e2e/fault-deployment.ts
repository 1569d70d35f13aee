import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  AttachRolePolicyCommand, CreateOpenIDConnectProviderCommand, CreateRoleCommand, DeleteOpenIDConnectProviderCommand, DeleteRoleCommand,
  DetachRolePolicyCommand, IAMClient,
} from '@aws-sdk/client-iam';
import { FaultFunctions } from './fault-functions';
import { FaultTemplate } from './fault-template';
import { FunctionAccess } from './function-access';
import type { Permission } from './grants';
import { IpFamily } from '../../lib';
import type { LocalAws } from '../../local-stack/aws/local-aws';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';

export interface FaultDeploymentOptions {
  readonly roleName: string;
  readonly timeoutSeconds: number;
  readonly logDirectory: string;
  /** What its functions may not do. */
  readonly without?: Permission;
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

/** What CloudFormation and the provider framework do with the construct's resources, without them. */
export class FaultDeployment {
  /** Of its functions. */
  readonly access: FunctionAccess;
  private readonly template: FaultTemplate;
  private readonly functions: FaultFunctions;
  private readonly iam: IAMClient;
  private readonly physicalIds = new Map<string, string>();
  private isAnnotated = false;

  constructor(private readonly aws: LocalAws, private readonly cluster: KubernetesCluster, private readonly options: FaultDeploymentOptions) {
    const { account, region } = aws;
    const { roleName, timeoutSeconds, logDirectory } = options;
    this.template = new FaultTemplate({
      account,
      region,
      clusterName: cluster.name,
      providerArn: this.providerArn,
      ipFamily: IpFamily.IP_V4,
      roleName,
      timeoutSeconds,
    });
    this.access = new FunctionAccess({
      aws, cluster, template: this.template, idPart: 'AwsNodeAccess', roleName: `functions-${roleName}`, without: options.without,
    });
    this.functions = new FaultFunctions('aws-node', aws, this.access.roleArn, join(logDirectory, `${roleName}.log`));
    this.iam = new IAMClient(aws.clientConfig);
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
    await this.access.create();
  }

  async dispose(): Promise<void> {
    await this.access.delete();
    for (const PolicyArn of this.pluginRole.ManagedPolicyArns ?? []) {
      await this.iam.send(new DetachRolePolicyCommand({ RoleName: this.options.roleName, PolicyArn }));
    }
    await this.iam.send(new DeleteRoleCommand({ RoleName: this.options.roleName }));
    await this.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: this.providerArn }));
  }

  /** @returns the summary of the rollout */
  async create(): Promise<string> {
    await this.custom('Custom::AwsNodeGuard', 'Create');
    this.isAnnotated = true;
    await this.annotate('ApplyPatchJson');
    return (await this.custom('Custom::AwsNodeRollout', 'Create'))!;
  }

  /** Also what is there of a creation that failed. */
  async delete(): Promise<void> {
    await this.custom('Custom::AwsNodeRollout', 'Delete');
    if (this.isAnnotated) {
      await this.annotate('RestorePatchJson');
      this.isAnnotated = false;
    }
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

  private get providerArn(): string {
    return `arn:aws:iam::${this.aws.account}:oidc-provider/${this.cluster.issuer.replace('https://', '')}`;
  }
}
