import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { run } from './run';

const app = mkdtempSync(join(tmpdir(), 'new-app-'));
afterAll(() => rmSync(app, { recursive: true }));

/** Ends the app at its first attempt to start a program or to reach the network. */
const ALONE = `
  const refuse = name => () => { throw new Error('the app used ' + name); };
  require('net').Socket.prototype.connect = refuse('the network');
  const processes = require('child_process');
  for (const name of ['spawn', 'spawnSync', 'exec', 'execSync', 'execFile', 'execFileSync', 'fork']) processes[name] = refuse(name);
`;

test('the packed library synthesises the lines of its README in a new app, alone', () => {
  run(app, 'npm', 'init', '--yes');
  run(app, 'npm', 'install', process.env.PACKED_TARBALL!, 'aws-cdk-lib', 'constructs', '@aws-cdk/lambda-layer-kubectl-v35');
  const lines = /```ts\n([\s\S]+?)```/.exec(readFileSync(join(process.env.PACKED_LIBRARY!, 'README.md'), 'utf8'))![1];
  writeFileSync(join(app, 'alone.js'), ALONE);
  writeFileSync(join(app, 'app.js'), transformSync(lines, { loader: 'ts', format: 'cjs' }).code);
  execFileSync(process.execPath, ['--require', './alone.js', 'app.js'], { cwd: app, env: { PATH: process.env.PATH, CDK_OUTDIR: 'cdk.out' }, stdio: 'pipe' });

  const { Resources } = JSON.parse(readFileSync(join(app, 'cdk.out/VpcCniRole.template.json'), 'utf8'));
  const types = Object.values<{ Type: string }>(Resources).map(({ Type }) => Type);
  expect(types).toEqual(expect.arrayContaining(['Custom::ClusterIdentity', 'Custom::AwsNodeGuard', 'Custom::AWSCDK-EKS-KubernetesPatch', 'Custom::AwsNodeRollout']));
});
