import { setTimeout } from 'node:timers/promises';
import type { V1DaemonSet, V1Pod, V1ServiceAccount } from '@kubernetes/client-node/dist/gen/index.js';
import type { AwsNode, AwsNodeWatch, DaemonSet, Pod, ServiceAccount, Timestamp } from './kubernetes';
import { NAME, NAMESPACE } from './kubernetes';
import type { KubernetesClient } from './kubernetes-client';
import { isOwnedBy, toDaemonSet, toServiceAccount } from './kubernetes-objects';
import type { WatchConnection, WatchEvent, WatchRequest } from './watch-connection';

/**
 * A connection may die without a word: then all is listed anew. One that lives brings a bookmark about every minute, the first one within two
 * (https://kubernetes.io/docs/reference/using-api/api-concepts/#watch-bookmarks; the times are measured).
 */
const SILENT_MS = 150_000;

const BY_NAME = { fieldSelector: `metadata.name=${NAME}` };

/** Lists everything once and follows the changes, until a watch ends: then from the start. */
export class AwsNodeFollower implements AwsNodeWatch {
  private followed?: Followed;
  private hasChanged = false;
  private wake?: () => void;

  constructor(private readonly client: KubernetesClient, private readonly deleted: Map<string, Timestamp>) {}

  async look(): Promise<AwsNode> {
    if (this.followed?.hasEnded) {
      this.close();
    }
    this.followed ??= await this.follow();
    this.hasChanged = false;
    const { daemonSet, serviceAccount, pods } = this.followed;
    return { daemonSet, serviceAccount, pods: [...pods.values()].map(pod => this.withDeletion(pod)) };
  }

  async change(milliseconds: number): Promise<void> {
    if (this.hasChanged) {
      return;
    }
    const timer = new AbortController();
    await Promise.race([
      new Promise<void>(resolve => { this.wake = resolve; }),
      setTimeout(milliseconds, undefined, { signal: timer.signal }).catch(() => undefined),
    ]);
    timer.abort();
  }

  close(): void {
    this.followed?.close();
    this.followed = undefined;
  }

  private async follow(): Promise<Followed> {
    const [daemonSet, serviceAccount] = await Promise.all([this.client.readDaemonSet(), this.client.readServiceAccount()]);
    const followed = new Followed(daemonSet && toDaemonSet(daemonSet), serviceAccount && toServiceAccount(serviceAccount));
    if (!followed.daemonSet || !followed.serviceAccount) {
      // nothing to follow: the next look is a new one
      followed.end();
      return followed;
    }
    const { labelSelector, uid } = followed.daemonSet;
    const { pods, resourceVersion } = await this.client.listPods(labelSelector, uid);
    pods.forEach(pod => followed.pods.set(pod.uid, pod));
    try {
      await Promise.all([
        this.open(followed, 'daemonsets', { ...BY_NAME, resourceVersion: daemonSet?.metadata?.resourceVersion }, followed.onDaemonSet),
        this.open(followed, 'serviceaccounts', { ...BY_NAME, resourceVersion: serviceAccount?.metadata?.resourceVersion }, followed.onServiceAccount),
        this.open(followed, 'pods', { labelSelector, resourceVersion }, (type, pod: V1Pod) => this.onPod(followed, type, pod)),
      ]);
    } catch (error) {
      followed.close();
      throw error;
    }
    return followed;
  }

  private async open<T extends object>(
    followed: Followed, resource: string, query: WatchRequest['query'], onEvent: (type: WatchEvent, object: T) => void,
  ): Promise<void> {
    const group = resource === 'daemonsets' ? '/apis/apps/v1' : '/api/v1';
    followed.hear(resource);
    const connection = await this.client.openWatch(`${resource} of ${NAMESPACE}`, {
      path: `${group}/namespaces/${NAMESPACE}/${resource}`,
      query: { ...query, allowWatchBookmarks: 'true' },
      onEvent: (type, object) => {
        followed.hear(resource);
        if (type === 'BOOKMARK') {
          return;
        }
        if (type === 'ERROR') {
          followed.end();
        } else {
          onEvent(type, object as T);
        }
        this.changed();
      },
      onEnd: () => {
        followed.end();
        this.changed();
      },
    });
    followed.hold(connection);
  }

  private onPod(followed: Followed, type: WatchEvent, pod: V1Pod): void {
    const uid = pod.metadata!.uid!;
    if (type === 'DELETED') {
      followed.pods.delete(uid);
      this.deleted.delete(uid);
    } else if (isOwnedBy(followed.daemonSet?.uid)(pod)) {
      followed.pods.set(uid, this.client.podReader.read(pod));
    } else {
      followed.pods.delete(uid);
    }
  }

  private withDeletion(pod: Pod): Pod {
    const deletionTimestamp = pod.deletionTimestamp ?? this.deleted.get(pod.uid);
    return deletionTimestamp === pod.deletionTimestamp ? pod : { ...pod, deletionTimestamp };
  }

  private changed(): void {
    this.hasChanged = true;
    this.wake?.();
  }
}

/** What has been seen since all was listed. */
class Followed {
  readonly pods = new Map<string, Pod>();
  private readonly connections: WatchConnection[] = [];
  private readonly heardAt = new Map<string, Timestamp>();
  private isOver = false;
  private isClosed = false;

  constructor(public daemonSet: DaemonSet | undefined, public serviceAccount: ServiceAccount | undefined) {}

  get hasEnded(): boolean {
    return this.isOver || [...this.heardAt.values()].some(heardAt => Date.now() - heardAt > SILENT_MS);
  }

  hear(resource: string): void {
    this.heardAt.set(resource, Date.now());
  }

  end(): void {
    this.isOver = true;
  }

  readonly onDaemonSet = (type: WatchEvent, object: V1DaemonSet) => {
    const seen = type === 'DELETED' ? undefined : toDaemonSet(object);
    // another one of this name owns other pods
    this.isOver ||= seen?.uid !== this.daemonSet?.uid;
    this.daemonSet = seen;
  };

  readonly onServiceAccount = (type: WatchEvent, object: V1ServiceAccount) => {
    this.serviceAccount = type === 'DELETED' ? undefined : toServiceAccount(object);
  };

  /** One that opens when another has been refused is of no use any more. */
  hold(connection: WatchConnection): void {
    if (this.isClosed) {
      connection.close();
    } else {
      this.connections.push(connection);
    }
  }

  close(): void {
    this.isClosed = true;
    this.connections.forEach(connection => connection.close());
  }
}
