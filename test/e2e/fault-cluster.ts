import { setTimeout as sleep } from 'node:timers/promises';
import type { V1DaemonSet, V1ServiceAccount } from '@kubernetes/client-node';
import { type AwsNodePod, awsNodePods } from '../../local-stack/aws-node-pods';
import type { ApiServerProxy } from '../../local-stack/kubernetes/api-server-proxy';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import type { NodeFaults } from '../../local-stack/kubernetes/node-faults';
import type { WebhookOptions } from '../../local-stack/kubernetes/pod-identity-webhook/pod-identity-webhook';
import type { LocalStack } from '../../local-stack/local-stack';

const IN_NAMESPACE = ['-n', 'kube-system'];
const COMING_UP_MS = 30_000;
export const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const OUR_ANNOTATIONS = [ROLE_ANNOTATION, 'eks.amazonaws.com/sts-regional-endpoints', 'cdk-vpc-cni-service-account-role/owner'];

/** A cluster that can be broken in many ways, and mended again. */
export class FaultCluster {
  static async of(stack: LocalStack, name: string): Promise<FaultCluster> {
    const cluster = stack.cluster(name);
    const proxy = await cluster.startProxy();
    await stack.aws.updateCluster(name, { endpoint: proxy.endpoint });
    return new FaultCluster(cluster, proxy, await cluster.kubectlJson<V1DaemonSet>(...IN_NAMESPACE, 'get', 'daemonset', 'aws-node'));
  }

  /** Nodes whose pods cannot be as they should be. */
  brokenNodes: readonly string[] = [];
  private readonly nodeCount: number;
  private readonly mends: (() => Promise<unknown>)[] = [];

  private constructor(readonly kubernetes: KubernetesCluster, readonly proxy: ApiServerProxy, private readonly daemonSet: V1DaemonSet) {
    this.nodeCount = kubernetes.nodeNames.length;
  }

  get nodes(): readonly string[] {
    return this.kubernetes.nodeNames;
  }

  async restartApiServer(awaySeconds: number): Promise<void> {
    await this.kubernetes.stopApiServer();
    await sleep(awaySeconds * 1000);
    await this.kubernetes.startApiServer();
  }

  async stopWebhook(): Promise<void> {
    this.mends.push(async () => this.kubernetes.webhook.start());
    await this.kubernetes.webhook.stop();
  }

  async startWebhook(options?: WebhookOptions): Promise<void> {
    this.mends.push(async () => this.kubernetes.webhook.start());
    await this.kubernetes.webhook.start(options);
  }

  async breakNodes(faults: NodeFaults): Promise<void> {
    this.mends.push(async () => this.breakNodes({}));
    this.brokenNodes = [faults.silent, faults.withoutImages, faults.holdingPods].flatMap(nodes => nodes ?? []);
    await this.kubernetes.play(faults);
  }

  async addNodes(count: number): Promise<void> {
    this.mends.push(async () => this.restoreNodes());
    await this.kubernetes.addNodes(count);
  }

  async removeNode(name: string): Promise<void> {
    this.mends.push(async () => this.restoreNodes());
    await this.kubernetes.removeNode(name);
  }

  /** @param spec a merge patch */
  async editDaemonSet(spec: object): Promise<void> {
    this.mends.push(async () => this.patchDaemonSet('json', [{ op: 'replace', path: '/spec', value: this.daemonSet.spec }]));
    await this.patchDaemonSet('merge', { spec });
  }

  async deleteDaemonSet(): Promise<void> {
    const { apiVersion, kind, spec, metadata } = this.daemonSet;
    const { name, namespace, labels } = metadata!;
    this.mends.push(async () => {
      await this.kubernetes.apply(JSON.stringify({ apiVersion, kind, metadata: { name, namespace, labels }, spec }));
      await this.kubernetes.waitForAwsNode();
    });
    await this.kubernetes.kubectl(...IN_NAMESPACE, 'delete', 'daemonset', 'aws-node');
  }

  async deletePods(...nodes: readonly string[]): Promise<void> {
    await Promise.all(nodes.map(async node => this.kubernetes.kubectl(
      ...IN_NAMESPACE, 'delete', 'pods', '-l', 'k8s-app=aws-node', '--field-selector', `spec.nodeName=${node}`, '--wait=false')));
  }

  /** Undoes all that was done to it. */
  async mend(): Promise<void> {
    await this.proxy.mend();
    for (const mend of this.mends.splice(0).reverse()) {
      await mend();
    }
    this.mends.length = 0;
  }

  /** Mended, and without a role of its own. */
  async leaveWell(): Promise<void> {
    await this.mend();
    await this.annotate(...OUR_ANNOTATIONS.map(name => `${name}-`));
    await this.renewPodsWith(undefined);
  }

  async annotations(): Promise<Record<string, string>> {
    const { metadata } = await this.kubernetes.kubectlJson<V1ServiceAccount>(...IN_NAMESPACE, 'get', 'serviceaccount', 'aws-node');
    return metadata?.annotations ?? {};
  }

  async annotate(...annotations: readonly string[]): Promise<void> {
    await this.kubernetes.kubectl(...IN_NAMESPACE, 'annotate', '--overwrite', 'serviceaccount', 'aws-node', ...annotations);
  }

  /** New pods on all nodes, unless they are right; more than once if need be, since the cache of the webhook lags. */
  async renewPodsWith(role: string | undefined): Promise<void> {
    const areWell = async () => {
      const pods = await awsNodePods(this.kubernetes);
      const isRight = ({ ready, containers }: AwsNodePod) => ready && containers.every(container => container.role === role);
      return pods.length === this.nodes.length && pods.every(isRight);
    };
    while (!await areWell()) {
      await this.kubernetes.kubectl(...IN_NAMESPACE, 'delete', 'pods', '-l', 'k8s-app=aws-node', '--force', '--grace-period=0');
      await this.kubernetes.waitForAwsNode();
    }
  }

  /** In every container of a Ready pod on each node, as far as its node allows. */
  async expectRole(role: string | undefined): Promise<void> {
    // a pod of an attempt that has failed may be coming up still, which its undoing does not wait for
    for (const deadline = Date.now() + COMING_UP_MS; ; await sleep(500)) {
      try {
        return await this.checkRole(role);
      } catch (error) {
        if (Date.now() > deadline) {
          throw error;
        }
      }
    }
  }

  private async checkRole(role: string | undefined): Promise<void> {
    const isRight = ({ ready, containers }: AwsNodePod) =>
      ready && containers.length === 3 && containers.every(container => container.role === role);
    // nor does a pod run on a node that is gone, though it may be listed for a while
    const pods = (await awsNodePods(this.kubernetes)).filter(({ node }) => this.nodes.includes(node) && !this.brokenNodes.includes(node));
    const right = pods.filter(isRight).map(({ node }) => node);
    const wrong = this.nodes.filter(node => !this.brokenNodes.includes(node) && !right.includes(node));
    if (wrong.length > 0 || right.length !== pods.length) {
      throw new Error(`not a pod each that is Ready with ${role ?? 'no role'}: ${JSON.stringify(pods.filter(pod => !isRight(pod)))}; nodes: ${wrong.join(', ')}`);
    }
  }

  private async patchDaemonSet(type: 'json' | 'merge', patch: object): Promise<void> {
    await this.kubernetes.kubectl(...IN_NAMESPACE, 'patch', 'daemonset', 'aws-node', '--type', type, '-p', JSON.stringify(patch));
  }

  private async restoreNodes(): Promise<void> {
    for (const name of this.nodes.slice(this.nodeCount)) {
      await this.kubernetes.removeNode(name);
    }
    if (this.nodes.length < this.nodeCount) {
      await this.kubernetes.addNodes(this.nodeCount - this.nodes.length);
    }
  }
}
