import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compiled } from './compiled';
import { nodeOf } from '../local-stack/aws/runtimes';

export const BUNDLES = join(__dirname, '../assets/lib/handlers');

/** As Lambda starts Node.js for a function of 512 MB. */
const LAMBDA_FLAGS = ['--expose-gc', '--max-http-header-size=81920', '--max-semi-space-size=25', '--max-old-space-size=461'];
const TICKS_PER_SECOND = 100;

export interface HandlerProcessOptions {
  /** The Node.js majors and the AWS SDK of Lambda. */
  readonly runtimes: string;
  /** The whole environment of the function. */
  readonly environment: NodeJS.ProcessEnv;
  readonly logFile: string;
}

interface Answer<Response> {
  readonly result?: Response;
  readonly error?: string;
}

/** The bundle of the pods' handler in a process like Lambda's. */
export class HandlerProcess {
  /** Ready for calls, as a function that has been called before. */
  static async start(options: HandlerProcessOptions): Promise<HandlerProcess> {
    const started = new HandlerProcess(options);
    await started.message();
    return started;
  }

  private readonly process: ChildProcess;

  private constructor({ runtimes, environment, logFile }: HandlerProcessOptions) {
    const log = openSync(logFile, 'a');
    this.process = fork(compiled('handler-host.ts'), [join(BUNDLES, 'aws-node/index.lambda/index.js')], {
      execPath: nodeOf(runtimes),
      execArgv: LAMBDA_FLAGS,
      env: { ...environment, NODE_PATH: join(runtimes, 'node_modules') },
      stdio: ['ignore', log, log, 'ipc'],
    });
    closeSync(log);
  }

  async call<Response>(name: 'onEvent' | 'isComplete', event: object): Promise<Response> {
    this.process.send({ name, event });
    const { error, result } = await this.message<Response>();
    if (error !== undefined) {
      throw new Error(`${name}: ${error}`);
    }
    return result!;
  }

  /** The most that has been resident so far. */
  get peakMemoryMb(): number {
    const [, kilobytes] = /^VmHWM:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${this.process.pid}/status`, 'utf8'))!;
    return Number(kilobytes) / 1024;
  }

  get cpuSeconds(): number {
    const [, , , , , , , , , , , user, system] = readFileSync(`/proc/${this.process.pid}/stat`, 'utf8').replace(/^.*\) /, '').split(' ').map(Number);
    return (user + system) / TICKS_PER_SECOND;
  }

  async stop(): Promise<void> {
    if (this.process.exitCode === null && this.process.signalCode === null) {
      this.process.kill();
      await once(this.process, 'exit');
    }
  }

  private async message<Response>(): Promise<Answer<Response>> {
    const [answer] = await Promise.race([
      once(this.process, 'message') as Promise<[Answer<Response>]>,
      once(this.process, 'exit').then(([code, signal]): [Answer<Response>] => [{ error: `the process ended with ${code ?? signal}` }]),
    ]);
    return answer;
  }
}
