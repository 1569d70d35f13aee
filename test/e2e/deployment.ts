import { CloudFormationClient, DescribeStacksCommand } from '@aws-sdk/client-cloudformation';
import { CloudWatchLogsClient, DescribeLogGroupsCommand, FilterLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs';
import { type Addon, DescribeAddonCommand, EKSClient, ListAccessEntriesCommand } from '@aws-sdk/client-eks';
import { IAMClient, ListAttachedRolePoliciesCommand, ListOpenIDConnectProvidersCommand, ListPoliciesCommand, ListRolesCommand } from '@aws-sdk/client-iam';
import { LambdaClient, ListFunctionsCommand } from '@aws-sdk/client-lambda';
import { AssumeRoleWithWebIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import type { V1DaemonSet, V1ServiceAccount } from '@kubernetes/client-node';
import type { AppSettings } from './app';
import { underWatch } from './invariant-sampler';
import type { InvariantOptions } from './invariants';
import { unless } from './unless';
import type { CdkResult, LocalAws } from '../../local-stack/aws/local-aws';
import { type AwsNodePod, awsNodePods } from '../../local-stack/aws-node-pods';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import type { LocalStack } from '../../local-stack/local-stack';

/** What a test must find unchanged; log groups apart, since CDK's own functions leave some. */
export interface State {
  readonly logGroups: readonly string[];
  readonly [name: string]: unknown;
}

export type AddonDefinition = Pick<Addon, 'addonVersion' | 'configurationValues' | 'serviceAccountRoleArn' | 'podIdentityAssociations' | 'tags'>;

export type Outputs = Record<'RoleArn' | 'ProviderArn' | 'PolicyArn' | 'RolloutSummary', string>;

/** The construct for one cluster, deployed by the CDK CLI and looked at with kubectl and the SDK: never by our own code. */
export class Deployment {
  readonly cluster: KubernetesCluster;
  private readonly aws: LocalAws;

  constructor(private readonly stack: LocalStack, private readonly defaults: AppSettings, private readonly app = 'npx tsx test/e2e/app.ts') {
    this.cluster = stack.cluster(defaults.clusterName);
    this.aws = stack.aws;
  }

  async deploy(settings: Partial<AppSettings> = {}): Promise<Outputs> {
    const { exitCode, stdout, stderr } = await this.tryToDeploy(settings);
    if (exitCode !== 0) {
      throw new Error(`cdk deploy ended with ${exitCode}:\n${stdout}\n${stderr}`);
    }
    return outputsIn(`${stdout}\n${stderr}`) as Outputs;
  }

  /** @throws if an invariant was violated meanwhile */
  async tryToDeploy(settings: Partial<AppSettings> = {}, invariants: InvariantOptions = {}): Promise<CdkResult> {
    return underWatch(this.cluster, this.aws, async () => this.cdk('deploy', { ...this.defaults, ...settings }), invariants);
  }

  async destroy(): Promise<void> {
    const { exitCode, stdout, stderr } = await underWatch(this.cluster, this.aws, async () => this.cdk('destroy', this.defaults));
    if (exitCode !== 0) {
      throw new Error(`cdk destroy ended with ${exitCode}:\n${stdout}\n${stderr}`);
    }
  }

  /** Of the stack, or undefined if there is none. */
  async status(): Promise<string | undefined> {
    const { Stacks } = await this.client(CloudFormationClient).send(new DescribeStacksCommand({}));
    return Stacks?.find(({ StackName }) => StackName === this.defaults.stackName)?.StackStatus;
  }

  async pods(): Promise<AwsNodePod[]> {
    return awsNodePods(this.cluster);
  }

  async annotations(): Promise<Record<string, string>> {
    return (await this.serviceAccount())?.metadata?.annotations ?? {};
  }

  async annotate(...annotations: string[]): Promise<void> {
    await this.cluster.kubectl('-n', 'kube-system', 'annotate', '--overwrite', 'serviceaccount', 'aws-node', ...annotations);
  }

  /** All that must be the same before and after: the objects of the plugin, and what the account and the cluster hold. */
  async state(): Promise<State> {
    const serviceAccount = await this.serviceAccount();
    const daemonSet = await this.getIfThere<V1DaemonSet>('daemonset', 'aws-node');
    const names = async (resource: string, ...args: string[]) => (await this.cluster.kubectl('get', resource, '-o', 'name', ...args)).split('\n').sort();
    const { uid, annotations, labels } = serviceAccount?.metadata ?? {};
    return {
      serviceAccount: { uid, annotations, labels },
      daemonSet: { uid: daemonSet?.metadata?.uid, spec: daemonSet?.spec },
      rbac: [...await names('roles,rolebindings', '-A'), ...await names('clusterroles,clusterrolebindings')],
      addon: await this.addon(),
      ...await this.account(),
    };
  }

  /** The managed vpc-cni add-on, as far as anybody but EKS decides on it. */
  async addon(): Promise<AddonDefinition | undefined> {
    const described = await this.client(EKSClient).send(new DescribeAddonCommand({ clusterName: this.cluster.name, addonName: 'vpc-cni' }))
      .catch(unless('ResourceNotFoundException'));
    if (!described) {
      return undefined;
    }
    const { addonVersion, configurationValues, serviceAccountRoleArn, podIdentityAssociations, tags } = described.addon!;
    return { addonVersion, configurationValues, serviceAccountRoleArn, podIdentityAssociations, tags };
  }

  async podUids(): Promise<string[]> {
    return (await this.pods()).map(({ uid }) => uid).sort();
  }

  async policiesOf(roleArn: string): Promise<string[]> {
    const { AttachedPolicies } = await this.client(IAMClient).send(new ListAttachedRolePoliciesCommand({ RoleName: roleArn.split('/').pop() }));
    return (AttachedPolicies ?? []).map(({ PolicyArn }) => PolicyArn!);
  }

  async roleExists(roleArn: string): Promise<boolean> {
    return (await this.roles()).includes(roleArn);
  }

  /** How often handlers of ours have been called, by their logs. */
  async handlerCalls(): Promise<number> {
    const logs = this.client(CloudWatchLogsClient);
    const { logGroups } = await logs.send(new DescribeLogGroupsCommand({}));
    const events = await Promise.all((logGroups ?? []).map(async ({ logGroupName }) =>
      (await logs.send(new FilterLogEventsCommand({ logGroupName, limit: 10_000 }))).events ?? []));
    return events.flat().length;
  }

  /** A token of a service account, from the real API server, in exchange for the role's credentials. */
  async assumeRole(roleArn: string, { serviceAccount = 'aws-node', audience = 'sts.amazonaws.com', issuer = this.cluster } = {}): Promise<string> {
    const token = await issuer.kubectl('-n', 'kube-system', 'create', 'token', serviceAccount, '--audience', audience);
    const { AssumedRoleUser } = await this.client(STSClient).send(
      new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: 'test', WebIdentityToken: token.trim() }));
    return AssumedRoleUser!.Arn!;
  }

  client<T>(Client: new (config: LocalAws['clientConfig']) => T): T {
    return new Client(this.aws.clientConfig);
  }

  private async roles(): Promise<string[]> {
    const { Roles } = await this.client(IAMClient).send(new ListRolesCommand({}));
    return (Roles ?? []).map(({ Arn }) => Arn!).sort();
  }

  private async account(): Promise<State> {
    const iam = this.client(IAMClient);
    const { Policies } = await iam.send(new ListPoliciesCommand({ Scope: 'Local' }));
    const { OpenIDConnectProviderList } = await iam.send(new ListOpenIDConnectProvidersCommand({}));
    const { Functions } = await this.client(LambdaClient).send(new ListFunctionsCommand({}));
    const { logGroups } = await this.client(CloudWatchLogsClient).send(new DescribeLogGroupsCommand({}));
    const sorted = (values: (string | undefined)[] | undefined) => (values ?? []).map(String).sort();
    return {
      roles: await this.roles(),
      policies: sorted(Policies?.map(({ Arn }) => Arn)),
      providers: sorted(OpenIDConnectProviderList?.map(({ Arn }) => Arn)),
      accessEntries: sorted(await this.accessEntries()),
      functions: sorted(Functions?.map(({ FunctionName }) => FunctionName)),
      logGroups: sorted(logGroups?.map(({ logGroupName }) => logGroupName)),
    };
  }

  /** None where the cluster is only to be created by the app. */
  private async accessEntries(): Promise<string[]> {
    const listed = await this.client(EKSClient).send(new ListAccessEntriesCommand({ clusterName: this.cluster.name }))
      .catch(unless('ResourceNotFoundException'));
    return listed?.accessEntries ?? [];
  }

  private async serviceAccount(): Promise<V1ServiceAccount | undefined> {
    return this.getIfThere('serviceaccount', 'aws-node');
  }

  private async getIfThere<T>(kind: string, name: string): Promise<T | undefined> {
    const found = await this.cluster.kubectl('-n', 'kube-system', 'get', kind, name, '--ignore-not-found', '-o', 'json');
    return found === '' ? undefined : JSON.parse(found) as T;
  }

  /** Our app takes the settings, those of examples/ the name alone. */
  protected async cdk(command: 'deploy' | 'destroy', settings: AppSettings): Promise<CdkResult> {
    return this.stack.cdk(command, this.app, '-c', `settings=${JSON.stringify(settings)}`, '-c', `clusterName=${settings.clusterName}`);
  }
}

/** By their names, of what the CDK CLI prints. */
export function outputsIn(printed: string): Record<string, string> {
  return Object.fromEntries([...printed.matchAll(/^\S+\.(\w+) = (.+)$/gm)].map(([, name, value]) => [name, value]));
}

/** Every container of every pod is what it should be, and every pod is ready. */
export function expectAll(pods: AwsNodePod[], count: number, expected: { role?: string; stsEndpoints?: string }): void {
  expect(pods).toHaveLength(count);
  for (const { ready, containers } of pods) {
    expect(ready).toBe(true);
    expect(containers.map(({ name }) => name)).toEqual(['aws-vpc-cni-init', 'aws-node', 'aws-eks-nodeagent']);
    for (const { role, tokenFile, stsEndpoints } of containers) {
      expect(role).toEqual(expected.role);
      expect(tokenFile).toEqual(expected.role && '/var/run/secrets/eks.amazonaws.com/serviceaccount/token');
      expect(stsEndpoints).toEqual(expected.stsEndpoints);
    }
  }
}
