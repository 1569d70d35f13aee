import { execFile } from 'node:child_process';
import { appendFileSync, mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CloudFormationClient, DescribeStackResourcesCommand, type StackEvent, paginateDescribeStackEvents } from '@aws-sdk/client-cloudformation';
import type { AppSettings } from './app';
import { Deployment, type State } from './deployment';
import { underWatch } from './invariant-sampler';
import type { InvariantOptions } from './invariants';
import type { CdkResult, FunctionFault } from '../../local-stack/aws/local-aws';
import type { LocalStack } from '../../local-stack/local-stack';

const run = promisify(execFile);

type Command = 'deploy' | 'destroy' | 'rollback';
type DistributiveOmit<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;

export interface Change {
  readonly exitCode: number;
  /** What the CDK CLI has printed. */
  readonly output: string;
  /** What CloudFormation says of the first resource that failed. */
  readonly failure?: string;
  /** Of the stack, or undefined if there is none any more. */
  readonly status?: string;
}

/** A deployment that is made and undone often: each of its settings is synthesised once and deployed from its folder, and each change is watched. */
export class AssembledDeployment extends Deployment {
  private readonly assemblies = new Map<string, Promise<string>>();

  /** @param program the app */
  constructor(private readonly localStack: LocalStack, private readonly settings: AppSettings, private readonly program = 'test/e2e/app.ts') {
    super(localStack, settings);
  }

  /** @throws if an invariant was violated meanwhile */
  async change(command: Command, settings: Partial<AppSettings> = {}, options: InvariantOptions = {}): Promise<Change> {
    return underWatch(this.cluster, this.localStack.aws, async () => this.unwatched(command, settings), options);
  }

  async unwatched(command: Command, settings: Partial<AppSettings> = {}): Promise<Change> {
    const known = new Set((await this.events()).map(({ EventId }) => EventId));
    const { exitCode, stdout, stderr } = await this.cdk(command, { ...this.settings, ...settings });
    const events = (await this.events()).filter(({ EventId }) => !known.has(EventId));
    const failed = events.reverse().find(({ ResourceStatus, ResourceType }) =>
      ResourceStatus!.endsWith('_FAILED') && ResourceType !== 'AWS::CloudFormation::Stack');
    // The framework adds where its log is, and a stack of calls.
    const failure = failed?.ResourceStatusReason?.split('\n')[0];
    return { exitCode, output: `${stdout}\n${stderr}`, failure, status: await this.status() };
  }

  /** Without what is another stack's: those side by side come and go. What this one gives a name begins with its own. */
  override async state(): Promise<State> {
    const state = await super.state();
    const isOurs = (name: string) => name.includes(this.settings.stackName) || name.endsWith(this.cluster.issuer.slice('https://'.length));
    const ours = ['roles', 'policies', 'providers', 'functions', 'logGroups'].map(kind => [kind, (state[kind] as string[]).filter(isOurs)]);
    return { ...state, ...Object.fromEntries(ours) as State };
  }

  /** @returns whether it has happened by now */
  fail(fault: DistributiveOmit<FunctionFault, 'stack'>): () => boolean {
    return this.localStack.aws.failFunction({ ...fault, stack: this.settings.stackName });
  }

  /** The physical id of the only resource of this type whose logical id has this in it. */
  async resource(type: string, logicalId = ''): Promise<string> {
    const described = new DescribeStackResourcesCommand({ StackName: this.settings.stackName });
    const { StackResources } = await this.client(CloudFormationClient).send(described);
    const found = StackResources!.filter(({ ResourceType, LogicalResourceId }) => ResourceType === type && LogicalResourceId!.includes(logicalId));
    expect(found).toHaveLength(1);
    return found[0].PhysicalResourceId!;
  }

  protected override async cdk(command: Command, settings: AppSettings): Promise<CdkResult> {
    const app = await this.assembly(settings);
    const confirmed = { deploy: ['--require-approval', 'never'], destroy: ['--force'], rollback: [] }[command];
    const result = await this.localStack.aws.cdk([command, '--all', ...confirmed], { app });
    appendFileSync(join(this.localStack.logDirectory, `cdk-${settings.stackName}.log`), `${command} ${JSON.stringify(settings)}\n${result.stdout}\n${result.stderr}\n`);
    return result;
  }

  /** The latest first; those of the last stack of this name. */
  private async events(): Promise<StackEvent[]> {
    try {
      const events: StackEvent[] = [];
      for await (const page of paginateDescribeStackEvents({ client: this.client(CloudFormationClient) }, { StackName: this.settings.stackName })) {
        events.push(...page.StackEvents ?? []);
      }
      return events;
    } catch (error) {
      if (error instanceof Error && error.name === 'ValidationError') {
        return [];
      }
      throw error;
    }
  }

  private async assembly(settings: AppSettings): Promise<string> {
    const key = JSON.stringify(settings);
    const made = this.assemblies.get(key) ?? this.synthesise(key);
    this.assemblies.set(key, made);
    return made;
  }

  private async synthesise(settings: string): Promise<string> {
    const folder = mkdtempSync(join(this.localStack.directory, 'cdk.out-'));
    const context = { settings, clusterName: this.settings.clusterName };
    const env = { ...this.localStack.aws.environment, CDK_OUTDIR: folder, CDK_CONTEXT_JSON: JSON.stringify(context) };
    await run(process.execPath, ['--import', 'tsx', this.program], { env });
    return folder;
  }
}
