import type { Timestamp } from '../shared/clock';

export const NAMESPACE = 'kube-system';
export const NAME = 'aws-node';

/** Kubernetes knows whole seconds only. */
export type { Timestamp };

export interface DaemonSet {
  readonly uid: string;
  readonly generation: number;
  readonly observedGeneration: number;
  readonly labelSelector: string;
  readonly desiredNumberScheduled: number;
  readonly numberUnavailable: number;
  readonly minReadySeconds: number;
  /** Of the rolling update: a number or a percentage; undefined when the strategy has none. */
  readonly maxUnavailable?: number | string;
  readonly template: PodTemplate;
}

export interface PodTemplate {
  readonly annotations: Annotations;
  readonly containers: readonly TemplateContainer[];
}

export interface TemplateContainer {
  readonly name: string;
  /** Only the variables that matter here. */
  readonly env: Readonly<Record<string, string>>;
}

export interface ServiceAccount {
  readonly annotations: Annotations;
}

export type Annotations = Readonly<Record<string, string>>;

export interface Pod {
  readonly name: string;
  readonly uid: string;
  /** The node that it is for, whether or not it is scheduled yet. */
  readonly node: string;
  readonly scheduled: boolean;
  readonly createdAt: Timestamp;
  /** When the grace period of its deletion ends. */
  readonly deletionTimestamp?: Timestamp;
  /** Failed or Succeeded: it does not run again; the DaemonSet controller replaces it. */
  readonly finished: boolean;
  readonly ready: boolean;
  /** When `ready` last changed. */
  readonly readyChangedAt: Timestamp;
  /** Why it is not Ready, as far as the pod itself says. */
  readonly trouble?: string;
  readonly containers: readonly Container[];
}

export interface Container extends TemplateContainer {
  readonly init: boolean;
  /** As the node last reported it; undefined when it never did. */
  readonly ready?: boolean;
  /** Why it is not ready: the reason of its wait or end, and the last message. */
  readonly trouble?: string;
}

/** The plugin in the cluster, as far as a rollout looks at it. */
export interface AwsNode {
  readonly daemonSet: DaemonSet | undefined;
  readonly serviceAccount: ServiceAccount | undefined;
  /** The pods that this DaemonSet owns; one that was deleted through the port is never seen without its deletion again. */
  readonly pods: readonly Pod[];
}

/** A look that stays up to date. */
export interface AwsNodeWatch {
  look(): Promise<AwsNode>;
  /** Waits for something new to look at, but no longer than this. */
  change(milliseconds: number): Promise<void>;
  close(): void;
}

/** What the handlers ask of a cluster's API server; everything is about kube-system/aws-node. */
export interface Kubernetes {
  getDaemonSet(): Promise<DaemonSet | undefined>;
  getServiceAccount(): Promise<ServiceAccount | undefined>;
  /** Null removes an annotation. */
  patchServiceAccountAnnotations(annotations: Readonly<Record<string, string | null>>): Promise<void>;
  watch(): AwsNodeWatch;
  /** A pod that is gone, or another one of this name by now, is no error. */
  deletePod(pod: Pick<Pod, 'name' | 'uid'>): Promise<void>;
}
