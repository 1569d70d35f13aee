import { CoreV1Api, type CoreV1Event, type CoreV1EventList } from '@kubernetes/client-node/dist/gen/index.js';
import type { Denial, Denials } from './denials';
import type { Timestamp } from '../shared/clock';
import { KubernetesApi, type KubernetesApiProps } from '../shared/kubernetes-api';

const NAMESPACE = 'kube-system';
const PAGE_SIZE = 500;

/** The plugin tells its own pod of every call that EC2 refuses, by an event of this reason whose action is the call. */
const BY_REASON = 'reason=MissingIAMPermissions,involvedObject.kind=Pod';

export class KubernetesDenials implements Denials {
  private readonly api: KubernetesApi;
  private readonly core: CoreV1Api;

  constructor(props: KubernetesApiProps) {
    this.api = new KubernetesApi(props);
    this.core = new CoreV1Api(this.api.configuration);
  }

  async since(time: Timestamp): Promise<Denial[]> {
    const denials: Denial[] = [];
    for (let _continue: string | undefined; ;) {
      const page: CoreV1EventList = await this.api.call(`list events of ${NAMESPACE}`,
        () => this.core.listNamespacedEvent({ namespace: NAMESPACE, fieldSelector: BY_REASON, limit: PAGE_SIZE, _continue }));
      denials.push(...page.items.filter(event => isOfAwsNode(event) && timeOf(event) > time).map(toDenial));
      _continue = page.metadata?._continue;
      if (!_continue) {
        return denials;
      }
    }
  }
}

function isOfAwsNode({ involvedObject }: CoreV1Event): boolean {
  return involvedObject.name?.startsWith('aws-node-') ?? false;
}

function toDenial({ involvedObject, action, message }: CoreV1Event): Denial {
  return { pod: involvedObject.name!, action: action ?? message! };
}

/** An event that happens again is kept once, with the time of the last; which of these there are depends on who has written it. */
function timeOf({ eventTime, series, lastTimestamp, metadata }: CoreV1Event): Timestamp {
  const times = [eventTime, series?.lastObservedTime, lastTimestamp, metadata.creationTimestamp];
  return Math.max(...times.flatMap(each => each ? [new Date(each).getTime()] : []));
}
