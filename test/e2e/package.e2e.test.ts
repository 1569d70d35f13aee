import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';

const ROOT = join(__dirname, '../..');
const app = mkdtempSync(join(tmpdir(), 'new-app-'));
afterAll(() => rmSync(app, { recursive: true }));

function run(cwd: string, command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd, encoding: 'utf8', stdio: 'pipe' });
}

/** Ends the app at its first attempt to start a program or to reach the network. */
const ALONE = `
  const refuse = name => () => { throw new Error('the app used ' + name); };
  require('net').Socket.prototype.connect = refuse('the network');
  const processes = require('child_process');
  for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) processes[name] = refuse(name);
`;

test('the packed library synthesises the lines of the README in a new app, alone', () => {
  run(ROOT, 'npx', 'projen', 'compile');
  run(ROOT, 'npm', 'pack', '--pack-destination', app);
  const tarball = readdirSync(app).find(file => file.endsWith('.tgz'))!;

  run(app, 'npm', 'init', '--yes');
  run(app, 'npm', 'install', `./${tarball}`, 'aws-cdk-lib', 'constructs', '@aws-cdk/lambda-layer-kubectl-v35');
  const lines = /```ts\n([\s\S]+?)```/.exec(readFileSync(join(ROOT, 'README.md'), 'utf8'))![1];
  writeFileSync(join(app, 'alone.js'), ALONE);
  writeFileSync(join(app, 'app.js'), transformSync(lines, { loader: 'ts', format: 'cjs' }).code);
  execFileSync(process.execPath, ['--require', './alone.js', 'app.js'], { cwd: app, env: { PATH: process.env.PATH, CDK_OUTDIR: 'cdk.out' }, stdio: 'pipe' });

  const { Resources } = JSON.parse(readFileSync(join(app, 'cdk.out/VpcCniRole.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  expect(types).toEqual(expect.arrayContaining(['Custom::ClusterIdentity', 'Custom::AwsNodeGuard', 'Custom::AWSCDK-EKS-KubernetesPatch', 'Custom::AwsNodeRollout']));
});

test('the package brings its handlers with the notices of what they contain, and no sources', () => {
  const [{ files }] = JSON.parse(run(ROOT, 'npm', 'pack', '--dry-run', '--json'));
  const paths = (files as { path: string }[]).map(({ path }) => path);
  for (const handler of ['aws-node', 'cluster-identity']) {
    expect(paths).toContain(`assets/lib/handlers/${handler}/index.lambda/index.js`);
  }
  expect(paths).toContain('assets/lib/handlers/kubectl/layer/python/unless_cluster_is_gone.py');
  expect(paths).toEqual(expect.arrayContaining(['.jsii', 'API.md', 'LICENSE', 'README.md', 'THIRD-PARTY-LICENSES.txt', 'build/index.js', 'build/index.d.ts']));
  expect(paths.filter(path => /(?<!\.d)\.ts$|^(test|local-stack|examples|build\/handlers)\//.test(path))).toEqual([]);
});
