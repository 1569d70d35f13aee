import { withoutVolatile } from './fault';
import { FaultPool, type PoolJob } from './fault-pool';
import { PERMISSION_SUBJECTS, nameOf } from './permission-subjects';
import { PERMISSIONS } from './permissions-table';
import { LocalStack } from '../../local-stack/local-stack';

const CLUSTERS = Array.from({ length: 6 }, (_, index) => `permissions-${index + 1}`);
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
    seconds: kind === 'RBAC' ? 120 : 30,
    run: async (cluster, stack) => {
      for (const setting of subject.settings) {
        const refusal = await setting.play(permission, cluster, stack);
        if (refusal) {
          expect(reason).toBeUndefined();
          expect(refusal.message).toContain(kind === 'IAM' ? action : ` cannot ${action} resource "${on.split(' ')[0]}"`);
          const seen = withoutVolatile(refusal.message).replaceAll(cluster.kubernetes.name, 'my-cluster').replaceAll(/\b(functions-)?(cni-role|identity|foreign)-\d+/g, '$1$2-…');
          return PERMISSIONS.record({ ...row, fails: `${refusal.during}, ${setting.name}`, message: firstWords(seen) });
        }
      }
      if (reason === undefined) {
        throw new Error(`nothing fails without it ${subject.settings.map(setting => setting.name).join(', nor ')}: take it away, or add the setting that needs it`);
      }
      PERMISSIONS.record({ ...row, fails: `not shown: ${reason}` });
    },
  };
}

function firstWords(message: string): string {
  return message.length <= FIRST_WORDS ? message : `${message.slice(0, message.lastIndexOf(' ', FIRST_WORDS))} …`;
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
