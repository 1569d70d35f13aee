import * as fc from 'fast-check';
import { ROLE } from './builders';
import {
  anyIncident, calm, canaryStays, careless, hostile, killed, nodeRole, nodeRoleIsBrokenOrNot, restless, roleIsBroken, roleIsBrokenOrNot, slow,
  webhookIsBroken, withNodes, withSeveralNodes,
} from './simulated-histories';
import type { History, Outcome } from './simulated-rollout';
import { allowed, SimulatedRollout, WITH_ROLE, WITHOUT_ROLE } from './simulated-rollout';

const RUNS = Number(process.env.PROPERTY_RUNS ?? 600);
/** To repeat a failure: as fast-check printed it. */
const SEED = process.env.PROPERTY_SEED === undefined ? undefined : Number(process.env.PROPERTY_SEED);
// a busy machine takes its time
jest.setTimeout(60_000 + RUNS * 200);

let histories = 0;

function check<T>(arbitrary: fc.Arbitrary<T>, holds: (value: T) => void): void {
  fc.assert(fc.property(arbitrary, value => {
    histories++;
    holds(value);
  }), { numRuns: RUNS, seed: SEED });
}

/** Pods of old, nodes that have stopped to report since, then the annotation. */
function begin(history: History, silent: readonly string[] = []): SimulatedRollout {
  const rollout = new SimulatedRollout(history);
  silent.forEach(name => rollout.cluster.silence(name));
  rollout.cluster.advance(60_000);
  return rollout.annotate(ROLE);
}

const failed = (message: string | RegExp) => ({ action: 'fail', message: typeof message === 'string' ? expect.stringContaining(message) : expect.stringMatching(message) });
const NOT_INJECTED = failed('the pod identity webhook of cluster blue does not give new aws-node pods');
const NOT_READY = failed('aws-node does not become Ready within 5 min in cluster blue');

function expectRoleEverywhere({ decision, roles }: Outcome): void {
  expect(decision).toMatchObject({ action: 'done', summary: expect.any(String) });
  Object.values(roles).forEach(ofContainers => expect(ofContainers).toEqual([ROLE, ROLE, ROLE]));
}

const namesOf = ({ nodes }: History) => nodes.map(({ name }) => name);

/** A pod's way from its deletion until everybody knows that the next one is available. */
function slowestRestartMs({ nodes, creationMs, minReadySeconds, statusLagsMs }: History): number {
  const slowestNode = Math.max(0, ...nodes.map(({ shutdownMs, startupMs }) => shutdownMs + startupMs));
  return slowestNode + creationMs + minReadySeconds * 1000 + Math.max(...statusLagsMs) + 500;
}

test('gives every pod the role, each restarted once, in as few waves as maxUnavailable allows', () => {
  check(fc.record(calm), history => {
    const outcome = begin(history).run(WITH_ROLE);
    expectRoleEverywhere(outcome);
    expect([...outcome.restarted].sort()).toEqual(namesOf(history));
    const { nodes: { length }, maxUnavailable } = history;
    const waves = length === 0 ? 0 : 1 + Math.ceil((length - 1) / allowed({ maxUnavailable, desiredNumberScheduled: length }));
    expect(outcome.elapsedMs).toBeLessThanOrEqual(waves * slowestRestartMs(history));
  });
});

test('gets there whatever happens to nodes, pods and DaemonSet, also when it is killed and run again', () => {
  check(fc.record({ ...restless, engine: killed(20_000) }), history => {
    expectRoleEverywhere(begin(history).run(WITH_ROLE));
  });
});

test('gets there when the webhook fails now and then', () => {
  check(fc.record(careless), history => {
    expectRoleEverywhere(begin(history).run(WITH_ROLE));
  });
});

test('gets there when the webhook fails now and then and it is killed and run again', () => {
  check(fc.record({ ...careless, incidents: calm.incidents, engine: killed(10_000) }), history => {
    expectRoleEverywhere(begin(history).run(WITH_ROLE));
  });
});

test('gets there when the webhook fails once or twice, however slow everything is', () => {
  check(slow, history => {
    expectRoleEverywhere(begin(history).run(WITH_ROLE));
  });
});

test('ends the same, with the same restarts, whether or not it is killed', () => {
  check(fc.record({ history: fc.record(calm), engine: killed(60_000) }), ({ history, engine }) => {
    const undisturbed = begin(history).run(WITH_ROLE);
    const disturbed = begin({ ...history, engine }).run(WITH_ROLE);
    expect(disturbed.decision.action).toBe(undisturbed.decision.action);
    expect(disturbed.roles).toEqual(undisturbed.roles);
    expect([...disturbed.restarted].sort()).toEqual([...undisturbed.restarted].sort());
  });
});

test('a second run restarts nothing', () => {
  check(fc.record({ ...careless, incidents: calm.incidents, engine: killed(10_000) }), history => {
    const rollout = begin(history);
    rollout.run(WITH_ROLE);
    const { decision, restarted } = rollout.run(WITH_ROLE);
    expect(decision.action).toBe('done');
    expect(restarted).toEqual([]);
  });
});

test('restarts nobody who carries the role, whatever happens', () => {
  check(fc.record({ ...calm, roleBefore: fc.constant(ROLE), incidents: anyIncident, engine: killed(60_000) }), history => {
    expect(begin(history).run(WITH_ROLE).restarted).toEqual([]);
  });
});

test('ends in time, done or with a message, and breaks nothing, whatever fails', () => {
  check(fc.record(hostile), history => {
    const rollout = begin(history);
    rollout.run(WITH_ROLE);
    rollout.annotate(history.roleBefore).run(WITHOUT_ROLE);
  });
});

test('takes one node down at most when the webhook is broken, with or without permissions on the node, however often it is killed', () => {
  const any = fc.record({ ...calm, nodes: withNodes, brokenRoles: nodeRoleIsBrokenOrNot, engine: killed(60_000) });
  check(fc.tuple(any, webhookIsBroken).map(([history, broken]): History => ({ ...history, ...broken })), history => {
    const { decision, restarted } = begin(history).run(WITH_ROLE);
    expect(decision).toMatchObject(NOT_INJECTED);
    expect(new Set(restarted).size).toBe(1);
    expect(restarted.length).toBeLessThan(12 + history.engine.kills.length);
  });
});

test('takes the same node down again, and no other, when it is tried again without the webhook and without permissions on the node', () => {
  const any = fc.record({ ...calm, nodes: withNodes, brokenRoles: fc.constant(nodeRole) });
  // served in part, the plugin itself works
  const isAway = webhookIsBroken.filter(({ webhook }) => !webhook?.serves.includes('some'));
  check(fc.tuple(any, isAway).map(([history, broken]): History => ({ ...history, ...broken })), history => {
    const rollout = begin(history);
    const first = rollout.run(WITH_ROLE);
    rollout.cluster.advance(60_000);
    const second = rollout.run(WITH_ROLE);
    expect(second.decision).toMatchObject(NOT_INJECTED);
    expect(new Set([...first.restarted, ...second.restarted]).size).toBe(1);
  });
});

test('takes one node down at most when the role is broken, however often it is killed and tried again', () => {
  check(fc.record({ ...calm, nodes: withNodes, brokenRoles: roleIsBroken, engine: killed(60_000) }), history => {
    const rollout = begin(history);
    const first = rollout.run(WITH_ROLE);
    rollout.cluster.advance(60_000);
    const second = rollout.run(WITH_ROLE);
    expect([first.decision, second.decision]).toMatchObject([NOT_READY, NOT_READY]);
    expect([first.restarted.length, second.restarted]).toEqual([1, []]);
  });
});

test('takes one node down at most when the role is broken, whatever happens to others', () => {
  check(fc.record({ ...restless, nodes: withNodes, webhook: calm.webhook, brokenRoles: fc.constant([ROLE]), incidents: canaryStays }), history => {
    expect(begin(history).run(WITH_ROLE).takenDown.length).toBeLessThanOrEqual(1);
  });
});

test('goes round nodes that do not report as long as they leave a budget, and names them', () => {
  check(fc.record({ ...calm, maxUnavailable: fc.constantFrom(2, 3), nodes: withSeveralNodes }), history => {
    const { decision, roles } = begin(history, ['node-0']).run(WITH_ROLE);
    expect(decision).toMatchObject({ action: 'done', summary: expect.stringMatching(/left out: aws-node-\w+ on node-0 \(node not reporting\)$/) });
    expect(Object.keys(roles)).toHaveLength(history.nodes.length - 1);
  });
});

test('does not go on when nodes that do not report use the budget up', () => {
  check(fc.record({ ...calm, maxUnavailable: fc.constant(1), nodes: withSeveralNodes }), history => {
    const { decision, restarted } = begin(history, ['node-0']).run(WITH_ROLE);
    expect(decision).toMatchObject(failed(/1 unavailable of at most 1.*aws-node-\w+ on node-0 \(node not reporting/));
    expect(restarted).toEqual(['node-0']);
  });
});

test('takes the role from every pod again, also after a rollout that got nowhere', () => {
  const any = fc.oneof(
    fc.record({ ...restless, brokenRoles: roleIsBrokenOrNot, engine: killed(20_000) }),
    fc.record({ ...careless, brokenRoles: roleIsBrokenOrNot }),
  );
  check(any, history => {
    const rollout = begin(history);
    rollout.run(WITH_ROLE);
    const { decision, roles } = rollout.annotate(history.roleBefore).run(WITHOUT_ROLE);
    expect(decision).toMatchObject({ action: 'done' });
    expect(Object.values(roles).flat()).not.toContain(ROLE);
  });
});

test('takes the role from nobody who does not carry it, whatever happens', () => {
  check(fc.record({ ...calm, roleBefore: fc.constant(undefined), incidents: anyIncident, engine: killed(60_000) }), history => {
    expect(new SimulatedRollout(history).annotate(undefined).run(WITHOUT_ROLE).restarted).toEqual([]);
  });
});

afterAll(() => process.stdout.write(`${histories} histories\n`));

(process.env.PROPERTY_RUNS === undefined ? test : test.skip)('that was over 10,000 histories', () => {
  expect(histories).toBeGreaterThan(10_000);
});
