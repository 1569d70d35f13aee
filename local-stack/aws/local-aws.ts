import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { CreateClusterCommand, CreateNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { AttachRolePolicyCommand, CreateOpenIDConnectProviderCommand, CreatePolicyCommand, CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { installRuntimes, nodeOf } from './runtimes';
import { freePort } from '../free-port';
import type { ManagedProcess, ProcessGroup } from '../process-group';

const READY_WITHIN_MS = 30_000;
const CDK_WITHIN_MS = 30 * 60_000;
const CLUSTER_ROLE = 'local-eks-cluster';
const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const IPV6_POLICY = 'AmazonEKS_CNI_IPv6_Policy';

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
  /**
   * With which the roles of add-ons are applied in Kubernetes.
   * @default - they are not
   */
  readonly addonManagerToken?: string;
  /**
   * How long it takes EKS to install or update an add-on.
   * @default 2
   */
  readonly addonSeconds?: number;
  /** @default API_AND_CONFIG_MAP */
  readonly authenticationMode?: 'API' | 'API_AND_CONFIG_MAP' | 'CONFIG_MAP';
  /** @default false */
  readonly autoMode?: boolean;
  /** @default ACTIVE */
  readonly status?: 'ACTIVE' | 'CREATING' | 'UPDATING' | 'FAILED';
}

/** One invocation that goes wrong: the first for this resource and request. */
export type FunctionFault = {
  readonly stack: string;
  /** The type of the custom resource. */
  readonly resource: string;
  readonly request: 'Create' | 'Update' | 'Delete';
  /** Of ours (`index.…`) or of CDK's provider framework (`framework.…`). */
  readonly handler: 'index.onEvent' | 'index.isComplete' | 'framework.onEvent' | 'framework.isComplete';
} & (
  | { readonly kind: 'kill'; /** What it has written when it dies; without it, it dies soon after its start. */ readonly after?: string }
  | { readonly kind: 'timeout' | 'twice' }
);

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
    ['home', 'tmp', 'faults'].forEach(name => mkdirSync(join(state, name), { recursive: true }));

    const aws = new LocalAws(`http://127.0.0.1:${port}`, account, region, state, nodeOf(runtimes.node));
    aws.writeClusters();
    aws.denyNothing();
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
        LOCAL_AWS_FAULTS_DIRECTORY: join(state, 'faults'),
        LOCAL_AWS_LAYERS_DIRECTORY: runtimes.layers,
        LOCAL_AWS_NODE_RUNTIMES: runtimes.node,
        LOCAL_AWS_PYTHON_RUNTIME: runtimes.python,
        LOCAL_AWS_TOKEN_REVIEW_SECRET: aws.tokenReviewSecret,
        LOCAL_AWS_SEED: String(seed),
        LOCAL_AWS_SERVICE_CONTROL_POLICY_FILE: aws.serviceControlPolicyFile,
      },
    });
    await aws.ready(server);
    await aws.createRole(CLUSTER_ROLE, { Service: 'eks.amazonaws.com' });
    await aws.createIpv6Policy();
    return aws;
  }

  /** All that a client of this account needs: the CDK CLI, the AWS CLI, an SDK. */
  readonly environment: Record<string, string>;
  /** The same for SDK clients made in this process. */
  readonly clientConfig: { endpoint: string; region: string; credentials: { accessKeyId: string; secretAccessKey: string } };

  private readonly clusters = new Map<string, RegisteredCluster>();
  private faults = 0;
  private readonly clustersFile: string;
  private readonly serviceControlPolicyFile: string;
  private readonly tokenReviewSecret = randomBytes(16).toString('hex');

  /** @param node the Node.js of functions */
  private constructor(
    readonly endpointUrl: string, readonly account: string, readonly region: string, private readonly state: string, readonly node: string,
  ) {
    this.clustersFile = join(state, 'clusters.json');
    this.serviceControlPolicyFile = join(state, 'service-control-policy.json');
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

  /** With a managed node group, whose role may do what the VPC CNI plugin needs. */
  async registerCluster(cluster: RegisteredCluster): Promise<void> {
    this.announceCluster(cluster);
    const eks = new EKSClient(this.clientConfig);
    const subnetIds = ['subnet-1', 'subnet-2'];
    await eks.send(new CreateClusterCommand({
      name: cluster.name,
      roleArn: `arn:aws:iam::${this.account}:role/${CLUSTER_ROLE}`,
      resourcesVpcConfig: { subnetIds },
      accessConfig: { authenticationMode: cluster.authenticationMode ?? 'API_AND_CONFIG_MAP', bootstrapClusterCreatorAdminPermissions: false },
    }));
    const { roleName, policyArn } = this.nodeRole(cluster.name);
    const nodeRole = await this.createRole(roleName, { Service: 'ec2.amazonaws.com' });
    await new IAMClient(this.clientConfig).send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: policyArn }));
    await eks.send(new CreateNodegroupCommand({ clusterName: cluster.name, nodegroupName: 'workers', nodeRole, subnets: subnetIds }));
  }

  /** The role of a registered cluster's nodes, and the policy that it has for the VPC CNI plugin. */
  nodeRole(clusterName: string): { roleName: string; policyArn: string } {
    const policyArn = this.clusters.get(clusterName)?.ipFamily === 'ipv6'
      ? `arn:aws:iam::${this.account}:policy/${IPV6_POLICY}`
      : CNI_POLICY;
    return { roleName: `local-eks-node-${clusterName}`, policyArn };
  }

  /** As the user guide has people make it: for the plugin alone, by the cluster's own provider. */
  async createPluginRole(roleName: string, issuer: string): Promise<string> {
    const iam = new IAMClient(this.clientConfig);
    const { OpenIDConnectProviderArn } = await iam.send(new CreateOpenIDConnectProviderCommand({ Url: issuer, ClientIDList: ['sts.amazonaws.com'] }));
    const name = issuer.slice('https://'.length);
    const roleArn = await this.createRole(roleName, { Federated: OpenIDConnectProviderArn }, {
      StringEquals: { [`${name}:aud`]: 'sts.amazonaws.com', [`${name}:sub`]: 'system:serviceaccount:kube-system:aws-node' },
    });
    await iam.send(new AttachRolePolicyCommand({ RoleName: roleName, PolicyArn: CNI_POLICY }));
    return roleArn;
  }

  /** @returns whether it has happened by now */
  failFunction(fault: FunctionFault): () => boolean {
    const file = join(this.state, 'faults', String(++this.faults));
    replaceFile(`${file}.json`, fault);
    return () => existsSync(`${file}.happened`);
  }

  /** From now on no role of these names (`*` stands for anything) may do this, whatever its policies say: a service control policy. */
  deny(roleNames: string, ...actions: readonly string[]): void {
    const roles = `arn:aws:iam::${this.account}:role/${roleNames}`;
    this.writeServiceControlPolicy({ Effect: 'Deny', Action: actions, Resource: '*', Condition: { ArnLike: { 'aws:PrincipalArn': roles } } });
  }

  denyNothing(): void {
    this.writeServiceControlPolicy();
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

  private async createRole(name: string, principal: object, condition?: object): Promise<string> {
    const { Role } = await new IAMClient(this.clientConfig).send(new CreateRoleCommand({
      RoleName: name,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: principal, Action: condition ? 'sts:AssumeRoleWithWebIdentity' : 'sts:AssumeRole', Condition: condition }],
      }),
    }));
    return Role!.Arn!;
  }

  /** AWS has none of its own: the user guide has people make it. */
  private async createIpv6Policy(): Promise<void> {
    const actions = ['AssignIpv6Addresses', 'DescribeInstances', 'DescribeTags', 'DescribeNetworkInterfaces', 'DescribeInstanceTypes'];
    await new IAMClient(this.clientConfig).send(new CreatePolicyCommand({
      PolicyName: IPV6_POLICY,
      PolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [
          { Effect: 'Allow', Action: actions.map(action => `ec2:${action}`), Resource: '*' },
          { Effect: 'Allow', Action: 'ec2:CreateTags', Resource: 'arn:aws:ec2:*:*:network-interface/*' },
        ],
      }),
    }));
  }

  private writeClusters(): void {
    const written = Object.fromEntries([...this.clusters].map(([name, cluster]) => [name, { autoMode: false, status: 'ACTIVE', ...cluster }]));
    replaceFile(this.clustersFile, written);
  }

  private writeServiceControlPolicy(...denied: readonly object[]): void {
    replaceFile(this.serviceControlPolicyFile, { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }, ...denied] });
  }
}

/** Whoever reads it finds all of the old or all of the new contents. */
function replaceFile(file: string, contents: object): void {
  writeFileSync(`${file}.new`, JSON.stringify(contents));
  renameSync(`${file}.new`, file);
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
