import * as fc from 'fast-check';
import { OTHER_ROLE, ROLE } from './builders';
import type { Incident, NodeProperties, Service } from './simulated-cluster';
import type { History } from './simulated-rollout';

type Arbitraries<T> = { readonly [K in keyof T]: fc.Arbitrary<T[K]> };

const ms = (max: number, min = 0) => fc.integer({ min, max });
const maybe = <T>(value: fc.Arbitrary<T>, maxLength: number) => fc.array(value, { maxLength });

const kubelet = { startupMs: ms(20_000), shutdownMs: ms(10_000) };
const nodes = (minLength: number, maxLength = 10) => fc.array(fc.record(kubelet), { minLength, maxLength })
  .map(all => all.map((one, index): NodeProperties => ({ name: `node-${index}`, ...one })));
const limit = fc.constantFrom<number | string>(1, 2, 3, '10%', '25%', '50%', '100%');
const minReadySeconds = fc.constantFrom(0, 0, 5, 20);
const node = fc.nat(9);

const atMs = ms(200_000);
const incident = {
  silent: fc.record({ kind: fc.constant('node silent' as const), atMs, node, forMs: ms(90_000) }),
  removed: fc.record({ kind: fc.constant('node removed' as const), atMs, node, ghostMs: ms(80_000) }),
  joins: fc.record({ kind: fc.constant('node joins' as const), atMs, ...kubelet }),
  deleted: fc.record({ kind: fc.constant('pod deleted' as const), atMs, node }),
  evicted: fc.record({ kind: fc.constant('pod evicted' as const), atMs, node }),
  crashes: fc.record({ kind: fc.constant('pod crashes' as const), atMs, node, forMs: ms(60_000) }),
  limitEdited: fc.record({ kind: fc.constant('DaemonSet edited' as const), atMs, maxUnavailable: limit }),
  readinessEdited: fc.record({ kind: fc.constant('DaemonSet edited' as const), atMs, minReadySeconds }),
};
const { removed, silent, deleted, evicted, ...mild } = incident;
const lasting = [
  fc.record({ kind: fc.constant('node silent' as const), atMs, node, forMs: fc.constant(Infinity) }),
  fc.record({ kind: fc.constant('pod crashes' as const), atMs, node, forMs: fc.constant(Infinity) }),
  fc.record({ kind: fc.constant('node joins' as const), atMs, startupMs: fc.constant(Infinity), shutdownMs: ms(10_000) }),
  fc.record({ kind: fc.constant('DaemonSet edited' as const), atMs, maxUnavailable: fc.constantFrom<number | string>(0, '0%') }),
];
const brieflySilent = silent.map(one => ({ ...one, forMs: one.forMs / 2 }));
/** Nothing that takes a pod out of sight for good. */
export const canaryStays = maybe<Incident>(fc.oneof(brieflySilent, deleted, evicted, ...Object.values(mild)), 5);
export const anyIncident = maybe<Incident>(fc.oneof(...Object.values(incident), ...lasting), 8);

const promptEngine: History['engine'] = { paceMs: 100, looks: [{ lagMs: 0, isFrozen: false }], kills: [] };
const look = fc.record({ lagMs: fc.oneof(fc.constant(0), ms(2_000)), isFrozen: fc.boolean() });
const engine = {
  paceMs: fc.constantFrom(100, 1_000, 5_000),
  looks: fc.array(look, { minLength: 1, maxLength: 5 }),
  kills: fc.constant([]),
};

/** Everything works, at a pace of its own. */
export const calm: Arbitraries<History> = {
  nodes: nodes(0),
  maxUnavailable: limit,
  minReadySeconds,
  creationMs: fc.constantFrom(0, 500, 3_000),
  statusLagsMs: fc.array(ms(5_000), { minLength: 1, maxLength: 4 }),
  webhook: fc.constant({ lagMs: 0, outages: [], serves: [] }),
  brokenRoles: fc.constant([]),
  incidents: fc.constant([]),
  roleBefore: fc.constantFrom(undefined, OTHER_ROLE),
  engine: fc.constant(promptEngine),
};

/** Nodes, pods and the DaemonSet change all the time. */
export const restless: Arbitraries<History> = {
  ...calm,
  webhook: fc.record({ lagMs: ms(20_000), outages: fc.constant([]), serves: fc.constant([]) }),
  incidents: maybe<Incident>(fc.oneof(...Object.values(incident)), 6),
  engine: fc.record(engine),
};

/** The webhook fails now and then, never for so long that it looks like a fault. */
export const careless: Arbitraries<History> = {
  ...restless,
  webhook: fc.oneof(
    fc.record({
      lagMs: ms(20_000),
      outages: fc.constant([]),
      serves: maybe(fc.constantFrom('all', 'some', 'none'), 5).map(services => services.flatMap(one => [one, 'all' as const, 'all' as const])),
    }),
    fc.record({ lagMs: ms(20_000), outages: fc.tuple(fc.record({ atMs: ms(120_000), forMs: ms(20_000) })), serves: fc.constant([]) }),
  ),
  incidents: maybe<Incident>(fc.oneof(...Object.values(mild)), 5),
};

export const nodeRole = [undefined, OTHER_ROLE];
/** Beyond any number of pods. */
const MANY = 100;
export const webhookIsBroken = fc.constantFrom<Partial<History>>(
  { webhook: { lagMs: 0, outages: [{ atMs: 0, forMs: Infinity }], serves: [] } },
  { webhook: { lagMs: 0, outages: [], serves: Array(MANY).fill('some') } },
  { webhook: { lagMs: Infinity, outages: [], serves: [] } },
  { webhook: { lagMs: Infinity, outages: [], serves: [] }, roleBefore: OTHER_ROLE },
);
export const roleIsBrokenOrNot = fc.constantFrom([], [ROLE]);
export const nodeRoleIsBrokenOrNot = fc.constantFrom([], nodeRole);
export const roleIsBroken = fc.constantFrom([ROLE], [ROLE, ...nodeRole]);

/** Killed at some of its decisions to delete. */
export const killed = (maxPauseMs: number) => fc.record({
  ...engine, kills: maybe(fc.option(fc.record({ deletions: fc.nat(2), pauseMs: ms(maxPauseMs) }), { nil: undefined }), 10),
});

/** Pods may take minutes to become available; the webhook misses one, or two in a row. */
const missing = (...misses: readonly Service[]): Arbitraries<History> => ({
  ...calm,
  nodes: nodes(0, 4),
  minReadySeconds: fc.integer({ min: 0, max: 200 }),
  webhook: fc.nat(4).map(served => ({ lagMs: 0, outages: [], serves: [...Array<Service>(served).fill('all'), ...misses] })),
});
export const slow = fc.oneof(fc.record({ ...missing('none'), engine: killed(20_000) }), fc.record(missing('none', 'none')));

/** Nothing has to work. */
export const hostile: Arbitraries<History> = {
  ...restless,
  webhook: fc.record({
    lagMs: ms(200_000),
    outages: maybe(fc.record({ atMs: ms(300_000), forMs: fc.oneof(ms(200_000), fc.constant(Infinity)) }), 3),
    serves: maybe(fc.constantFrom('all', 'some', 'none'), 15),
  }),
  brokenRoles: roleIsBrokenOrNot,
  incidents: anyIncident,
  engine: killed(60_000),
};

export const withNodes = nodes(1);
export const withSeveralNodes = nodes(2);
