import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { dirname, join } from 'node:path';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import type { LocalAws } from '../../local-stack/aws/local-aws';

const HANDLERS = join(__dirname, '../../assets/lib/handlers');
const PROGRAM = `
  process.once('message', ({ bundle, entry, event }) => {
    const answer = message => process.send(message, () => process.exit());
    require(bundle)[entry](event).then(response => answer({ response }), error => answer({ error: error.message }));
  });`;

type Answer = { readonly response: unknown } | { readonly error: string };

/** The functions of the package, as they are deployed, each call in a process of its own with the rights of their role. */
export class FaultFunctions {
  /** @param roleArn which the administrator of the account may assume */
  constructor(
    private readonly handler: 'aws-node' | 'cluster-identity', private readonly aws: LocalAws, private readonly roleArn: string, private readonly logFile: string,
  ) {}

  /** @throws with the message that CloudFormation would show */
  async call<T>(entry: 'onEvent' | 'isComplete', event: object): Promise<T> {
    const log = createWriteStream(this.logFile, { flags: 'a' });
    log.write(`${new Date().toISOString()} ${entry} ${JSON.stringify(event)}\n`);
    const child = spawn(this.aws.node, ['-e', PROGRAM], { env: await this.environment(), stdio: ['ignore', 'pipe', 'pipe', 'ipc'] });
    child.stdout!.pipe(log, { end: false });
    child.stderr!.pipe(log, { end: false });
    child.send({ bundle: join(HANDLERS, this.handler, 'index.lambda/index.js'), entry, event });
    const answer = await new Promise<Answer>((resolve, reject) => {
      child.once('message', message => resolve(message as Answer));
      // its end may be seen before its answer, which is read up to the disconnection
      void Promise.all([once(child, 'exit'), once(child, 'disconnect')])
        .then(([[code, signal]]) => reject(new Error(`${entry} ended without an answer (${signal ?? code}): ${this.logFile}`)));
      child.once('error', reject);
    });
    if ('error' in answer) {
      throw new Error(answer.error);
    }
    return answer.response as T;
  }

  private async environment(): Promise<NodeJS.ProcessEnv> {
    const { Credentials } = await new STSClient(this.aws.clientConfig).send(new AssumeRoleCommand({ RoleArn: this.roleArn, RoleSessionName: 'function' }));
    return {
      ...this.aws.environment,
      // one is started for each call, and each would compile the same bundle
      NODE_COMPILE_CACHE: join(dirname(this.logFile), 'compiled'),
      AWS_ACCESS_KEY_ID: Credentials!.AccessKeyId,
      AWS_SECRET_ACCESS_KEY: Credentials!.SecretAccessKey,
      AWS_SESSION_TOKEN: Credentials!.SessionToken,
    };
  }
}
