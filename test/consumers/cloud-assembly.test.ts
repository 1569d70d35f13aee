import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { difference, synthesised } from './cloud-assembly';

const folder = mkdtempSync(join(tmpdir(), 'cloud-assembly-'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Hashes {
  readonly ours?: string;
  readonly floating?: string;
}

function assembly(name: string, timeout: number, { ours = 'a1', floating = 'b1' }: Hashes = {}) {
  const program = join(folder, name, 'program');
  mkdirSync(program, { recursive: true });
  const fn = (hash: string) => ({ Type: 'AWS::Lambda::Function', Properties: { Code: { S3Key: `${hash}.zip` }, Timeout: timeout } });
  writeFileSync(join(program, 'Stack.template.json'), JSON.stringify({ Resources: { Ours: fn(ours), Proxy: fn(floating) } }));
  writeFileSync(join(program, 'Stack.assets.json'), JSON.stringify({
    files: { [ours]: { displayName: 'VpcCni/Handler/Code' }, [floating]: { displayName: 'Cluster/NodeProxyAgentLayer/Code' } },
  }));
  return synthesised(join(folder, name));
}

const expected = assembly('expected', 60);

test('what is the same has no difference', () => {
  expect(difference(expected, assembly('same', 60))).toBeUndefined();
});

test('the place of a difference is told', () => {
  expect(difference(expected, assembly('other', 61))).toEqual('/program/Stack.template.json/Resources/Ours/Properties/Timeout: expected 60, got 61');
});

test('the hash of an asset of the library counts', () => {
  expect(difference(expected, assembly('other-code', 60, { ours: 'a2' }))).toMatch(/Ours\/Properties\/Code\/S3Key: expected "a1.zip", got "a2.zip"/);
});

test('that of an asset of a package whose version floats does not', () => {
  expect(difference(expected, assembly('other-proxy', 60, { floating: 'b2' }))).toBeUndefined();
});

test('no template at all is an error', () => {
  mkdirSync(join(folder, 'empty'));
  expect(() => synthesised(join(folder, 'empty'))).toThrow('nothing was synthesised');
});
