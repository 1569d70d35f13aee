import type { V1Pod } from '@kubernetes/client-node';
import { isReady } from '../local-stack/aws-node-pods';
import type { ApiAccess } from '../local-stack/kubernetes/api-access';
import { ObjectWatch } from '../local-stack/kubernetes/object-watch';

/** How many nodes are without a Ready pod of aws-node, by the API server's own watch. */
export class UnavailableNodes {
  /** Looks on from when every node has its pod. */
  static async watch(api: ApiAccess, nodes: number): Promise<UnavailableNodes> {
    const watch = new UnavailableNodes(api, nodes);
    await watch.complete;
    return watch;
  }

  private most = 0;
  private isComplete = false;
  private ready = new Set<string>();
  private readonly complete: Promise<void>;
  private readonly watch: ObjectWatch<V1Pod>;

  private constructor(api: ApiAccess, nodes: number) {
    let completed: () => void;
    this.complete = new Promise(resolve => completed = resolve);
    const count = () => {
      if (this.isComplete) {
        this.most = Math.max(this.most, nodes - this.ready.size);
      } else if (this.ready.size === nodes) {
        this.isComplete = true;
        completed();
      }
    };
    this.watch = new ObjectWatch<V1Pod>(api, '/api/v1/namespaces/kube-system/pods?labelSelector=k8s-app%3Daws-node', {
      listed: pods => {
        this.ready = new Set(pods.filter(isReady).map(uidOf));
        count();
      },
      changed: (type, pod) => {
        if (type !== 'DELETED' && isReady(pod)) {
          this.ready.add(uidOf(pod));
        } else {
          this.ready.delete(uidOf(pod));
        }
        count();
      },
      // the next list says what was missed
      lost: () => {},
    });
  }

  /** @returns the most at once */
  async stop(): Promise<number> {
    await this.watch.close();
    return this.most;
  }
}

const uidOf = ({ metadata }: V1Pod) => metadata!.uid!;
