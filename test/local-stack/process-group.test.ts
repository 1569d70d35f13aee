import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessGroup } from '../../local-stack/process-group';

let directory: string;
beforeEach(() => directory = mkdtempSync(join(tmpdir(), 'processes-')));
afterEach(() => rmSync(directory, { recursive: true }));

const isAlive = (pid: number) => {
  try {
    process.kill(pid, 0);
    // A zombie answers signals, yet runs no more.
    return !existsSync('/proc') || !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

async function until(isTrue: () => boolean): Promise<void> {
  for (let tries = 0; !isTrue(); tries++) {
    if (tries > 200) throw new Error('waited in vain');
    await new Promise(resolve => setTimeout(resolve, 50));
  }
}

test('keeps the output in a log of its own', async () => {
  const processes = new ProcessGroup(join(directory, 'logs'));
  const one = processes.start('one', process.execPath, ['-e', 'console.log(process.env.GREETING); console.error("and this")'], { env: { GREETING: 'hello' } });
  await until(() => one.exited);
  expect(one.tail()).toEqual('hello\nand this');
  expect(one.tail(1)).toEqual('and this');
  expect(one.logFile).toEqual(join(directory, 'logs', 'one.log'));
});

test('a program that is not there is an error that names it', () => {
  expect(() => new ProcessGroup(directory).start('one', '/no/such/program', [])).toThrow('one cannot be started: /no/such/program is not there');
});

test('ends the last one first; one that was started again keeps its place', async () => {
  const processes = new ProcessGroup(directory);
  const log = join(directory, 'order');
  const script = `process.on('SIGTERM', () => { require('fs').appendFileSync(${JSON.stringify(log)}, process.argv[1]); process.exit(); }); console.log('up'); setInterval(() => {}, 1000)`;
  const start = (name: string) => processes.start(name, process.execPath, ['-e', script, name]);
  const [first, second] = ['a', 'b'].map(start);
  await until(() => [first, second].every(one => one.tail() === 'up'));
  expect(() => start('a')).toThrow('a is running already');
  await first.stop('SIGKILL');
  const again = start('a');
  await until(() => again.tail() === 'up\nup');
  await processes.stopAll();
  expect(readFileSync(log, 'utf8')).toEqual('ba');
  expect([first, again, second].map(one => one.exited)).toEqual([true, true, true]);
});

test('what a process leaves behind ends with it, even if it will not listen', async () => {
  const stubborn = new ProcessGroup(directory).start('stubborn', 'sh', ['-c', 'trap "" TERM; sleep 1000 & echo $!']);
  await until(() => stubborn.exited);
  await until(() => !isAlive(Number(stubborn.tail())));
});

test('a process that will not listen is killed', async () => {
  const stubborn = new ProcessGroup(directory).start('stubborn', 'sh', ['-c', 'trap "" TERM; echo up; while :; do sleep 1; done']);
  await until(() => stubborn.tail() === 'up');
  await stubborn.stop();
  expect([stubborn.exited, isAlive(stubborn.pid)]).toEqual([true, false]);
}, 10_000);

test.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGKILL', 'exit', 'throw'])('nothing outlives the tool that ends by %s, grandchildren included', async how => {
  const tool = join(directory, 'tool.ts');
  writeFileSync(tool, `
    import { ProcessGroup } from ${JSON.stringify(join(__dirname, '../../local-stack/process-group'))};
    new ProcessGroup(${JSON.stringify(directory)}).start('parent', 'sh', ['-c', 'sleep 1000 & echo $!; echo $$; wait']);
    process.send!('started');
    setTimeout(() => { ${how === 'exit' ? 'process.exit(0)' : how === 'throw' ? 'throw new Error("on purpose")' : ''} }, 1500);
    setInterval(() => {}, 1000);
  `);
  const child = spawn(process.execPath, ['--import', 'tsx', tool], { cwd: join(__dirname, '../..'), stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
  const started = once(child, 'message');
  const ended = new Promise(resolve => child.once('exit', resolve));
  const pids = () => {
    try {
      return readFileSync(join(directory, 'parent.log'), 'utf8').trim().split('\n').filter(Boolean).map(Number);
    } catch {
      return [];
    }
  };
  await started;
  await until(() => pids().length === 2);
  expect(pids().map(isAlive)).toEqual([true, true]);
  if (how.startsWith('SIG')) {
    child.kill(how as NodeJS.Signals);
  }
  await ended;
  await until(() => !pids().some(isAlive));
}, 20_000);
