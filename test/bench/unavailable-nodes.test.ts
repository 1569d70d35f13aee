import type { IncomingMessage } from 'node:http';
import { PassThrough } from 'node:stream';
import type { V1Pod } from '@kubernetes/client-node';
import { UnavailableNodes } from '../../bench/unavailable-nodes';
import { ApiAccess } from '../../local-stack/kubernetes/api-access';

const pod = (name: string, ready = true): V1Pod => ({ metadata: { uid: name }, status: { conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }] } });

/** An API server that lists and says what it is told to. */
class ToldApi extends ApiAccess {
  pods: V1Pod[] = [];
  private watch = new PassThrough();
  private opened?: () => void;

  constructor() {
    super('', Buffer.of(), '');
  }

  async get<T>(): Promise<T> {
    return { items: this.pods, metadata: { resourceVersion: '1' } } as T;
  }

  async open(_path: string, signal: AbortSignal): Promise<IncomingMessage> {
    const watch = this.watch = new PassThrough({ signal });
    this.opened?.();
    return watch as unknown as IncomingMessage;
  }

  async say(type: string, object: V1Pod): Promise<void> {
    await new Promise(resolve => this.watch.write(`${JSON.stringify({ type, object })}\n`, resolve));
  }

  async endWatch(): Promise<void> {
    const again = new Promise<void>(resolve => this.opened = resolve);
    this.watch.end();
    await again;
  }
}

let api: ToldApi;

beforeEach(() => api = new ToldApi());

async function watchTwo(): Promise<UnavailableNodes> {
  api.pods = [pod('first'), pod('second')];
  const unavailable = await UnavailableNodes.watch(api, 2);
  await new Promise(setImmediate);
  return unavailable;
}

test('counts the nodes without a pod at once, and remembers the most', async () => {
  const unavailable = await watchTwo();
  await api.say('MODIFIED', pod('first', false));
  await api.say('DELETED', pod('second'));
  await api.say('MODIFIED', pod('first'));
  await api.say('ADDED', pod('third'));
  await new Promise(setImmediate);
  expect(await unavailable.stop()).toBe(2);
});

test('one after the other is one at once', async () => {
  const unavailable = await watchTwo();
  await api.say('MODIFIED', { ...pod('first'), metadata: { uid: 'first', deletionTimestamp: new Date() } });
  await api.say('ADDED', pod('third'));
  await api.say('MODIFIED', pod('second', false));
  await new Promise(setImmediate);
  expect(await unavailable.stop()).toBe(1);
});

test('goes on when the API server ends its watch', async () => {
  const unavailable = await watchTwo();
  api.pods = [pod('first'), pod('third', false)];
  await api.endWatch();
  await new Promise(setImmediate);
  await api.say('MODIFIED', pod('first', false));
  await new Promise(setImmediate);
  expect(await unavailable.stop()).toBe(2);
});
