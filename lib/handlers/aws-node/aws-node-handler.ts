import type {
  CdkCustomResourceEvent, CdkCustomResourceIsCompleteEvent, CdkCustomResourceIsCompleteResponse, CdkCustomResourceResponse,
} from 'aws-lambda';
import type { Kubernetes } from './kubernetes';
import type { Clock } from '../shared/clock';
import type { Cluster, ClusterReader } from '../shared/cluster';

/** A custom resource behind the provider framework. */
export interface AwsNodeHandler<Properties> {
  onEvent(event: CdkCustomResourceEvent<Properties>): Promise<OnEventResponse>;
  isComplete(event: IsCompleteEvent<Properties>): Promise<CdkCustomResourceIsCompleteResponse>;
}

/** What a rollout has to know from its first invocation to its last: the framework hands it on. */
export interface RolloutData {
  readonly StartedAt: string;
  readonly RestartBefore?: string;
}

export type OnEventResponse = CdkCustomResourceResponse<RolloutData>;
export type IsCompleteEvent<Properties> = CdkCustomResourceIsCompleteEvent<Properties, RolloutData>;

export interface AwsNodePorts {
  readonly clusters: ClusterReader;
  readonly connect: (cluster: Cluster) => Kubernetes;
  readonly clock: Clock;
}
