import type { V1DaemonSet, V1Node, V1Pod, V1ServiceAccount } from '@kubernetes/client-node';
import { type InvariantOptions, Invariants, type Sight } from '../e2e/invariants';

const START = Date.parse('2026-01-01T00:00:00Z');
const ROLE = 'arn:aws:iam::111122223333:role/cni';

interface PodState {
  readonly uid?: string;
  readonly ready?: boolean;
  readonly readySince?: number;
  readonly terminating?: boolean;
}

function pod(node: string, { uid = `${node}-1`, ready = true, readySince = START - 60_000, terminating = false }: PodState = {}): V1Pod {
  return {
    metadata: { name: `aws-node-${uid}`, uid, ...terminating && { deletionTimestamp: new Date(START) } },
    spec: { nodeName: node, containers: [] },
    status: { phase: 'Running', conditions: [{ type: 'Ready', status: ready ? 'True' : 'False', lastTransitionTime: new Date(readySince) }] },
  };
}

interface DaemonSetState {
  readonly uid?: string;
  readonly minReadySeconds?: number;
  readonly labels?: Record<string, string>;
}

function daemonSet(maxUnavailable?: number | string, { uid = 'daemonset', minReadySeconds, labels }: DaemonSetState = {}): V1DaemonSet {
  return {
    metadata: { uid, labels },
    spec: {
      minReadySeconds,
      selector: {},
      template: {},
      updateStrategy: maxUnavailable === undefined ? { type: 'OnDelete' } : { type: 'RollingUpdate', rollingUpdate: { maxUnavailable } },
    },
  };
}

function serviceAccount(annotations: Record<string, string> = {}, uid = 'serviceaccount'): V1ServiceAccount {
  return { metadata: { uid, annotations } };
}

const NODES = ['a', 'b', 'c'];
const nodes = (names = NODES): V1Node[] => names.map(name => ({ metadata: { name } }));

function sight(changes: Partial<Sight> = {}): Sight {
  return { nodes: nodes(), pods: NODES.map(name => pod(name)), daemonSet: daemonSet('10%'), serviceAccount: serviceAccount(), ...changes };
}

/** One sight a second. */
function judged(sights: readonly Partial<Sight>[], options: InvariantOptions = {}, excused: readonly string[] = []): Invariants {
  const invariants = new Invariants(options);
  invariants.excuse(...excused);
  sights.forEach((changes, second) => invariants.see(sight(changes), START + second * 1000));
  invariants.judgeEnd();
  return invariants;
}

const gone = (...names: string[]) => ({ pods: NODES.filter(name => !names.includes(name)).map(name => pod(name)) });
const terminating = (...names: string[]) => ({ pods: NODES.map(name => pod(name, { terminating: names.includes(name) })) });

test('a rolling restart, one pod after the other: no violation', () => {
  const { violations, mostUnavailable, restartedNodes } = judged([
    {},
    terminating('a'),
    gone('a'),
    { pods: [pod('a', { uid: 'a-2', ready: false }), pod('b'), pod('c')] },
    { pods: [pod('a', { uid: 'a-2' }), pod('b'), pod('c')] },
    { pods: [pod('a', { uid: 'a-2' }), pod('b', { terminating: true }), pod('c')] },
    { pods: [pod('a', { uid: 'a-2' }), pod('b', { uid: 'b-2' }), pod('c')] },
  ]);
  expect(violations).toEqual([]);
  expect(mostUnavailable).toBe(1);
  expect(restartedNodes).toEqual(['a', 'b']);
});

describe('I1', () => {
  test.each<[string, Partial<Sight>]>([
    ['two are terminating', terminating('a', 'b')],
    ['two are gone', gone('a', 'b')],
    ['one is gone, one terminating', { pods: [pod('b', { terminating: true }), pod('c')] }],
  ])('%s', (_, change) => {
    expect(judged([{}, change]).violations).toEqual([expect.stringMatching(/^I1: aws-node-a-1, aws-node-b-1 deleted, which leaves 2 unavailable of at most 1: a, b$/)]);
  });

  test('the second follows before the first is available again', () => {
    const starting = pod('a', { uid: 'a-2', ready: false });
    expect(judged([{}, gone('a'), { pods: [starting, pod('b'), pod('c')] }, { pods: [starting, pod('c')] }]).violations)
      .toEqual([expect.stringContaining('I1: aws-node-b-1 deleted')]);
  });

  test('available only once it has been Ready for as long as the DaemonSet asks', () => {
    const slow = daemonSet(1, { minReadySeconds: 10 });
    const fresh = pod('a', { uid: 'a-2', readySince: START });
    const first = [{ daemonSet: slow }, { ...gone('a'), daemonSet: slow }, { pods: [fresh, pod('b'), pod('c')], daemonSet: slow }];
    expect(judged([...first, { pods: [fresh, pod('c')], daemonSet: slow }]).violations).toEqual([expect.stringContaining('I1')]);
    const waiting = Array<Partial<Sight>>(10).fill(first[2]);
    expect(judged([...first, ...waiting, { pods: [fresh, pod('c')], daemonSet: slow }]).violations).toEqual([]);
  });

  test.each<[number | string | undefined, number, boolean]>([
    [undefined, 1, true], [undefined, 2, false], [2, 2, true], [2, 3, false], ['34%', 2, true], ['33%', 2, false], ['100%', 3, true],
  ])('maxUnavailable %s, %d gone at once: allowed is %s', (maxUnavailable, count, isAllowed) => {
    const strategy = daemonSet(maxUnavailable);
    expect(judged([{ daemonSet: strategy }, { ...gone(...NODES.slice(0, count)), daemonSet: strategy }]).violations).toHaveLength(isAllowed ? 0 : 1);
  });

  test('nodes on which the plugin does not run do not count', () => {
    const others = [{ 'kubernetes.io/os': 'windows' }, ...['auto', 'fargate', 'hybrid'].map(type => ({ 'eks.amazonaws.com/compute-type': type }))]
      .map((labels, index): V1Node => ({ metadata: { name: `other-${index}`, labels } }));
    const mixed = { nodes: [...nodes(), ...others] };
    const { violations, mostUnavailable } = judged([mixed, mixed, mixed, mixed, { ...gone('a'), ...mixed }]);
    expect({ violations, mostUnavailable }).toEqual({ violations: [], mostUnavailable: 1 });
  });

  test('pods that were down before count', () => {
    const down = pod('c', { ready: false });
    const before = { pods: [pod('a'), pod('b'), down] };
    expect(judged([before, before, before, before, { pods: [pod('b'), down] }]).violations).toEqual([expect.stringContaining('I1: aws-node-a-1 deleted')]);
  });

  test('pods that go down by themselves are no violation, and count once the function can know', () => {
    const down = pod('c', { ready: false });
    const alone = { pods: [pod('a'), pod('b'), down] };
    const and = { pods: [pod('b'), down] };
    expect(judged([{}, alone, alone, alone]).violations).toEqual([]);
    expect(judged([{}, alone, and]).violations).toEqual([]);
    expect(judged([{}, alone, alone, alone, alone, and]).violations).toEqual([expect.stringContaining('I1')]);
  });

  test('the deletion of a pod that was not available is none', () => {
    const down = [pod('b', { ready: false }), pod('c', { ready: false })];
    expect(judged([{ pods: [pod('a'), ...down] }, { pods: [pod('a')] }]).violations).toEqual([]);
  });

  test('what the test does to an excused node is none, and counts against the next', () => {
    expect(judged([{}, gone('a', 'b')], {}, ['a', 'b']).violations).toEqual([]);
    const others = Array<Partial<Sight>>(4).fill(gone('a'));
    expect(judged([{}, ...others, gone('a', 'b')], {}, ['a']).violations).toEqual([expect.stringContaining('I1: aws-node-b-1 deleted')]);
  });

  test('a node that goes takes nothing with it', () => {
    expect(judged([{}, { nodes: nodes(['b', 'c']), ...gone('a') }, { nodes: nodes(['b', 'c']), ...gone('a', 'b') }]).violations).toEqual([]);
  });
});

describe('I2', () => {
  const subject = 'system:serviceaccount:kube-system:aws-node';
  const verdict = (exists: boolean, policies: number, trust: string) => {
    const invariants = new Invariants();
    invariants.judgeRole(ROLE, { exists, policies, trust }, 'pod one');
    return invariants.violations;
  };

  test('a role with its policy and its trust', () => expect(verdict(true, 1, subject)).toEqual([]));
  test('no role', () => expect(verdict(false, 0, '')).toEqual([`I2: pod one carries ${ROLE}, which does not exist`]));
  test('no policy', () => expect(verdict(true, 0, subject)).toEqual([`I2: pod one carries ${ROLE}, which has no policy`]));
  test('no trust', () => expect(verdict(true, 1, '{}')).toEqual([`I2: pod one carries ${ROLE}, which does not trust ${subject}: {}`]));
});

describe('I3', () => {
  test.each<[string, Partial<Sight>, InvariantOptions]>([
    ['another service account', { serviceAccount: serviceAccount({}, 'other') }, { edited: ['ServiceAccount'] }],
    ['no service account', { serviceAccount: undefined }, { edited: ['ServiceAccount'] }],
    ['another DaemonSet', { daemonSet: daemonSet('10%', { uid: 'other' }) }, { edited: ['DaemonSet'] }],
    ['another spec', { daemonSet: daemonSet(2) }, { edited: ['DaemonSet'] }],
  ])('%s', (_, change, options) => {
    expect(judged([{}, change]).violations).toContainEqual(expect.stringMatching(/^I3: /));
    expect(judged([{}, change], options).violations).toEqual([]);
  });
});

describe('I4', () => {
  const annotated = (annotations: Record<string, string>) => ({ serviceAccount: serviceAccount(annotations) });

  test('our annotations may change', () => {
    expect(judged([annotated({ other: '1' }), annotated({ 'other': '1', 'eks.amazonaws.com/role-arn': ROLE })]).violations).toEqual([]);
  });

  test('others may not', () => {
    expect(judged([annotated({ other: '1' }), annotated({ other: '2' })]).violations).toEqual([expect.stringMatching(/^I4: /)]);
    expect(judged([annotated({ other: '1' }), annotated({})]).violations).toEqual([expect.stringMatching(/^I4: /)]);
    expect(judged([{ daemonSet: daemonSet('10%', { labels: { a: 'b' } }) }, {}]).violations).toEqual([expect.stringMatching(/^I4: /)]);
  });

  test('only the end counts', () => {
    expect(judged([annotated({ other: '1' }), annotated({}), annotated({ other: '1' })]).violations).toEqual([]);
  });
});

describe('I5', () => {
  const one = [{}, gone('a'), { pods: [pod('a', { uid: 'a-2' }), pod('b'), pod('c')] }];
  const again = [{ pods: [pod('b'), pod('c')] }, { pods: [pod('a', { uid: 'a-3' }), pod('b'), pod('c')] }];
  const other = { pods: [pod('a', { uid: 'a-3' }), pod('c')] };

  test('one node, also more than once', () => expect(judged([...one, ...again], { canaryOnly: true }).violations).toEqual([]));
  test('a second node', () => {
    expect(judged([...one, ...again, other], { canaryOnly: true }).violations).toEqual([expect.stringContaining('I5: pods of more than one node were replaced: a, b')]);
    expect(judged([...one, ...again, other]).violations).toEqual([]);
  });
  test('a second node that is excused', () => expect(judged([...one, ...again, other], { canaryOnly: true }, ['b']).violations).toEqual([]));
});
