import { setTimeout as sleep } from 'node:timers/promises';
import type { FaultScenario } from './fault-scenario';

const WHERE = 'Webhook';
const ALL = /^restarted 4 and verified 4 aws-node pods \(3 containers each\) on 4 nodes in \d+ s$/;
const NOT_INJECTED = 'the pod identity webhook of cluster faults-\\d does not give new aws-node pods what service account kube-system/aws-node asks for, for more than 120 s by now: ';
/** A pod that was made a moment ago is not Ready, or just so. */
const POD = 'aws-node-\\w+ on \\S+ \\((?:not Ready: no reason reported; )?';
const FOR_GOOD_MS = 3_600_000;
/** Longer than the API server waits for it. */
const TOO_SLOW_MS = 12_000;
const ALL_CONTAINERS = 'aws-vpc-cni-init, aws-node, aws-eks-nodeagent';

const create = { where: WHERE, during: 'create' } as const;
const remove = { where: WHERE, during: 'delete' } as const;
const broken = { expected: 'failed', invariants: { canaryOnly: true }, seconds: 170 } as const;

export const WEBHOOK_FAULTS: readonly FaultScenario[] = [
  {
    ...create,
    ...broken,
    fault: 'down from the start',
    before: async ({ cluster }) => cluster.stopWebhook(),
    message: new RegExp(`^${NOT_INJECTED}${POD}AWS_ROLE_ARN is not set in ${ALL_CONTAINERS}; AWS_WEB_IDENTITY_TOKEN_FILE is not set in`),
  },
  {
    ...create,
    fault: 'down midway, and back after 30 s',
    seconds: 80,
    meanwhile: async scene => {
      await scene.midway();
      await scene.cluster.stopWebhook();
      await sleep(30_000);
      await scene.cluster.startWebhook();
    },
    expected: 'done',
    message: ALL,
  },
  {
    ...create,
    fault: 'down midway, for good',
    seconds: 180,
    meanwhile: async scene => {
      await scene.midway();
      await scene.cluster.stopWebhook();
    },
    expected: 'failed',
    message: new RegExp(`^${NOT_INJECTED}${POD}AWS_ROLE_ARN is not set in ${ALL_CONTAINERS}`),
  },
  {
    ...create,
    fault: 'slow, 5 s an answer',
    seconds: 90,
    before: async ({ cluster }) => cluster.startWebhook({ delayMilliseconds: 5_000 }),
    expected: 'done',
    message: ALL,
  },
  {
    ...create,
    ...broken,
    fault: 'slower than the API server waits',
    before: async ({ cluster }) => cluster.startWebhook({ delayMilliseconds: TOO_SLOW_MS }),
    message: new RegExp(`^${NOT_INJECTED}${POD}AWS_ROLE_ARN is not set in ${ALL_CONTAINERS}`),
  },
  {
    ...create,
    fault: 'its cache shows the earlier role for 30 s',
    seconds: 90,
    earlierRole: true,
    before: async ({ cluster }) => cluster.startWebhook({ lagMilliseconds: 30_000, firstLagMilliseconds: 0 }),
    expected: 'done',
    message: ALL,
  },
  {
    ...create,
    ...broken,
    fault: 'its cache shows the earlier role for good',
    earlierRole: true,
    before: async ({ cluster }) => cluster.startWebhook({ lagMilliseconds: FOR_GOOD_MS, firstLagMilliseconds: 0 }),
    message: new RegExp(`^${NOT_INJECTED}${POD}AWS_ROLE_ARN is arn:aws:iam::\\d+:role/earlier-role-\\d+ in ${ALL_CONTAINERS}\\)`),
  },
  {
    ...create,
    ...broken,
    fault: 'forgets containers',
    before: async ({ cluster }) => cluster.startWebhook({ forgottenContainers: ['aws-eks-nodeagent'] }),
    message: new RegExp(`^${NOT_INJECTED}${POD}AWS_ROLE_ARN is not set in aws-eks-nodeagent; AWS_WEB_IDENTITY_TOKEN_FILE is not set in aws-eks-nodeagent\\)`),
  },
  {
    ...remove,
    fault: 'down from the start',
    seconds: 40,
    before: async ({ cluster }) => cluster.stopWebhook(),
    expected: 'done',
  },
  {
    ...remove,
    fault: 'down, where an earlier role is to be put back',
    seconds: 190,
    earlierRole: true,
    before: async ({ cluster }) => cluster.stopWebhook(),
    expected: 'failed',
    message: /^the pod identity webhook of cluster faults-\d gives new aws-node pods another environment than service account kube-system\/aws-node asks for, now that \S+ is taken away/,
  },
  {
    ...remove,
    fault: 'its cache shows our role for 30 s',
    seconds: 90,
    before: async ({ cluster }) => cluster.startWebhook({ lagMilliseconds: 30_000, firstLagMilliseconds: 0 }),
    expected: 'done',
  },
  {
    ...remove,
    fault: 'its cache shows our role for good',
    seconds: 190,
    before: async ({ cluster }) => cluster.startWebhook({ lagMilliseconds: FOR_GOOD_MS, firstLagMilliseconds: 0 }),
    expected: 'failed',
    message: /^the pod identity webhook of cluster faults-\d gives new aws-node pods another environment than .*AWS_ROLE_ARN is still arn:aws:iam::\d+:role\/cni-role-\d+ in/,
  },
];
