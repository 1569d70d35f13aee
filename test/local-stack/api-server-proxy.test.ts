import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { type Server, createServer, request } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiServerProxy, type CallFault } from '../../local-stack/kubernetes/api-server-proxy';
import { createCertificates } from '../../local-stack/kubernetes/certificates';

const directory = mkdtempSync(join(tmpdir(), 'api-server-proxy-'));
const certificates = createCertificates(directory);
const ca = readFileSync(certificates.ca);
let target: Server;
let watched: ServerResponse | undefined;
let proxy: ApiServerProxy;

beforeAll(async () => {
  target = createServer({ cert: readFileSync(certificates.server), key: readFileSync(certificates.serverKey) }, async (incoming, response) => {
    if (incoming.headers.authorization === 'watch') {
      watched = response;
      response.write('before ');
      return;
    }
    response.setHeader('x-method', incoming.method!).end(`${incoming.url} ${incoming.headers.authorization} ${await text(incoming)}`);
  });
  await once(target.listen(0, '127.0.0.1'), 'listening');
  proxy = await ApiServerProxy.start({ target: `https://127.0.0.1:${(target.address() as AddressInfo).port}`, ...certificates });
});

afterEach(async () => proxy.mend());

afterAll(async () => {
  await proxy.close();
  target.close();
  rmSync(directory, { recursive: true });
});

async function call(token = 'token', body = ''): Promise<{ status: number; body: string; retryAfter?: string }> {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', ca, agent: false, headers: { authorization: token } };
    request(`${proxy.endpoint}/path?a=b`, options, async response => {
      resolve({ status: response.statusCode!, body: await text(response), retryAfter: response.headers['retry-after'] });
    }).on('error', reject).end(body);
  });
}

test('passes calls on', async () => {
  expect(await call('token', 'body')).toEqual({ status: 200, body: '/path?a=b token body' });
});

test('refuses connections, until it is mended', async () => {
  await proxy.refuse();
  await expect(call()).rejects.toThrow('ECONNREFUSED');
  await proxy.mend();
  expect(await call()).toMatchObject({ status: 200 });
});

test('answers in the place of the API server', async () => {
  proxy.break({ kind: 'answer', status: 429, retryAfterSeconds: 2 });
  expect(await call()).toMatchObject({ status: 429, retryAfter: '2' });
  proxy.break({ kind: 'answer', status: 500 });
  expect(await call()).toEqual({ status: 500, body: expect.stringContaining('"kind":"Status"') });
});

test('delays calls', async () => {
  proxy.break({ kind: 'delay', milliseconds: 300 });
  const startedAt = Date.now();
  expect(await call()).toMatchObject({ status: 200 });
  expect(Date.now() - startedAt).toBeGreaterThanOrEqual(290);
});

test('lets calls hang', async () => {
  proxy.break({ kind: 'hang' });
  const hanging = call().catch(() => 'cut off');
  expect(await Promise.race([hanging, sleep(300, 'hangs')])).toEqual('hangs');
  await proxy.refuse();
  expect(await hanging).toEqual('cut off');
});

test.each<CallFault[][]>([
  [[{ kind: 'hang' }]],
  [[{ kind: 'answer', status: 500 }]],
  [[{ kind: 'delay', milliseconds: 1 }]],
  [[{ kind: 'hang' }, { kind: 'answer', status: 500 }]],
])('a watch goes on after %j, and nothing is told twice', async faults => {
  watched = undefined;
  const watch = call('watch');
  while (!watched) {
    await sleep(10);
  }
  faults.forEach(fault => proxy.break(fault));
  await proxy.mend();
  (watched as ServerResponse).end('after');
  expect(await watch).toMatchObject({ body: 'before after' });
});

test('refuses the tokens of before, not new ones', async () => {
  await call('first');
  proxy.expireTokens();
  expect(await call('first')).toMatchObject({ status: 401 });
  expect(await call('second')).toMatchObject({ status: 200 });
});
