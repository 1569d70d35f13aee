import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import type { Socket } from 'node:net';
import { join } from 'node:path';

export interface StartOptions {
  /** The whole environment of the process. */
  readonly env?: NodeJS.ProcessEnv;
  readonly cwd?: string;
}

export class ManagedProcess {
  readonly pid: number;
  private readonly ended: Promise<void>;
  private hasEnded = false;

  constructor(readonly name: string, readonly logFile: string, child: ChildProcess) {
    this.ended = new Promise(resolve => {
      const onEnd = () => {
        this.hasEnded = true;
        resolve();
      };
      child.once('error', onEnd).once('exit', () => {
        // What it has started and left behind.
        this.kill('SIGKILL');
        onEnd();
      });
    });
    if (child.pid === undefined) {
      throw new Error(`${name} cannot be started: ${child.spawnfile} is not there or not executable`);
    }
    this.pid = child.pid;
  }

  get exited(): boolean {
    return this.hasEnded;
  }

  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<void> {
    if (this.hasEnded) {
      return;
    }
    this.kill(signal);
    const timer = setTimeout(() => this.kill('SIGKILL'), 5000);
    await this.ended;
    clearTimeout(timer);
  }

  /** To the process and all that it has started. */
  kill(signal: NodeJS.Signals): void {
    try {
      process.kill(-this.pid, signal);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') {
        throw error;
      }
    }
  }

  tail(lines = 20): string {
    return readFileSync(this.logFile, 'utf8').trimEnd().split('\n').slice(-lines).join('\n');
  }
}

/** Keeps the last line of groups that it was told; its input ends with this process. */
const GUARD = 'while read -r line; do groups=$line; done; kill -s KILL -- $groups';

/** The processes of a local stack. None whose start has returned outlives this one, however it ends. */
export class ProcessGroup {
  /** By name, in the order of their first start. */
  private readonly processes = new Map<string, ManagedProcess>();
  // Handlers of signals and of the exit would not do: a killed process runs none, and Jest calls none that a test has set.
  private readonly guard = spawn('sh', ['-c', GUARD], { stdio: ['pipe', 'ignore', 'ignore'], detached: true });

  constructor(readonly logDirectory: string) {
    mkdirSync(logDirectory, { recursive: true });
    this.guard.unref();
    (this.guard.stdin as Socket).unref();
  }

  start(name: string, command: string, args: readonly string[], options: StartOptions = {}): ManagedProcess {
    if (this.processes.get(name)?.exited === false) {
      throw new Error(`${name} is running already: stop it before it is started again`);
    }
    const logFile = join(this.logDirectory, `${name}.log`);
    const log = openSync(logFile, 'a');
    const child = spawn(command, args, { ...options, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const started = new ManagedProcess(name, logFile, child);
    this.processes.set(name, started);
    this.tellGuard();
    child.once('exit', () => this.tellGuard());
    return started;
  }

  /** The last one goes first: it may need those before it to go in peace. One that was started again has kept its place. */
  async stopAll(): Promise<void> {
    for (const one of this.running().reverse()) {
      await one.stop();
    }
  }

  private tellGuard(): void {
    this.guard.stdin.write(`${this.running().map(({ pid }) => -pid).join(' ')}\n`);
  }

  private running(): ManagedProcess[] {
    return [...this.processes.values()].filter(one => !one.exited);
  }
}
