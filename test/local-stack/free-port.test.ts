import crypto from 'node:crypto';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { freePort } from '../../local-stack/free-port';

const drawn = (...ports: number[]) => {
  const draw = jest.spyOn(crypto, 'randomInt');
  ports.forEach(port => draw.mockImplementationOnce(() => port));
};

test('no outgoing connection can be given it', async () => {
  const [lowest, highest] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t').map(Number);
  const port = await freePort();
  expect(port < lowest || port > highest).toBe(true);
});

test('is not one that somebody listens on', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const free = await freePort();
  drawn((server.address() as AddressInfo).port, free + 1);
  const drawnNext = await freePort();
  server.close();
  expect(drawnNext).toBe(free + 1);
});

test('is not one that was handed out before', async () => {
  const before = await freePort();
  drawn(before, before + 1);
  expect(await freePort()).toBe(before + 1);
});

test('fails where nobody may listen', async () => {
  drawn(1e6);
  await expect(freePort()).rejects.toThrow('port');
});
