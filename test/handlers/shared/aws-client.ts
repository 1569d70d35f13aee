import { Readable } from 'node:stream';
import { HttpResponse } from '@smithy/protocol-http';

interface Command {
  readonly constructor: { readonly name: string };
  readonly input: object;
}

/** A real client whose every `send` goes to `answer`, by the name of the command without its suffix. */
export function answering<C extends { send: unknown }>(client: C, answer: (call: string, input: unknown) => unknown): C {
  const send = async (command: Command) => answer(command.constructor.name.replace(/Command$/, ''), { ...command.input });
  return Object.assign(client, { send });
}

/** Configuration of a real client that gets this answer from its network, whatever it asks. */
export function network(statusCode: number, headers: Record<string, string>, body: string) {
  return {
    region: 'eu-west-1',
    credentials: { accessKeyId: 'AKIDEXAMPLE', secretAccessKey: 'example' },
    maxAttempts: 1,
    requestHandler: { handle: async () => ({ response: new HttpResponse({ statusCode, headers, body: Readable.from([body]) }) }) },
  };
}
