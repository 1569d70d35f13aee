import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateAccessEntryCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateRoleCommand, IAMClient, PutRolePolicyCommand } from '@aws-sdk/client-iam';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { V1DaemonSet, VersionInfo } from '@kubernetes/client-node';
import { AuditLog } from './audit-log';
import { handlerAccess } from './handler-access';
import { HandlerProcess } from './handler-process';
import type { PodKind } from './results';
import { UnavailableNodes } from './unavailable-nodes';
import { installRuntimes } from '../local-stack/aws/runtimes';
import { awsNodePods } from '../local-stack/aws-node-pods';
import type { KubernetesCluster } from '../local-stack/kubernetes/cluster';
import { LocalStack } from '../local-stack/local-stack';

const NAME = 'bench';
const HANDLER_ROLE = 'bench-handler';
const READY_WITHIN_SECONDS = 3600;
const LEASE_SECONDS = 600;

/** A cluster of the local stack, and a role with which the handler has the access to it that the construct defines. */
export class BenchCluster {
  static async start(nodes: number, pods: PodKind): Promise<BenchCluster> {
    const directory = mkdtempSync(join(tmpdir(), 'bench-'));
    const access = handlerAccess(NAME);
    const audit = new AuditLog(directory, access.group);
    const { node: runtimes } = await installRuntimes();
    const stack = await LocalStack.start(`${nodes} nodes, pods Ready ${pods === 'instant' ? 'at once' : 'after 10 s'}`, [
      { name: NAME, ipFamily: 'ipv4', nodes: 1, podReadySeconds: pods === 'instant' ? 0 : 10, leaseSeconds: LEASE_SECONDS, apiServerFlags: audit.apiServerFlags },
    ]);
    const bench = new BenchCluster(stack, stack.cluster(NAME), nodes, runtimes, audit, directory);
    try {
      await bench.createRole(access.group);
      await bench.cluster.apply(access.manifest);
      await stack.progress.during(`adding ${nodes - 1} nodes`, bench.cluster.addNodes(nodes - 1));
      await stack.progress.during('waiting for their pods', bench.cluster.waitForAwsNode(READY_WITHIN_SECONDS));
      return bench;
    } catch (error) {
      await bench.stop();
      throw error;
    }
  }

  private constructor(
    private readonly stack: LocalStack,
    readonly cluster: KubernetesCluster,
    readonly nodes: number,
    private readonly runtimes: string,
    readonly audit: AuditLog,
    private readonly directory: string,
  ) {}

  step(message: string): void {
    this.stack.progress.step(message);
  }

  role(name: string): string {
    return `arn:aws:iam::${this.stack.aws.account}:role/${name}`;
  }

  async annotate(role: string): Promise<void> {
    await this.cluster.kubectl('-n', 'kube-system', 'annotate', '--overwrite', 'serviceaccount', 'aws-node', `eks.amazonaws.com/role-arn=${role}`);
  }

  /** @returns how many of its pods are Ready and have the role in each of their three containers */
  async verified(role: string): Promise<number> {
    const pods = await awsNodePods(this.cluster);
    return pods.filter(({ ready, containers }) => ready && containers.length === 3 && containers.every(container => container.role === role)).length;
  }

  async podUids(): Promise<Set<string>> {
    return new Set((await awsNodePods(this.cluster)).map(({ uid }) => uid));
  }

  async maxUnavailable(): Promise<number> {
    const { spec } = await this.cluster.kubectlJson<V1DaemonSet>('-n', 'kube-system', 'get', 'daemonset', 'aws-node');
    const value: number | string = spec!.updateStrategy!.rollingUpdate!.maxUnavailable!;
    return typeof value === 'number' ? value : Math.ceil(this.nodes * parseInt(value, 10) / 100);
  }

  async kubernetesVersion(): Promise<string> {
    return (await this.cluster.kubectlJson<VersionInfo>('get', '--raw', '/version')).gitVersion;
  }

  async watchUnavailable(): Promise<UnavailableNodes> {
    return UnavailableNodes.watch(this.cluster.api, this.nodes);
  }

  async startHandler(): Promise<HandlerProcess> {
    const environment = await this.handlerEnvironment();
    return HandlerProcess.start({ runtimes: this.runtimes, environment, logFile: join(this.stack.logDirectory, 'handler.log') });
  }

  async stop(): Promise<void> {
    await this.stack.stop();
    rmSync(this.directory, { recursive: true, force: true });
  }

  /** With credentials for an hour, as a function has them. */
  private async handlerEnvironment(): Promise<NodeJS.ProcessEnv> {
    const { clientConfig, account, region, endpointUrl } = this.stack.aws;
    const { Credentials } = await new STSClient(clientConfig).send(
      new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${HANDLER_ROLE}`, RoleSessionName: 'bench', DurationSeconds: 3600 }));
    return {
      AWS_REGION: region,
      AWS_ENDPOINT_URL: endpointUrl,
      AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials!.SessionToken,
    };
  }

  private async createRole(group: string): Promise<void> {
    const { clientConfig, account, region } = this.stack.aws;
    const iam = new IAMClient(clientConfig);
    await iam.send(new CreateRoleCommand({
      RoleName: HANDLER_ROLE,
      AssumeRolePolicyDocument: policy({ Principal: { AWS: `arn:aws:iam::${account}:root` }, Action: 'sts:AssumeRole' }),
    }));
    await iam.send(new PutRolePolicyCommand({
      RoleName: HANDLER_ROLE,
      PolicyName: 'handler',
      PolicyDocument: policy({ Action: ['eks:DescribeCluster', 'eks:ListAddons'], Resource: `arn:aws:eks:${region}:${account}:cluster/${NAME}` }),
    }));
    await new EKSClient(clientConfig).send(
      new CreateAccessEntryCommand({ clusterName: NAME, principalArn: this.role(HANDLER_ROLE), kubernetesGroups: [group] }));
  }
}

function policy(statement: object): string {
  return JSON.stringify({ Version: '2012-10-17', Statement: [{ Effect: 'Allow', ...statement }] });
}
