import { faults } from '../../bench/faults';
import { type HandlerTurn, Results, type RolloutResult, type Turn } from '../../bench/results';
import { median } from '../../bench/statistics';
import { isMet, targets } from '../../bench/targets';

const conditions = { date: '2026-01-01T00:00', cores: 2, node: 'v24.0.0' };
const turn = (seconds: number, more: Partial<Turn> = {}): Turn => ({ seconds, busy: 0.5, mostUnavailable: 10, verified: 100, load: 1, ...more });
const handlerTurn = (seconds: number, more: Partial<HandlerTurn> = {}): HandlerTurn =>
  ({ ...turn(seconds), invocations: 1, requests: { delete: 100, list: 50 }, peakMemoryMb: 120, cpuSeconds: 2, ...more });
const rollout = (more: Partial<RolloutResult> = {}): RolloutResult => ({
  conditions,
  nodes: 100,
  pods: '10s',
  maxUnavailable: 10,
  kubectl: [turn(100), turn(110), turn(300)],
  handler: [handlerTurn(99), handlerTurn(120), handlerTurn(121)],
  nothingToDo: { seconds: 1, restarted: 0 },
  ...more,
});
const measured = (...rollouts: RolloutResult[]) =>
  Object.fromEntries(targets(new Results({ rollouts })).map(target => [target.what, [target.measured, isMet(target)]]));

test('the median', () => {
  expect([median([3, 1, 2]), median([4, 1, 2, 3])]).toEqual([2, 2.5]);
});

test('figures of a rollout beside their targets', () => {
  expect(measured(rollout())).toEqual({
    '100 nodes, pods Ready after 10 s: time against kubectl': [120 / 110, false],
    '100 nodes, pods Ready after 10 s: time against the ideal': [1.2, false],
    '100 nodes, pods Ready after 10 s: requests per pod': [1.5, true],
    '100 nodes, pods Ready after 10 s: resident memory': [120, true],
  });
});

test('fewer than three turns are told', () => {
  expect(measured(rollout({ handler: [handlerTurn(99)], kubectl: [turn(100)] }))).toHaveProperty(
    ['100 nodes, pods Ready after 10 s: time against kubectl, in 1 turn only'], [0.99, true]);
});

test('the ideal counts the last wave in full', () => {
  expect(measured(rollout({ nodes: 101, maxUnavailable: 11, handler: [handlerTurn(100)] }))['101 nodes, pods Ready after 10 s: time against the ideal']).toEqual([1, true]);
});

test('memory is compared between 1000 and 5000 nodes; nothing to do counts at 1000', () => {
  const sized = (nodes: number, peakMemoryMb: number) => rollout({ nodes, pods: 'instant', handler: [handlerTurn(1, { peakMemoryMb })] });
  const figures = measured(sized(1000, 100), sized(5000, 120));
  expect(figures['memory at 5000 nodes against 1000']).toEqual([1.2, false]);
  expect(figures['1000 nodes, pods Ready at once: nothing to do']).toEqual([1, true]);
  expect(figures).not.toHaveProperty('5000 nodes, pods Ready at once: nothing to do');
});

test('a later run takes the place of the one of the same size and pods', () => {
  const results = new Results({ rollouts: [rollout(), rollout({ pods: 'instant' }), rollout({ nodes: 1000 })] })
    .with({ rollouts: [rollout({ maxUnavailable: 20 })] });
  expect(results.all.rollouts.map(({ nodes, pods, maxUnavailable }) => [nodes, pods, maxUnavailable])).toEqual([[100, 'instant', 10], [100, '10s', 20], [1000, '10s', 10]]);
});

test('what no figure can make good', () => {
  expect(faults(rollout())).toEqual([]);
  // kubectl's own controller is not ours to judge
  expect(faults(rollout({ kubectl: [turn(100, { mostUnavailable: 11 })] }))).toEqual([]);
  expect(faults(rollout({
    kubectl: [turn(100, { verified: 98 })],
    handler: [handlerTurn(100, { verified: 99 }), handlerTurn(100, { mostUnavailable: 11 })],
    nothingToDo: { seconds: 1, restarted: 2 },
  }))).toEqual([
    '100 nodes, 10s: 98 of 100 pods have the role in every container',
    '100 nodes, 10s: 99 of 100 pods have the role in every container',
    '100 nodes, 10s: 11 nodes unavailable at once, of at most 10',
    '100 nodes, 10s: nothing was to do, and 2 pods were restarted',
  ]);
});
