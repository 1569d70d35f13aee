import { execFile, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { get } from 'node:https';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { V1DaemonSet } from '@kubernetes/client-node';
import { ApiAccess } from './api-access';
import { ApiServerProxy } from './api-server-proxy';
import type { Binaries } from './binaries';
import { type Certificates, createCertificates } from './certificates';
import { type NodeFaults, podStages } from './node-faults';
import { type NodeKind, PLAYED, nodes } from './nodes';
import { freePort } from '../free-port';
import type { ManagedProcess, ProcessGroup } from '../process-group';
import { PodIdentityWebhook } from './pod-identity-webhook/pod-identity-webhook';

const run = promisify(execFile);

type Part = Parameters<Binaries['path']>[0];

export interface KubernetesClusterOptions {
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
  readonly region: string;
  /** Where the API server has tokens reviewed that it did not issue itself. */
  readonly tokenReviewUrl: string;
  readonly directory: string;
  readonly processes: ProcessGroup;
  readonly binaries: Binaries;
}

/** kubectl makes one after the other. */
const NODES_PER_CALL = 250;

/** Who talks to the API server, by a token of a file. */
const USERS = {
  'admin': 'system:masters',
  'system:kube-controller-manager': '',
  'system:kube-scheduler': '',
  'kwok': 'system:masters',
  'pod-identity-webhook': '',
  'eks:addon-manager': 'system:masters',
};

const CONTROLLERS = [
  'daemonset-controller', 'garbage-collector-controller', 'namespace-controller', 'pod-garbage-collector-controller', 'node-lifecycle-controller',
  'taint-eviction-controller', 'serviceaccount-controller', 'serviceaccount-token-controller', 'root-ca-certificate-publisher-controller',
  'clusterrole-aggregation-controller',
];

/** An EKS cluster as far as Kubernetes goes: a real control plane, with nodes that KWOK plays and the VPC CNI plugin on them. */
export class KubernetesCluster {
  static async start(options: KubernetesClusterOptions): Promise<KubernetesCluster> {
    const cluster = new KubernetesCluster(options, await freePort(), await freePort(), await freePort());
    await cluster.startEtcd(await freePort());
    await cluster.startApiServer();
    cluster.startControllers();
    await cluster.play();
    await cluster.startWebhook();
    await cluster.addNodes(options.nodes);
    await cluster.apply(readFileSync(options.binaries.vpcCniManifest, 'utf8'));
    await cluster.waitForAwsNode();
    return cluster;
  }

  readonly name: string;
  readonly endpoint: string;
  readonly issuer: string;
  readonly webhook: PodIdentityWebhook;
  readonly api: ApiAccess;
  /** With which EKS applies what its add-ons own. */
  readonly addonManagerToken: string;
  private readonly directory: string;
  private readonly certificates: Certificates;
  private readonly processes: ProcessGroup;
  private readonly binaries: Binaries;
  private readonly started = new Map<Part, ManagedProcess>();
  private readonly names: string[] = [];
  private nodesMade = 0;

  private constructor(private readonly options: KubernetesClusterOptions, port: number, private readonly etcdPort: number, webhookPort: number) {
    this.name = options.name;
    this.processes = options.processes;
    this.binaries = options.binaries;
    this.endpoint = `https://127.0.0.1:${port}`;
    this.issuer = `https://oidc.eks.${options.region}.amazonaws.com/id/${randomBytes(16).toString('hex').toUpperCase()}`;
    this.directory = join(options.directory, options.name);
    mkdirSync(this.directory, { recursive: true, mode: 0o700 });
    this.certificates = createCertificates(this.directory);
    const tokens = this.writeCredentials();
    this.api = new ApiAccess(this.endpoint, readFileSync(this.certificates.ca), tokens.get('admin')!);
    this.addonManagerToken = tokens.get('eks:addon-manager')!;
    const { server: certificate, serverKey: key } = this.certificates;
    this.webhook = new PodIdentityWebhook(
      `${this.name}-pod-identity-webhook`,
      this.processes,
      { port: webhookPort, kubeconfig: this.kubeconfigOf('pod-identity-webhook'), certificate, key, awsDefaultRegion: options.region },
      () => this.answers(`https://127.0.0.1:${webhookPort}/ready`));
  }

  /** Of those on which the plugin runs. */
  get nodeNames(): readonly string[] {
    return this.names;
  }

  get certificateAuthorityData(): string {
    return this.certificates.caData;
  }

  /** The administrator's. */
  get kubeconfig(): string {
    return this.kubeconfigOf('admin');
  }

  /** The keys that its service account tokens are signed with. */
  async jwks(): Promise<object> {
    return this.kubectlJson('get', '--raw', '/openid/v1/jwks');
  }

  async kubectl(...args: readonly string[]): Promise<string> {
    const { stdout } = await run(this.binaries.path('kubectl'), ['--kubeconfig', this.kubeconfig, ...args], { env: this.environment, maxBuffer: 256 * 1024 * 1024 });
    return stdout;
  }

  async kubectlJson<T>(...args: readonly string[]): Promise<T> {
    return JSON.parse(await this.kubectl(...args, ...(args.includes('--raw') ? [] : ['-o', 'json'])));
  }

  async apply(manifest: string): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const child = spawn(
        this.binaries.path('kubectl'), ['--kubeconfig', this.kubeconfig, 'apply', '--server-side', '-f', '-'],
        { env: this.environment, stdio: ['pipe', 'ignore', 'pipe'] });
      let errors = '';
      child.stderr.on('data', chunk => errors += chunk);
      child.once('exit', code => code === 0 ? resolve() : reject(new Error(`kubectl apply in ${this.name}: ${errors}`)));
      child.stdin.end(manifest);
    });
  }

  async addNodes(count: number): Promise<void> {
    const added = nodes(count, this.nodesMade, this.options.region, this.options.ipFamily);
    const parts = Array.from({ length: Math.ceil(count / NODES_PER_CALL) },
      (_, part) => added.slice(part * NODES_PER_CALL, (part + 1) * NODES_PER_CALL));
    await Promise.all(parts.map(async items => this.apply(JSON.stringify({ apiVersion: 'v1', kind: 'List', items }))));
    this.nodesMade += count;
    this.names.push(...added.map(({ metadata }) => metadata.name));
  }

  /** One of a kind on which the plugin does not run. */
  async addNodeWithoutPlugin(kind: Exclude<NodeKind, 'managed'>): Promise<void> {
    await this.apply(JSON.stringify(nodes(1, this.nodesMade++, this.options.region, this.options.ipFamily, kind)[0]));
  }

  async removeNode(name: string): Promise<void> {
    this.names.splice(this.names.indexOf(name), 1);
    await this.kubectl('delete', 'node', name);
  }

  /** The nodes go on with these faults; without any, they are well again. */
  async play(faults: NodeFaults = {}): Promise<void> {
    await this.started.get('kwok')?.stop();
    const { silent = [] } = faults;
    const living = this.names.filter(name => !silent.includes(name));
    if (living.length > 0) {
      await this.kubectl('annotate', 'node', '--overwrite', ...living, PLAYED);
      // KWOK would wait for those of its predecessor to expire.
      await this.kubectl('-n', 'kube-node-lease', 'delete', 'lease', '--ignore-not-found', ...living);
    }
    if (silent.length > 0) {
      await this.kubectl('annotate', 'node', ...silent, `${PLAYED.split('=')[0]}-`);
    }
    this.startNodes({ podReadySeconds: this.options.podReadySeconds, ...faults });
  }

  async waitForAwsNode(seconds = 120): Promise<void> {
    const count = this.names.length;
    await this.waitUntil(`aws-node is ready on ${count} nodes`, seconds, async () => {
      const { status } = await this.api.get<V1DaemonSet>('/apis/apps/v1/namespaces/kube-system/daemonsets/aws-node');
      return status?.desiredNumberScheduled === count && status.numberReady === count;
    });
  }

  /** A way to the API server on which calls can be made to fail. */
  async startProxy(): Promise<ApiServerProxy> {
    return ApiServerProxy.start({ target: this.endpoint, ...this.certificates });
  }

  async stopApiServer(): Promise<void> {
    // It would wait a minute for its clients' watches to end.
    await this.started.get('kube-apiserver')?.stop('SIGKILL');
  }

  async startApiServer(): Promise<void> {
    const { server, serverKey, serviceAccountKey, serviceAccountPublicKey } = this.certificates;
    this.start('kube-apiserver', [
      `--etcd-servers=http://127.0.0.1:${this.etcdPort}`,
      '--bind-address=127.0.0.1', `--secure-port=${new URL(this.endpoint).port}`, '--advertise-address=127.0.0.1', '--endpoint-reconciler-type=none',
      '--service-cluster-ip-range=10.100.0.0/16',
      `--tls-cert-file=${server}`, `--tls-private-key-file=${serverKey}`,
      `--token-auth-file=${join(this.directory, 'tokens.csv')}`,
      `--authentication-token-webhook-config-file=${join(this.directory, 'token-review.json')}`,
      '--authentication-token-webhook-version=v1', '--authentication-token-webhook-cache-ttl=1s',
      '--authorization-mode=Node,RBAC',
      `--service-account-issuer=${this.issuer}`, `--service-account-jwks-uri=${this.issuer}/keys`,
      `--service-account-key-file=${serviceAccountPublicKey}`, `--service-account-signing-key-file=${serviceAccountKey}`,
      '--api-audiences=https://kubernetes.default.svc',
      '--allow-privileged=true', '--profiling=false',
      ...this.options.apiServerFlags ?? [],
    ]);
    await this.waitUntil('the API server is ready', 60, () => this.answers(`${this.endpoint}/readyz`));
  }

  private get leaseSeconds(): number {
    return this.options.leaseSeconds ?? 40;
  }

  /** Nothing is read from the user's home, nor kept there. */
  private get environment(): NodeJS.ProcessEnv {
    return { PATH: process.env.PATH, HOME: this.directory };
  }

  private async startEtcd(peerPort: number): Promise<void> {
    const url = `http://127.0.0.1:${this.etcdPort}`;
    const peer = `http://127.0.0.1:${peerPort}`;
    this.start('etcd', [
      '--name=default', `--data-dir=${join(this.directory, 'etcd')}`, '--unsafe-no-fsync', '--log-level=warn',
      `--listen-client-urls=${url}`, `--advertise-client-urls=${url}`,
      `--listen-peer-urls=${peer}`, `--initial-advertise-peer-urls=${peer}`, `--initial-cluster=default=${peer}`,
    ]);
  }

  private startControllers(): void {
    this.start('kube-controller-manager', [
      `--kubeconfig=${this.kubeconfigOf('system:kube-controller-manager')}`, '--secure-port=0', '--leader-elect=false',
      `--controllers=${CONTROLLERS.join(',')}`, '--use-service-account-credentials=true',
      `--service-account-private-key-file=${this.certificates.serviceAccountKey}`, `--root-ca-file=${this.certificates.ca}`,
      `--node-monitor-grace-period=${this.leaseSeconds + 10}s`, '--kube-api-qps=500', '--kube-api-burst=1000',
    ]);
    this.start('kube-scheduler', [
      `--kubeconfig=${this.kubeconfigOf('system:kube-scheduler')}`, '--secure-port=0', '--leader-elect=false',
      '--kube-api-qps=1000', '--kube-api-burst=2000',
    ]);
  }

  private startNodes(faults: NodeFaults): void {
    const files = (folder: string) => readdirSync(folder)
      .filter(file => file.endsWith('.yaml') && file !== 'kustomization.yaml')
      .map(file => join(folder, file));
    const { node, pod } = this.binaries.kwokStages;
    const stages = join(this.directory, 'pod-stages.yaml');
    writeFileSync(stages, podStages(files(pod), faults));
    this.start('kwok', [
      `--kubeconfig=${this.kubeconfigOf('kwok')}`, ...[...node.flatMap(files), stages].map(file => `--config=${file}`),
      '--manage-all-nodes=false', `--manage-nodes-with-annotation-selector=${PLAYED}`,
      `--node-lease-duration-seconds=${this.leaseSeconds}`, '--cidr=10.0.0.0/16',
    ]);
  }

  private async startWebhook(): Promise<void> {
    await this.apply(JSON.stringify({
      apiVersion: 'v1',
      kind: 'List',
      items: [
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRole',
          metadata: { name: 'pod-identity-webhook' },
          rules: [{ apiGroups: [''], resources: ['serviceaccounts'], verbs: ['get', 'list', 'watch'] }],
        },
        {
          apiVersion: 'rbac.authorization.k8s.io/v1',
          kind: 'ClusterRoleBinding',
          metadata: { name: 'pod-identity-webhook' },
          roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'pod-identity-webhook' },
          subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'pod-identity-webhook' }],
        },
        this.webhook.configuration(this.certificateAuthorityData),
      ],
    }));
    await this.webhook.start();
  }

  private start(part: Part, args: readonly string[]): ManagedProcess {
    const started = this.processes.start(`${this.name}-${part}`, this.binaries.path(part), args, { env: this.environment });
    this.started.set(part, started);
    return started;
  }

  /** @returns the token of each user */
  private writeCredentials(): Map<string, string> {
    const tokens = Object.entries(USERS).map(([user, group]) => ({ user, group, token: randomBytes(16).toString('hex') }));
    writeFileSync(join(this.directory, 'tokens.csv'), tokens.map(({ user, group, token }) => `${token},${user},${user},"${group}"\n`).join(''), { mode: 0o600 });
    for (const { user, token } of tokens) {
      this.writeKubeconfig(this.kubeconfigOf(user), { 'server': this.endpoint, 'certificate-authority-data': this.certificates.caData }, { token });
    }
    this.writeKubeconfig(join(this.directory, 'token-review.json'), { server: this.options.tokenReviewUrl }, {});
    return new Map(tokens.map(({ user, token }) => [user, token]));
  }

  private writeKubeconfig(file: string, cluster: object, user: object): void {
    writeFileSync(file, JSON.stringify({
      'apiVersion': 'v1',
      'kind': 'Config',
      'clusters': [{ name: this.name, cluster }],
      'users': [{ name: 'user', user }],
      'contexts': [{ name: this.name, context: { cluster: this.name, user: 'user' } }],
      'current-context': this.name,
    }), { mode: 0o600 });
  }

  private kubeconfigOf(user: keyof typeof USERS | string): string {
    return join(this.directory, `${user.replace('system:', '')}.kubeconfig`);
  }

  private async waitUntil(what: string, seconds: number, isTrue: () => Promise<boolean>): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    while (!await isTrue()) {
      const ended = [...this.started.values()].find(one => one.exited);
      if (ended || Date.now() > deadline) {
        const why = ended ? `${ended.name} has ended:\n${ended.tail()}` : `not within ${seconds} s`;
        throw new Error(`cluster ${this.name} did not come so far that ${what}: ${why}\nlogs: ${this.processes.logDirectory}`);
      }
      await new Promise(resolve => setTimeout(resolve, 200));
    }
  }

  private answers(url: string): Promise<boolean> {
    return new Promise(resolve => {
      get(url, { ca: readFileSync(this.certificates.ca) }, response => {
        response.resume();
        resolve(response.statusCode === 200);
      }).on('error', () => resolve(false));
    });
  }
}
