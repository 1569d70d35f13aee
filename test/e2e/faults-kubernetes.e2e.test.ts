import { recordFault } from './fault';
import { API_SERVER_FAULTS } from './fault-api-server';
import { NODE_AND_POD_FAULTS } from './fault-nodes-and-pods';
import { FaultPlay } from './fault-play';
import { FaultPool, type PoolJob } from './fault-pool';
import { type FaultScenario, nameOf } from './fault-scenario';
import { WEBHOOK_FAULTS } from './fault-webhook';
import { LocalStack } from '../../local-stack/local-stack';

const SCENARIOS = [...API_SERVER_FAULTS, ...WEBHOOK_FAULTS, ...NODE_AND_POD_FAULTS];
const CLUSTERS = Array.from({ length: 8 }, (_, index) => `faults-${index + 1}`);

const jobOf = (scenario: FaultScenario): PoolJob => ({
  name: nameOf(scenario),
  seconds: scenario.seconds,
  run: async (cluster, { aws, logDirectory }) => recordFault(await new FaultPlay(scenario, cluster, aws, logDirectory).run()),
});

let stack: LocalStack;
let pool: FaultPool;

beforeAll(async () => {
  stack = await LocalStack.start('faults of Kubernetes', CLUSTERS.map(name => ({ name, ipFamily: 'ipv4', nodes: 4, podReadySeconds: 2 })));
  pool = new FaultPool(stack, CLUSTERS, SCENARIOS.map(jobOf));
}, 45 * 60_000);

afterAll(async () => stack?.stop());

// All of them run from the start, side by side.
test.each(SCENARIOS.map(nameOf))('%s', async name => {
  await pool.end(name);
}, 30 * 60_000);
