import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { devDependencies, peerDependencies } from '../../package.json';

const ROOT = join(__dirname, '../..');
const read = (file: string) => readFileSync(join(ROOT, file), 'utf8');

/** What the document says of the versions of a thing. */
function documented(name: string): string[] {
  const row = read('docs/compatibility.md').split('\n').find(line => line.startsWith(`| ${name} |`));
  return row!.split('|').map(cell => cell.trim()).slice(2, 4);
}

test.each(['aws-cdk-lib', 'constructs'] as const)('docs/compatibility.md has the versions of %s', name => {
  const [oldest] = peerDependencies[name].match(/[\d.]+$/)!;
  expect(peerDependencies[name]).toEqual(`^${oldest}`);
  const [works, tested] = documented(name);
  expect(works).toEqual(`${oldest} and later ${oldest.split('.')[0]}.x`);
  expect(tested).toMatch(oldest);
  expect(tested).toMatch(devDependencies[name]);
});

test.each([
  ['Kubernetes', 'control-plane', /^require k8s\.io\/kubernetes v(\d+\.\d+)/m],
  ['Amazon VPC CNI plugin', 'vpc-cni', /^require github\.com\/aws\/amazon-vpc-cni-k8s v([\d.]+)/m],
])('docs/compatibility.md has the version of %s that the local stack runs', (name, module, pattern) => {
  const [, version] = pattern.exec(read(`local-stack/kubernetes/${module}/go.mod`))!;
  expect(documented(name)[1]).toEqual(version);
});
