import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateClusterCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { installRuntimes } from './runtimes';
import { freePort } from '../free-port';
import type { ManagedProcess, ProcessGroup } from '../process-group';

const READY_WITHIN_MS = 30_000;
const CDK_WITHIN_MS = 30 * 60_000;
const CLUSTER_ROLE = 'local-eks-cluster';

export interface LocalAwsOptions {
  /** For state, logs and a private HOME. */
  readonly directory: string;
  readonly processes: ProcessGroup;
  /** @default us-east-1 */
  readonly region?: string;
  /** @default 111122223333 */
  readonly account?: string;
  /** Decides the order of resources that do not depend on each other. */
  readonly seed: number;
}

export interface RegisteredCluster {
  readonly name: string;
  readonly endpoint: string;
  readonly certificateAuthorityData: string;
  readonly issuer: string;
  readonly ipFamily: 'ipv4' | 'ipv6';
  /** The key set with which the issuer's tokens are verified. */
  readonly jwks: object;
  /** @default API_AND_CONFIG_MAP */
  readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  /** @default false */
  readonly autoMode?: boolean;
  /** @default ACTIVE */
  readonly status?: 'ACTIVE' | 'CREATING' | 'UPDATING' | 'FAILED';
}

export interface CdkOptions {
  /** @default - the working directory of this process */
  readonly cwd?: string;
  /** The app's command, or the folder of its cloud assembly. */
  readonly app?: string;
  /** Gets each line as it is printed. */
  readonly onLine?: (line: string) => void;
}

export interface CdkResult {
  readonly stdout: string;
  readonly stderr: string;
  readonly exitCode: number;
}

/** An emulated AWS account in one region that the CDK CLI bootstraps and deploys to. */
export class LocalAws {
  static async start(options: LocalAwsOptions): Promise<LocalAws> {
    const { directory, processes, seed, region = 'us-east-1', account = '111122223333' } = options;
    const runtimes = await installRuntimes();
    const port = await freePort();
    const state = join(directory, 'aws');
    ['home', 'tmp'].forEach(name => mkdirSync(join(state, name), { recursive: true }));

    const aws = new LocalAws(`http://127.0.0.1:${port}`, account, region, state);
    aws.writeClusters();
    const server = processes.start('aws', runtimes.server, ['-m', 'launcher'], {
      cwd: state,
      env: {
        PATH: process.env.PATH,
        HOME: join(state, 'home'),
        TMPDIR: join(state, 'tmp'),
        LANG: 'C.UTF-8',
        PYTHONPATH: __dirname,
        PYTHONDONTWRITEBYTECODE: '1',
        PYTHONUNBUFFERED: '1',
        BIND_HOST: '127.0.0.1',
        GATEWAY_PORT: String(port),
        MINISTACK_HOST: '127.0.0.1',
        MINISTACK_ACCOUNT_ID: account,
        MINISTACK_REGION: region,
        AUTH: 'true',
        LAMBDA_EXECUTOR: 'local',
        SFN_WAIT_SCALE: '0.05',
        SFTP_ENABLED: '0',
        IOT_MTLS_ENABLED: '0',
        LOCAL_AWS_CLUSTERS_FILE: aws.clustersFile,
        LOCAL_AWS_NODE_RUNTIMES: runtimes.node,
        LOCAL_AWS_PYTHON_RUNTIME: runtimes.python,
        LOCAL_AWS_TOKEN_REVIEW_SECRET: aws.tokenReviewSecret,
        LOCAL_AWS_SEED: String(seed),
      },
    });
    await aws.ready(server);
    await aws.createClusterRole();
    return aws;
  }

  /** All that a client of this account needs: the CDK CLI, the AWS CLI, an SDK. */
  readonly environment: Record<string, string>;
  /** The same for SDK clients made in this process. */
  readonly clientConfig: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

  private readonly clusters = new Map<string, RegisteredCluster>();
  private readonly clustersFile: string;
  private readonly tokenReviewSecret = randomBytes(16).toString('hex');

  private constructor(readonly endpointUrl: string, readonly account: string, readonly region: string, private readonly state: string) {
    this.clustersFile = join(state, 'clusters.json');
    this.clientConfig = { endpoint: endpointUrl, region, credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };
    this.environment = {
      PATH: [join(packageDirectory('aws-cdk'), '../.bin'), process.env.PATH].join(delimiter),
      HOME: join(state, 'home'),
      TMPDIR: join(state, 'tmp'),
      LANG: 'C.UTF-8',
      AWS_ENDPOINT_URL: endpointUrl,
      AWS_ACCESS_KEY_ID: this.clientConfig.credentials.accessKeyId,
      AWS_SECRET_ACCESS_KEY: this.clientConfig.credentials.secretAccessKey,
      AWS_REGION: region,
      AWS_DEFAULT_REGION: region,
      AWS_CONFIG_FILE: '/dev/null',
      AWS_SHARED_CREDENTIALS_FILE: '/dev/null',
      AWS_EC2_METADATA_DISABLED: 'true',
      AWS_PAGER: '',
      CDK_DEFAULT_ACCOUNT: account,
      CDK_DEFAULT_REGION: region,
      CDK_DISABLE_CLI_TELEMETRY: 'true',
      CDK_DISABLE_VERSION_CHECK: '1',
      NO_COLOR: '1',
      NODE_NO_WARNINGS: '1',
    };
  }

  /** Where the API server of a cluster, registered by then or not, has its tokens reviewed. */
  tokenReviewUrl(clusterName: string): string {
    return `${this.endpointUrl}/_ministack/eks-auth/${this.account}/${this.region}/${clusterName}/${this.tokenReviewSecret}`;
  }

  /** What stands behind the cluster of this name, whoever creates it. */
  announceCluster(cluster: RegisteredCluster): void {
    this.clusters.set(cluster.name, cluster);
    this.writeClusters();
  }

  async registerCluster(cluster: RegisteredCluster): Promise<void> {
    this.announceCluster(cluster);
    await new EKSClient(this.clientConfig).send(new CreateClusterCommand({
      name: cluster.name,
      roleArn: `arn:aws:iam::${this.account}:role/${CLUSTER_ROLE}`,
      resourcesVpcConfig: { subnetIds: ['subnet-1', 'subnet-2'] },
      accessConfig: { authenticationMode: cluster.authenticationMode ?? 'API_AND_CONFIG_MAP', bootstrapClusterCreatorAdminPermissions: false },
    }));
  }

  /** From the next DescribeCluster on. The authentication mode is changed as on AWS, by UpdateClusterConfig. */
  async updateCluster(name: string, changes: Partial<Omit<RegisteredCluster, 'name' | 'authenticationMode'>>): Promise<void> {
    const cluster = this.clusters.get(name);
    if (!cluster) {
      throw new Error(`no cluster ${name} is registered: register it before it is updated`);
    }
    this.clusters.set(name, { ...cluster, ...changes });
    this.writeClusters();
  }

  async bootstrap(): Promise<void> {
    const { exitCode, stdout, stderr } = await this.cdk(['bootstrap', `aws://${this.account}/${this.region}`], { cwd: this.state });
    if (exitCode !== 0) {
      throw new Error(`cdk bootstrap failed:\n${stdout}\n${stderr}`);
    }
  }

  async cdk(args: readonly string[], options: CdkOptions = {}): Promise<CdkResult> {
    const cli = join(packageDirectory('aws-cdk'), 'bin/cdk');
    const app = options.app === undefined ? [] : ['--app', options.app];
    const child = spawn(process.execPath, [cli, ...args, ...app], {
      cwd: options.cwd,
      env: this.environment,
      stdio: ['ignore', 'pipe', 'pipe'],
      timeout: CDK_WITHIN_MS,
    });
    const closed = once(child, 'close') as Promise<[number | null]>;
    const [stdout, stderr, [exitCode]] = await Promise.all([collect(child.stdout, options.onLine), collect(child.stderr, options.onLine), closed]);
    if (exitCode === null) {
      throw new Error(`cdk ${args.join(' ')} was not done within ${CDK_WITHIN_MS / 60_000} minutes:\n${stdout}\n${stderr}`);
    }
    return { stdout, stderr, exitCode };
  }

  private async ready(server: ManagedProcess): Promise<void> {
    const deadline = Date.now() + READY_WITHIN_MS;
    while (!await answers(`${this.endpointUrl}/_ministack/ready`)) {
      if (server.exited || Date.now() > deadline) {
        throw new Error(`the AWS emulator ${server.exited ? 'ended' : 'is not ready'}:\n${server.tail()}`);
      }
      await sleep(100);
    }
    const { Account } = await new STSClient(this.clientConfig).send(new GetCallerIdentityCommand({}));
    if (Account !== this.account) {
      throw new Error(`the AWS emulator says it is account ${Account}, not ${this.account}`);
    }
  }

  private async createClusterRole(): Promise<void> {
    await new IAMClient(this.clientConfig).send(new CreateRoleCommand({
      RoleName: CLUSTER_ROLE,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Service: 'eks.amazonaws.com' }, Action: 'sts:AssumeRole' }],
      }),
    }));
  }

  private writeClusters(): void {
    const written = Object.fromEntries([...this.clusters].map(([name, cluster]) => [name, { autoMode: false, status: 'ACTIVE', ...cluster }]));
    writeFileSync(`${this.clustersFile}.new`, JSON.stringify(written));
    renameSync(`${this.clustersFile}.new`, this.clustersFile);
  }
}

async function collect(stream: Readable, onLine?: (line: string) => void): Promise<string> {
  const lines: string[] = [];
  for await (const line of createInterface(stream)) {
    lines.push(line);
    onLine?.(line);
  }
  return lines.join('\n');
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).ok;
  } catch {
    return false;
  }
}

function packageDirectory(name: string): string {
  return dirname(require.resolve(`${name}/package.json`));
}
