import { randomInt } from 'node:crypto';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type CdkResult, LocalAws } from './aws/local-aws';
import { Binaries } from './kubernetes/binaries';
import { KubernetesCluster } from './kubernetes/cluster';
import { checkPrerequisites } from './prerequisites';
import { ProcessGroup } from './process-group';
import { Progress } from './progress';

export interface LocalClusterOptions {
  readonly name: string;
  readonly ipFamily: 'ipv4' | 'ipv6';
  readonly nodes: number;
  /**
   * How long it takes a pod to be Ready.
   * @default 0
   */
  readonly podReadySeconds?: number;
  /**
   * How long a node may be silent; many nodes cannot be played on a small machine with heartbeats as frequent as on EKS.
   * @default 40
   */
  readonly leaseSeconds?: number;
  /** More of them. */
  readonly apiServerFlags?: readonly string[];
  /**
   * Whether an app creates the EKS cluster; its control plane is there before.
   * @default false
   */
  readonly owned?: boolean;
}

/** An AWS account with EKS clusters on this machine: an emulator of AWS, and a real Kubernetes control plane for each cluster. */
export class LocalStack {
  static async start(title: string, clusters: readonly LocalClusterOptions[]): Promise<LocalStack> {
    checkPrerequisites();
    const progress = new Progress(title);
    const directory = mkdtempSync(join(tmpdir(), 'local-stack-'));
    const processes = new ProcessGroup(join(directory, 'logs'));
    progress.step(`logs: ${processes.logDirectory}`);
    try {
      const binaries = await Binaries.get(progress);
      const seed = Number(process.env.LOCAL_STACK_SEED ?? randomInt(1_000_000));
      const aws = await progress.during(
        `starting AWS; LOCAL_STACK_SEED=${seed} repeats its order of independent resources`, LocalAws.start({ directory, processes, seed }));
      const started = await Promise.all([
        progress.during('bootstrapping AWS for CDK', aws.bootstrap()),
        ...clusters.map(options => progress.during(
          `starting ${options.ipFamily} cluster ${options.name} with ${options.nodes} nodes`,
          startCluster(aws, { ...options, region: aws.region, tokenReviewUrl: aws.tokenReviewUrl(options.name), directory, processes, binaries }))),
      ]);
      progress.step('the local stack is up');
      return new LocalStack(progress, directory, processes, aws, binaries.path('kubectl'), started.slice(1) as KubernetesCluster[]);
    } catch (error) {
      await processes.stopAll();
      throw error;
    }
  }

  /** Gets each line that the CDK CLI prints. */
  onCdkLine?: (line: string) => void;

  private constructor(
    readonly progress: Progress,
    /** For files of its users, too: gone when it stops. */
    readonly directory: string,
    private readonly processes: ProcessGroup,
    readonly aws: LocalAws,
    /** The program. */
    readonly kubectl: string,
    private readonly clusters: readonly KubernetesCluster[],
  ) {}

  get logDirectory(): string {
    return this.processes.logDirectory;
  }

  cluster(name: string): KubernetesCluster {
    const found = this.clusters.find(cluster => cluster.name === name);
    if (!found) {
      throw new Error(`no cluster ${name} in the local stack, which has: ${this.clusters.map(cluster => cluster.name).join(', ')}`);
    }
    return found;
  }

  /** The CDK CLI, as a user has it. */
  async cdk(command: 'deploy' | 'destroy', app: string, ...options: readonly string[]): Promise<CdkResult> {
    const confirmed = command === 'deploy' ? ['--require-approval', 'never'] : ['--force'];
    // The default folder is for one CLI at a time, and there may be other local stacks.
    const output = ['--output', join(this.directory, 'cdk.out')];
    return this.progress.during(
      `cdk ${command} --app '${app}' ${options.join(' ')}`, this.aws.cdk([command, '--all', ...confirmed, ...options, ...output], { app, onLine: this.onCdkLine }));
  }

  /** Ends everything; of its files only the logs stay. */
  async stop(): Promise<void> {
    await this.processes.stopAll();
    readdirSync(this.directory).filter(name => name !== 'logs').forEach(name => rmSync(join(this.directory, name), { recursive: true, force: true }));
    this.progress.step('the local stack is down');
  }
}

type StartOptions = Parameters<typeof KubernetesCluster.start>[0] & Pick<LocalClusterOptions, 'owned'>;

async function startCluster(aws: LocalAws, options: StartOptions): Promise<KubernetesCluster> {
  const cluster = await KubernetesCluster.start(options);
  const { name, endpoint, certificateAuthorityData, issuer, addonManagerToken } = cluster;
  const registered = { name, endpoint, certificateAuthorityData, issuer, addonManagerToken, ipFamily: options.ipFamily, jwks: await cluster.jwks() };
  if (options.owned) {
    aws.announceCluster(registered);
  } else {
    await aws.registerCluster(registered);
  }
  return cluster;
}
