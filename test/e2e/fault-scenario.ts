import type { FaultCluster } from './fault-cluster';
import type { FaultDeployment } from './fault-deployment';
import type { InvariantSampler } from './invariant-sampler';
import type { InvariantOptions } from './invariants';

/** What the hooks of a scenario work with. */
export interface Scene {
  readonly cluster: FaultCluster;
  readonly deployment: FaultDeployment;
  readonly sampler: InvariantSampler;
  /** Waits until the first pod is being replaced in this step. */
  begun(): Promise<void>;
  /** Waits until the first pod that was replaced in this step is available: others are to follow. */
  midway(): Promise<void>;
  /** A node whose pod was not replaced in this step so far. */
  untouchedNode(): Promise<string>;
}

type Hook = (scene: Scene) => Promise<void>;

export interface FaultScenario {
  readonly fault: string;
  readonly where: 'API server' | 'Webhook' | 'Nodes and pods';
  readonly during: 'create' | 'delete';
  /** About how long it takes: long ones start first. */
  readonly seconds: number;
  /** @default 10 minutes */
  readonly timeoutSeconds?: number;
  readonly roleCrashes?: boolean;
  /** Whether the service account has a role of somebody else before. */
  readonly earlierRole?: boolean;
  readonly invariants?: InvariantOptions;
  /** How the cluster is before anything is deployed. */
  readonly given?: (cluster: FaultCluster) => Promise<void>;
  /** Right before the step. */
  readonly before?: Hook;
  /** While the step runs. */
  readonly meanwhile?: Hook;
  readonly expected: 'done' | 'failed';
  /** What the user must see: the failure, or the summary of a creation. */
  readonly message?: RegExp;
  /** What differs from run to run in it, such as which call it was. */
  readonly varying?: RegExp;
  /** After the step; without it, a rollback is done in spite of the fault, and before a second deletion everything is mended. */
  readonly repair?: Hook;
}

export function nameOf({ where, during, fault }: Pick<FaultScenario, 'where' | 'during' | 'fault'>): string {
  return `${where}, during ${during}: ${fault}`;
}
