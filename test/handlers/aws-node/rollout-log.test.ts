import { old } from './builders';
import { FakeClock } from './fake-clock';
import { silenceLog } from './world';
import type { Decision } from '../../../lib/handlers/aws-node/rollout-decision';
import { RolloutLog } from '../../../lib/handlers/aws-node/rollout-log';

const progress = { restarted: 1, verified: 2, total: 8, percent: 25, elapsedSeconds: 3 };
const waits: Decision = { action: 'wait', why: '1 not Ready', progress };
const restarts = (...names: string[]): Decision => ({ action: 'delete', pods: names.map(name => old(name)), why: 'batch', progress });

function aLog() {
  const clock = new FakeClock(Date.parse('2026-11-24T10:00:00Z'));
  clock.onAdvance(100, () => undefined);
  return { clock, lines: silenceLog(), log: new RolloutLog(clock) };
}

test('tells a restart with the progress, the pods and their nodes', () => {
  const { log, lines } = aLog();
  log.write(restarts('a', 'b'));
  expect(lines).toEqual([
    { message: 'rollout restarts pods', ...progress, why: 'batch', count: 2, pods: ['aws-node-a on node-a', 'aws-node-b on node-b'] },
  ]);
});

test('names three pods, and of more how many', () => {
  const { clock, log, lines } = aLog();
  log.write(restarts('a', 'b', 'c'));
  clock.advance(1_000);
  log.write(restarts('a', 'b', 'c', 'd'));
  expect(lines.map(({ pods }) => pods)).toEqual([
    ['aws-node-a on node-a', 'aws-node-b on node-b', 'aws-node-c on node-c'],
    ['aws-node-a on node-a', 'aws-node-b on node-b', 'aws-node-c on node-c', 'and 1 more'],
  ]);
});

test('restarts within a second share a line', () => {
  const { clock, log, lines } = aLog();
  log.write(restarts('a'));
  log.write(restarts('b'));
  clock.advance(900);
  log.write(restarts('c'));
  expect(lines).toHaveLength(1);
  clock.advance(100);
  log.write(restarts('d', 'e'));
  expect(lines[1]).toMatchObject({ count: 4, pods: ['aws-node-b on node-b', 'aws-node-c on node-c', 'aws-node-d on node-d', 'and 1 more'] });
  log.flush();
  expect(lines).toHaveLength(2);
});

test('restarts that are not told yet come before what follows', () => {
  const { log, lines } = aLog();
  log.write(restarts('a'));
  log.write(restarts('b'));
  log.write({ action: 'done', summary: 'all', progress });
  expect(lines.map(({ message }) => message)).toEqual(['rollout restarts pods', 'rollout restarts pods', 'rollout done']);
  expect(lines[2]).toEqual({ message: 'rollout done', ...progress, summary: 'all' });
});

test('a wait is told after five seconds without a line, and then every five seconds', () => {
  const { clock, log, lines } = aLog();
  log.write(waits);
  expect(lines).toEqual([{ message: 'rollout waits', ...progress, waitingFor: '1 not Ready' }]);
  clock.advance(4_900);
  log.write(waits);
  expect(lines).toHaveLength(1);
  clock.advance(100);
  log.write(waits);
  expect(lines).toHaveLength(2);
  log.write(restarts('a'));
  clock.advance(3_000);
  log.write(restarts('b'));
  clock.advance(3_000);
  log.write(waits);
  expect(lines.map(({ message }) => message)).toEqual(['rollout waits', 'rollout waits', 'rollout restarts pods', 'rollout restarts pods']);
});

test('a failure is told with its reason', () => {
  const { log, lines } = aLog();
  log.write({ action: 'fail', message: 'gone' });
  expect(lines).toEqual([{ message: 'rollout failed', reason: 'gone' }]);
});
