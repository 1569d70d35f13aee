import { withoutVolatile } from './fault';
import { FaultPool, type PoolJob } from './fault-pool';
import type { Permission } from './grants';
import { PERMISSION_SUBJECTS, nameOf } from './permission-subjects';
import { PERMISSIONS } from './permissions-table';
import { LocalStack } from '../../local-stack/local-stack';

const CLUSTERS = Array.from({ length: 8 }, (_, index) => `permissions-${index + 1}`);
const NODES = 2;
const FIRST_WORDS = 240;

/** What the emulator of AWS does not ask for, and why AWS does. */
const NOT_ENFORCED: Readonly<Record<string, string>> = {
  'iam:TagOpenIDConnectProvider': 'IAM asks for it where a provider is created with tags, the emulator does not',
};

const ALL = PERMISSION_SUBJECTS.flatMap(subject =>
  subject.grants.permissions.map(permission => ({ subject, permission, name: nameOf(subject, permission) })));

function jobOf({ subject, permission, name }: typeof ALL[number]): PoolJob {
  const { action, on, kind } = permission;
  const row = { who: subject.who, permission: action, on, test: `permissions.e2e.test.ts: ${name}` };
  const reason = NOT_ENFORCED[action];
  return {
    name,
    // What RBAC refuses is tried again for a while.
    seconds: kind === 'RBAC' ? 120 : subject.seconds,
    run: async (cluster, stack) => {
      for (const setting of subject.settings) {
        const refusal = await setting.play(permission, cluster, stack);
        if (refusal) {
          expect(refusal.message).toMatch(namingOf(permission));
          if (reason !== undefined) {
            throw new Error(`the emulator asks for ${action} after all: take it out of NOT_ENFORCED`);
          }
          return PERMISSIONS.record({ ...row, fails: `${refusal.during}, ${setting.name}`, message: firstWords(refusal.message, cluster.kubernetes.name) });
        }
      }
      if (reason === undefined) {
        throw new Error(`nothing fails without it ${subject.settings.map(setting => setting.name).join(', nor ')}: take it away, or add the setting that needs it`);
      }
      PERMISSIONS.record({ ...row, fails: `not shown: ${reason}` });
    },
  };
}

/** How a message names what is missing; of a watch that is refused, the client of Kubernetes tells no more than the status. */
function namingOf({ kind, action, on }: Permission): RegExp {
  const [resource] = on.split(' ');
  return kind === 'IAM'
    ? new RegExp(`\\b${action}\\b`)
    : new RegExp(`cannot ${action} resource "${resource}"|^${action} ${resource} of kube-system in cluster \\S+ failed: 403`);
}

/** Without what differs from run to run, and what no message needs to be understood. */
function firstWords(message: string, clusterName: string): string {
  const seen = withoutVolatile(message)
    .replaceAll(clusterName, 'my-cluster')
    .replaceAll(/arn:aws:sts::\S+?:assumed-role\/[\w-]+\/function/g, '…')
    .replaceAll(/\b(cni-role|foreign)-\d+/g, '$1-…')
    .replaceAll(/(?<=\/vpc-cni\/)[\w-]+/g, '…');
  return seen.length <= FIRST_WORDS ? seen : `${seen.slice(0, seen.lastIndexOf(' ', FIRST_WORDS))} …`;
}

let stack: LocalStack;
let pool: FaultPool;

beforeAll(async () => {
  stack = await LocalStack.start('permissions', CLUSTERS.map(name => ({ name, ipFamily: 'ipv4', nodes: NODES, podReadySeconds: 1 })));
  pool = new FaultPool(stack, CLUSTERS, ALL.map(jobOf));
}, 45 * 60_000);

afterAll(async () => stack?.stop());

test('none has two tests', () => {
  expect(new Set(ALL.map(({ name }) => name)).size).toBe(ALL.length);
});

// All of them run from the start, side by side.
test.each(ALL.map(({ name }) => name))('%s', async name => {
  await pool.end(name);
}, 15 * 60_000);
