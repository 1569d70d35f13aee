/** A pod still there so long after its grace period is on a node that does not report: kubelet would have finished it. */
export const TERMINATION_SLACK_MS = 30_000;

/**
 * The webhook reads service accounts from a watch that lags for seconds: a pod made so long after its last proof and still not injected is a fault, not lag.
 * It counts to the making of that pod, not to now, so that a pause of ours does not spend it.
 */
export const INJECTION_LIMIT_MS = 120_000;

/** Kubelet has every image of the plugin on its node already, and the plugin is ready in seconds: after so long it will not be. */
export const NOT_READY_LIMIT_MS = 300_000;

/** A pod that came up without its environment gets another chance once the webhook's watch had time to catch up, ... */
export const RETRY_SPACING_MIN_MS = 5_000;
/** ... ever less often, so that a broken webhook costs few restarts, yet often enough to try more than once within INJECTION_LIMIT_MS. */
export const RETRY_SPACING_MAX_MS = 30_000;

/** CloudFormation gives up at the timeout itself: this leaves it time to hear why. */
export const DEADLINE_SHARE = 0.95;

/** Quick enough for a small cluster; a large one slows itself, see RolloutLoop. */
export const POLL_MS = 1_000;

/** Well below the function's timeout, with room for one call that has to be retried at length. */
export const INVOCATION_MS = 50_000;

/** Deletions under way at once: enough for 500 pods in seconds, too few for the API server to mind. */
export const PARALLEL_DELETIONS = 20;

/** CloudFormation takes 4 KB for the whole response, and shows about a quarter of that. */
export const NAMED_PODS = 3;
