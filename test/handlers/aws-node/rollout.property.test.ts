import * as fc from 'fast-check';
import { ROLE } from './builders';
import { FakeClock } from './fake-clock';
import type { FakeNode } from './fake-kubernetes';
import { FakeKubernetes } from './fake-kubernetes';
import type { DaemonSet } from '../../../lib/handlers/aws-node/kubernetes';
import { maxUnavailable } from '../../../lib/handlers/aws-node/max-unavailable';
import type { Decision } from '../../../lib/handlers/aws-node/rollout-decision';
import { decide } from '../../../lib/handlers/aws-node/rollout-decision';
import type { Desired } from '../../../lib/handlers/aws-node/rollout-state';
import { ROLE_ANNOTATION } from '../../../lib/private/annotations';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 200);
// a busy machine takes its time
jest.setTimeout(RUNS * 600);
const TIMEOUT_MS = 1800_000;
const BEGINNING = Date.parse('2026-11-24T09:00:00.250Z');
const WITH_ROLE: Desired = { kind: 'with-role', roleArn: ROLE };
const WITHOUT_ROLE: Desired = { kind: 'without-role', roleArn: ROLE };

interface Scenario {
  readonly nodes: readonly FakeNode[];
  readonly maxUnavailable: number | string;
  readonly minReadySeconds: number;
  readonly webhookLagMs: number;
  /** Pods, counted from the start, that the webhook lets pass. */
  readonly missed: readonly number[];
  /** Seconds after the start at which a node joins. */
  readonly joins: readonly number[];
  /** Seconds after the start at which a node leaves. */
  readonly leaves: readonly number[];
  /** Of each step: which deletions take place before we are killed, and how long it takes to run again. */
  readonly kills: readonly { readonly deletions: number; readonly pauseMs: number }[];
}

const node = fc.record({
  startupMs: fc.integer({ min: 0, max: 20_000 }),
  shutdownMs: fc.integer({ min: 0, max: 10_000 }),
  creationMs: fc.constantFrom(0, 0, 3_000),
});
const calm: { [K in keyof Scenario]: fc.Arbitrary<Scenario[K]> } = {
  nodes: fc.array(node, { maxLength: 12 }).map(nodes => nodes.map((one, index) => ({ name: `node-${index}`, ...one }))),
  maxUnavailable: fc.constantFrom<number | string>(1, 2, 3, '10%', '25%', '50%', '100%'),
  minReadySeconds: fc.constantFrom(0, 0, 5),
  webhookLagMs: fc.constant(0),
  missed: fc.constant([]),
  joins: fc.constant([]),
  leaves: fc.constant([]),
  kills: fc.constant([]),
};
const rough = {
  ...calm,
  webhookLagMs: fc.integer({ min: 0, max: 20_000 }),
  // never so many in a row that it looks like a fault
  missed: fc.uniqueArray(fc.integer({ min: 0, max: 15 }), { maxLength: 5 }).map(all => all.map(one => one * 3)),
  joins: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 3 }),
  leaves: fc.array(fc.integer({ min: 0, max: 120 }), { maxLength: 3 }),
};
const kills = fc.array(fc.record({ deletions: fc.integer({ min: 0, max: 2 }), pauseMs: fc.integer({ min: 0, max: 60_000 }) }), { maxLength: 30 });

interface Outcome {
  readonly decision: Decision;
  readonly restarted: readonly string[];
  /** Values of AWS_ROLE_ARN, of all containers in the end. */
  readonly roles: readonly (string | undefined)[];
}

class Simulation {
  readonly clock = new FakeClock(BEGINNING);
  readonly kubernetes = new FakeKubernetes(this.clock);

  constructor(private readonly scenario: Scenario) {
    const { maxUnavailable: value, minReadySeconds } = scenario;
    this.kubernetes.daemonSet = { maxUnavailable: value, minReadySeconds };
  }

  /** Old pods, of before the service account was annotated; the nodes given have stopped to report since. */
  begin(silent: readonly string[] = []): this {
    this.kubernetes.addNodes(...this.scenario.nodes);
    this.clock.advance(30_000);
    silent.forEach(name => this.kubernetes.silence(name));
    this.clock.advance(60_000);
    this.change({ [ROLE_ANNOTATION]: ROLE });
    return this;
  }

  change(annotations: Record<string, string | null>): void {
    this.kubernetes.annotate(annotations);
    this.clock.advance(1_000);
  }

  async run(desired: Desired): Promise<Outcome> {
    const startedAt = this.clock.now();
    const { joins, leaves, kills: stops } = this.scenario;
    const first = this.kubernetes.deleted.length;
    for (let step = 0; ; step++) {
      const elapsed = (this.clock.now() - startedAt) / 1000;
      joins.forEach((second, index) => second <= elapsed && elapsed < second + 60 && this.kubernetes.addNodes({ name: `joined-${index}` }));
      leaves.forEach((second, index) => second <= elapsed && this.kubernetes.removeNode(`node-${index}`));
      const decision = await this.decide(desired, startedAt);
      if (decision.action === 'done' || decision.action === 'fail') {
        const roles = (await this.kubernetes.listPods()).flatMap(pod => pod.containers.map(({ env }) => env.AWS_ROLE_ARN));
        return { decision, restarted: this.kubernetes.deleted.slice(first), roles };
      }
      const stop = stops[step];
      if (decision.action === 'delete') {
        await this.delete(decision, stop?.deletions ?? Infinity);
      }
      this.clock.advance(stop?.pauseMs ?? 1000);
    }
  }

  private async decide(desired: Desired, startedAt: number): Promise<Decision> {
    const [daemonSet, serviceAccount, pods] =
      await Promise.all([this.kubernetes.getDaemonSet(), this.kubernetes.getServiceAccount(), this.kubernetes.listPods()]);
    const deadline = startedAt + 0.95 * TIMEOUT_MS;
    return decide({ clusterName: 'blue', daemonSet, serviceAccount, pods, desired, startedAt, deadline, now: this.clock.now() });
  }

  private async delete({ pods }: Extract<Decision, { action: 'delete' }>, atMost: number): Promise<void> {
    const before = this.kubernetes.unavailable();
    const allowed = maxUnavailable((await this.kubernetes.getDaemonSet()) as DaemonSet);
    for (const pod of pods.slice(0, atMost)) {
      await this.kubernetes.deletePod(pod);
    }
    const after = this.kubernetes.unavailable();
    if (after > before && after > allowed) {
      throw new Error(`${after} nodes without a working pod, ${before} before, ${allowed} allowed`);
    }
  }
}

function check<T>(scenarios: fc.Arbitrary<T>, holds: (scenario: T) => Promise<void>): Promise<void> {
  return fc.assert(fc.asyncProperty(scenarios, holds), { numRuns: RUNS });
}

const hasNodes = ({ nodes }: Scenario) => nodes.length > 0;
const failed = (message: string | RegExp) => ({ action: 'fail', message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message) });

test('gives every pod the role, never more unavailable than allowed, each restarted once', async () => {
  await check(fc.record(calm), async scenario => {
    const { decision, restarted, roles } = await new Simulation(scenario).begin().run(WITH_ROLE);
    expect(decision.action).toBe('done');
    expect(roles).toEqual(roles.map(() => ROLE));
    expect([...restarted].sort()).toEqual(scenario.nodes.map(({ name }) => name).sort());
  });
});

test('gets there with a webhook that lags and fails now and then, nodes that come and go', async () => {
  await check(fc.record(rough), async scenario => {
    const { decision, roles } = await new Simulation(scenario).begin().run(WITH_ROLE);
    expect(decision).toMatchObject({ action: 'done' });
    expect(roles).toEqual(roles.map(() => ROLE));
  });
});

test('gets there when it is killed anywhere and run again', async () => {
  await check(fc.record({ ...rough, kills }), async scenario => {
    const { decision, roles } = await new Simulation(scenario).begin().run(WITH_ROLE);
    expect(decision).toMatchObject({ action: 'done' });
    expect(roles).toEqual(roles.map(() => ROLE));
  });
});

test('a second run restarts nothing', async () => {
  await check(fc.record(rough), async scenario => {
    const simulation = new Simulation(scenario).begin();
    await simulation.run(WITH_ROLE);
    const { decision, restarted } = await simulation.run(WITH_ROLE);
    expect(decision.action).toBe('done');
    expect(restarted).toEqual([]);
  });
});

test('takes one node down at most when the webhook never injects, with or without permissions on the node', async () => {
  await check(fc.record({ scenario: fc.record(calm).filter(hasNodes), nodeRoleIsGood: fc.boolean() }), async ({ scenario, nodeRoleIsGood }) => {
    const simulation = new Simulation(scenario);
    simulation.kubernetes.behaviour.webhookAnswers = () => false;
    simulation.kubernetes.behaviour.isGoodRole = () => nodeRoleIsGood;
    const { decision, restarted } = await simulation.begin().run(WITH_ROLE);
    expect(decision).toEqual(failed('the pod identity webhook of cluster blue does not give new aws-node pods'));
    expect(new Set(restarted).size).toBe(1);
    expect(restarted.length).toBeLessThan(12);
  });
});

test('takes one node down at most when the role is broken, however often it is tried', async () => {
  await check(fc.record({ scenario: fc.record(calm).filter(hasNodes), nodeRoleIsGood: fc.boolean() }), async ({ scenario, nodeRoleIsGood }) => {
    const simulation = new Simulation(scenario);
    simulation.kubernetes.behaviour.isGoodRole = role => role === undefined && nodeRoleIsGood;
    simulation.begin();
    const first = await simulation.run(WITH_ROLE);
    const second = await simulation.run(WITH_ROLE);
    expect(first.decision).toEqual(failed('aws-node does not become Ready within 5 min in cluster blue'));
    expect(second.decision).toEqual(failed('aws-node does not become Ready within 5 min in cluster blue'));
    expect([first.restarted.length, second.restarted]).toEqual([1, []]);
  });
});

test('goes round nodes that do not report as long as they leave a budget, and names them', async () => {
  const scenarios = fc.record({ ...calm, maxUnavailable: fc.constantFrom(2, 3), nodes: calm.nodes.filter(nodes => nodes.length > 1) });
  await check(scenarios, async scenario => {
    const { decision, roles } = await new Simulation(scenario).begin(['node-0']).run(WITH_ROLE);
    expect(decision).toEqual({ action: 'done', summary: expect.stringMatching(/left out: aws-node-\w+ on node-0 \(node not reporting\)$/) });
    expect(roles.filter(role => role !== ROLE)).toHaveLength(3);
  });
});

test('does not go on when nodes that do not report use the budget up', async () => {
  const scenarios = fc.record({ ...calm, maxUnavailable: fc.constant(1), nodes: calm.nodes.filter(nodes => nodes.length > 1) });
  await check(scenarios, async scenario => {
    const { decision, restarted } = await new Simulation(scenario).begin(['node-0']).run(WITH_ROLE);
    expect(decision).toEqual(failed(/1 unavailable of at most 1.*aws-node-\w+ on node-0 \(node not reporting/));
    expect(restarted).toEqual(['node-0']);
  });
});

test('takes the role from every pod again, also after a rollout that got nowhere', async () => {
  await check(fc.record({ scenario: fc.record({ ...rough, kills }), roleIsGood: fc.boolean() }), async ({ scenario, roleIsGood }) => {
    const simulation = new Simulation(scenario);
    simulation.kubernetes.behaviour.isGoodRole = role => role === undefined || roleIsGood;
    simulation.begin();
    await simulation.run(WITH_ROLE);
    simulation.change({ [ROLE_ANNOTATION]: null });
    const { decision, roles } = await simulation.run(WITHOUT_ROLE);
    expect(decision).toMatchObject({ action: 'done' });
    expect(roles).not.toContain(ROLE);
  });
});

test('takes the role from nobody who does not carry it', async () => {
  await check(fc.record({ scenario: fc.record(calm), nodeRoleIsGood: fc.boolean() }), async ({ scenario, nodeRoleIsGood }) => {
    const simulation = new Simulation(scenario);
    simulation.kubernetes.behaviour.isGoodRole = () => nodeRoleIsGood;
    simulation.begin().change({ [ROLE_ANNOTATION]: null });
    const { decision, restarted } = await simulation.run(WITHOUT_ROLE);
    expect(decision.action).toBe('done');
    expect(restarted).toEqual([]);
  });
});
