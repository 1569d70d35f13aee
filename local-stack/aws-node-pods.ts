import type { V1Pod, V1PodList } from '@kubernetes/client-node';
import type { KubernetesCluster } from './kubernetes/cluster';

export interface AwsNodeContainer {
  readonly name: string;
  readonly role?: string;
  readonly tokenFile?: string;
  readonly stsEndpoints?: string;
}

export interface AwsNodePod {
  readonly name: string;
  readonly uid: string;
  readonly node: string;
  readonly ready: boolean;
  /** Init containers first. */
  readonly containers: readonly AwsNodeContainer[];
}

/** The pods of the VPC CNI plugin as kubectl shows them. */
export async function awsNodePods(cluster: KubernetesCluster): Promise<AwsNodePod[]> {
  const { items } = await cluster.kubectlJson<V1PodList>('-n', 'kube-system', 'get', 'pods', '-l', 'k8s-app=aws-node');
  return items.map(toAwsNodePod).sort((a, b) => a.node < b.node ? -1 : 1);
}

export function isReady({ metadata, status }: V1Pod): boolean {
  return metadata?.deletionTimestamp === undefined && (status?.conditions ?? []).some(({ type, status: value }) => type === 'Ready' && value === 'True');
}

function toAwsNodePod(pod: V1Pod): AwsNodePod {
  const { metadata, spec } = pod;
  const containers = [...spec?.initContainers ?? [], ...spec?.containers ?? []];
  return {
    name: metadata!.name!,
    uid: metadata!.uid!,
    node: spec!.nodeName!,
    ready: isReady(pod),
    containers: containers.map(({ name, env }) => {
      const value = (key: string) => env?.find(one => one.name === key)?.value;
      return { name, role: value('AWS_ROLE_ARN'), tokenFile: value('AWS_WEB_IDENTITY_TOKEN_FILE'), stsEndpoints: value('AWS_STS_REGIONAL_ENDPOINTS') };
    }),
  };
}
