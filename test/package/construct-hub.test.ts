import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { loadAssemblyFromPath } from '@jsii/spec';

// What Construct Hub asks of a package: https://github.com/cdklabs/construct-hub (npm-js-follower, ingestion, licences),
// and what the score of https://github.com/cdklabs/cdk-construct-analyzer looks for.

const LIBRARY = process.env.PACKED_LIBRARY!;
const manifest = JSON.parse(readFileSync(join(LIBRARY, 'package.json'), 'utf8'));
const assembly = loadAssemblyFromPath(LIBRARY, true);
const readme = readFileSync(join(LIBRARY, 'README.md'), 'utf8');

test('npm is searched for it: a jsii package with a keyword of the CDK', () => {
  expect(manifest.jsii).toBeDefined();
  expect(manifest.keywords).toEqual(expect.arrayContaining(['aws-cdk', 'awscdk', 'cdk', 'eks', 'vpc-cni']));
});

test.each(['name', 'version', 'license'] as const)('its assembly and its manifest agree on the %s', field => {
  expect(assembly[field]).toBe(manifest[field]);
});

test('its licence is one that is listed, and there in full', () => {
  expect(manifest.license).toBe('Apache-2.0');
  expect(readFileSync(join(LIBRARY, 'LICENSE'), 'utf8')).toContain('Apache License');
});

test('the framework and its major version are seen by the dependencies', () => {
  expect(assembly.dependencies).toMatchObject({ 'aws-cdk-lib': expect.stringMatching(/^\^2\./) });
});

test('it is documented in every language', () => {
  expect(Object.keys(assembly.targets!)).toEqual(expect.arrayContaining(['js', 'python', 'java', 'dotnet', 'go']));
  expect(assembly.readme?.markdown).toBe(readme);
});

test('the README has examples in fences, and none that a page without mermaid would show as text', () => {
  expect(readme.match(/^```ts$/gm)?.length).toBeGreaterThanOrEqual(2);
  expect(readme).not.toContain('```mermaid');
});

test('links and pictures of the README lead out of any page that shows it', () => {
  const targets = [...readme.matchAll(/\]\(([^)\s]+)\)/g)].map(match => match[1]);
  expect(targets.length).toBeGreaterThan(0);
  expect(targets.filter(target => !/^(https:\/\/|#)/.test(target))).toEqual([]);
});

test('every public member is documented', () => {
  const types = Object.values(assembly.types!);
  const undocumented = types.flatMap(type => {
    const members = type.kind === 'enum' ? type.members : [...type.methods ?? [], ...type.properties ?? []];
    return [type, ...members].filter(({ docs }) => !docs?.summary).map(member => `${type.name}.${member.name}`);
  });
  expect(types.length).toBeGreaterThan(0);
  expect(undocumented).toEqual([]);
});

test('what is shown beside the docs is there', () => {
  expect(manifest).toMatchObject({
    stability: 'experimental',
    description: expect.stringMatching(/.{40,}/),
    author: { name: expect.any(String) },
    homepage: expect.stringMatching(/^https:\/\//),
    repository: { type: 'git', url: expect.stringMatching(/^https:\/\/github\.com\//) },
  });
  expect(assembly.docs?.stability).toBe('experimental');
});

test('a folder of docs is at the root', () => {
  expect(existsSync(join(LIBRARY, 'docs')) && statSync(join(LIBRARY, 'docs')).isDirectory()).toBe(true);
});

test('no old robot announces it', () => {
  expect(manifest.awscdkio).toEqual({ announce: false });
});
