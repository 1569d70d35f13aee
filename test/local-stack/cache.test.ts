import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { cached } from '../../local-stack/cache';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'cache-'));
  process.env.XDG_CACHE_HOME = home;
});
afterEach(() => rmSync(home, { recursive: true }));

const content = (directory: string) => readFileSync(join(directory, 'out'), 'utf8');
const building = (text: string) => jest.fn(async (directory: string) => writeFileSync(join(directory, 'out'), text));

test('builds once for the same contents', async () => {
  const first = await cached('tool', ['a', Buffer.from('b')], building('1'));
  const again = building('2');
  expect(await cached('tool', ['a', 'b'], again)).toEqual(first);
  expect(again).not.toHaveBeenCalled();
  expect(content(first)).toEqual('1');
});

test.each([[['a', 'c']], [['ab']], [['b', 'a']]])('builds anew for %j', async contents => {
  const first = await cached('tool', ['a', 'b'], building('1'));
  expect(await cached('tool', contents, building('2'))).not.toEqual(first);
});

test('a build that fails leaves nothing behind', async () => {
  await expect(cached('tool', ['a'], async () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
  expect(readdirSync(join(home, 'cdk-vpc-cni-service-account-role'))).toEqual([]);
  expect(content(await cached('tool', ['a'], building('2')))).toEqual('2');
});

test('two builds at once end with one result', async () => {
  const [one, two] = await Promise.all([cached('tool', ['a'], building('1')), cached('tool', ['a'], building('2'))]);
  expect(one).toEqual(two);
  expect(readdirSync(join(home, 'cdk-vpc-cni-service-account-role'))).toHaveLength(1);
});
