import type { Timestamp } from '../shared/clock';

/** AWS has refused `aws-node` a call. */
export interface Denial {
  readonly pod: string;
  readonly action: string;
}

export interface Denials {
  /** @returns those later than that */
  since(time: Timestamp): Promise<Denial[]>;
}
