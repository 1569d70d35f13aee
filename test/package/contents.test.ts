import { readFileSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run';

const ROOT = join(__dirname, '../..');
const LIBRARY = process.env.PACKED_LIBRARY!;
const paths = readdirSync(LIBRARY, { recursive: true, encoding: 'utf8' });

function bundledPackages(): string[] {
  return ['aws-node', 'cluster-identity'].flatMap(handler => {
    const { inputs } = JSON.parse(readFileSync(join(ROOT, `dist/${handler}.meta.json`), 'utf8'));
    return Object.keys(inputs).flatMap(input => /node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(input)?.[1] ?? []);
  });
}

test('the package brings its handlers, and no sources', () => {
  for (const handler of ['aws-node', 'cluster-identity']) {
    expect(paths).toContain(`assets/lib/handlers/${handler}/index.lambda/index.js`);
  }
  expect(paths).toContain('assets/lib/handlers/kubectl/layer/python/unless_cluster_is_gone.py');
  expect(paths).toEqual(expect.arrayContaining(['.jsii', 'API.md', 'LICENSE', 'README.md', 'build/index.js', 'build/index.d.ts']));
  expect(paths.filter(path => /(?<!\.d)\.ts$|\.dot$|^(test|local-stack|examples|bench|projenrc|build\/handlers)\b/.test(path))).toEqual([]);
});

test('what the handlers contain is named, with its licence, in the notices and in the bill of materials', () => {
  const names = [...new Set(bundledPackages())].sort();
  const notices = readFileSync(join(LIBRARY, 'THIRD-PARTY-LICENSES.txt'), 'utf8');
  const { components } = JSON.parse(readFileSync(join(LIBRARY, 'sbom.cdx.json'), 'utf8'));
  expect(names.length).toBeGreaterThan(0);
  for (const name of names) {
    expect(notices).toMatch(new RegExp(`^${name} \\d+\\.\\d+\\.\\d+ \\(.+\\)$`, 'm'));
  }
  expect(components.map((component: { name: string }) => component.name).sort()).toEqual(names);
  expect(components.filter((component: { licenses?: object[] }) => !component.licenses?.length)).toEqual([]);
});

test('nothing comes with it but its peers', () => {
  const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'));
  expect(dependencies).toBeUndefined();
  expect(Object.keys(peerDependencies)).toEqual(['aws-cdk-lib', 'constructs']);
  expect(JSON.parse(run(ROOT, 'npm', 'ls', '--omit=dev', '--json')).dependencies ?? {}).toEqual({});
});

test('it is at most 3 MB', () => {
  expect(statSync(process.env.PACKED_TARBALL!).size).toBeLessThanOrEqual(3 * 1024 * 1024);
});
