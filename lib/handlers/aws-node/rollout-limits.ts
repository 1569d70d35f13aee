/** A pod still there so long after its grace period is on a node that does not report: kubelet would have finished it. */
export const TERMINATION_SLACK_MS = 30_000;

/**
 * The webhook reads service accounts from a watch that lags for seconds: a pod made so long after its last proof and still not injected is a fault, not lag.
 * It counts to the making of that pod, not to now.
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

/** Between two steps, so that changes that come together are looked at together. */
export const STEP_MS = 50;

/** Of the time, what looking may take: with thousands of pods, the steps are further apart. */
export const LOOK_SHARE = 0.1;

/** Some decisions are due by time alone, without any change. */
export const LOOK_MS = 1_000;

/** Well below the function's timeout, with room for one call that has to be retried at length. */
export const INVOCATION_MS = 240_000;

/** Of the managed add-on, before the rollout: both are to fit into one invocation. */
export const ADDON_INVOCATION_MS = 120_000;

/** EKS takes seconds for an update at best, and counts calls. */
export const ADDON_LOOK_MS = 2_000;

/** Restarts within a second share one line of the log. */
export const RESTARTS_IN_LOG_MS = 1_000;

/** A wait is told again after so long. */
export const WAITS_IN_LOG_MS = 5_000;
