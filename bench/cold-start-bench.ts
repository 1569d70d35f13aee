import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { conditions } from './conditions';
import { BUNDLES } from './handler-process';
import type { ColdStartResult, Start } from './results';
import { median } from './statistics';
import { installRuntimes, nodeOf } from '../local-stack/aws/runtimes';

const EMPTY = join(__dirname, '../dist/bench/empty/index.js');
const MEASURE = `
const from = performance.now();
require(process.argv[1]);
const { user, system } = process.cpuUsage();
console.log(JSON.stringify({ ms: performance.now() - from, cpuMs: (user + system) / 1000 }));`;

/** How long it takes to require each bundle, in new processes and in turn with a handler that does nothing. */
export async function coldStartBench(runs: number): Promise<ColdStartResult> {
  const { node: runtimes } = await installRuntimes();
  mkdirSync(join(EMPTY, '..'), { recursive: true });
  writeFileSync(EMPTY, 'exports.onEvent = async () => {};\n');
  const names = readdirSync(BUNDLES).filter(name => existsSync(bundle(name)));
  const files = [EMPTY, ...names.map(bundle)];
  const turns = Array.from({ length: runs }, () => files.map(file => start(file, runtimes)));
  const [empty, ...bundles] = files.map((_, index): Start => ({
    ms: median(turns.map(turn => turn[index].ms)),
    cpuMs: median(turns.map(turn => turn[index].cpuMs)),
  }));
  return {
    conditions: conditions({ node: execFileSync(nodeOf(runtimes), ['--version'], { encoding: 'utf8' }).trim() }),
    runs,
    empty,
    bundles: bundles.map((measured, index) => ({ name: names[index], bytes: statSync(bundle(names[index])).size, ...measured })),
  };
}

function bundle(name: string): string {
  return join(BUNDLES, name, 'index.lambda/index.js');
}

function start(file: string, runtimes: string): Start {
  const env = { AWS_REGION: 'us-east-1', NODE_PATH: join(runtimes, 'node_modules') };
  return JSON.parse(execFileSync(nodeOf(runtimes), ['--eval', MEASURE, file], { env, encoding: 'utf8' }));
}
