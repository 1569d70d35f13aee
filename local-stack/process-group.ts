import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync } from 'node:fs';
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
      child.once('exit', onEnd).once('error', onEnd);
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

/** The processes of a local stack. None outlives this one, however it ends. */
export class ProcessGroup {
  private readonly processes: ManagedProcess[] = [];

  constructor(readonly logDirectory: string) {
    mkdirSync(logDirectory, { recursive: true });
    process.once('exit', () => this.running().forEach(one => one.kill('SIGKILL')));
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
      process.once(signal, () => {
        void this.stopAll().finally(() => process.exit(128 + { SIGINT: 2, SIGTERM: 15, SIGHUP: 1 }[signal]));
      });
    }
  }

  start(name: string, command: string, args: readonly string[], options: StartOptions = {}): ManagedProcess {
    const logFile = join(this.logDirectory, `${name}.log`);
    const log = openSync(logFile, 'a');
    const child = spawn(command, args, { ...options, stdio: ['ignore', log, log], detached: true });
    closeSync(log);
    const started = new ManagedProcess(name, logFile, child);
    this.processes.push(started);
    return started;
  }

  /** The last one started goes first: it may need those before it to go in peace. */
  async stopAll(): Promise<void> {
    for (const one of this.running().reverse()) {
      await one.stop();
    }
  }

  private running(): ManagedProcess[] {
    return this.processes.filter(one => !one.exited);
  }
}
