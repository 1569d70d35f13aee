import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { compiled } from './compiled';
import { conditions } from './conditions';
import type { Added, SynthResult } from './results';
import { median } from './statistics';

type Variant = 'cluster' | 'addServiceAccount' | 'construct';

const VARIANTS: readonly Variant[] = ['cluster', 'addServiceAccount', 'construct'];

/** What the construct adds to an app, and what `cluster.addServiceAccount` does, in new processes and in turn. */
export function synthBench(runs: number): SynthResult {
  const app = compiled('synth-app.ts');
  const results = Array.from({ length: runs }, () => new Map(VARIANTS.map(variant => [variant, synth(app, variant)])));
  const medianOf = (variant: Variant, figure: keyof Added) => median(results.map(run => run.get(variant)![figure]));
  const added = (variant: Variant): Added => ({
    ms: medianOf(variant, 'ms') - medianOf('cluster', 'ms'),
    templateBytes: medianOf(variant, 'templateBytes') - medianOf('cluster', 'templateBytes'),
    resources: medianOf(variant, 'resources') - medianOf('cluster', 'resources'),
  });
  return { conditions: conditions(), runs, construct: added('construct'), addServiceAccount: added('addServiceAccount') };
}

/** In all, for an app that holds the variant. */
function synth(app: string, variant: Variant): Added {
  const output = mkdtempSync(join(tmpdir(), 'synth-'));
  try {
    const startedAt = performance.now();
    execFileSync(process.execPath, [app, variant], { env: { ...process.env, CDK_OUTDIR: output, NODE_NO_WARNINGS: '1' }, stdio: ['ignore', 'ignore', 'inherit'] });
    const ms = performance.now() - startedAt;
    const templates = readdirSync(output).filter(file => file.endsWith('.template.json')).map(file => readFileSync(join(output, file), 'utf8'));
    return {
      ms,
      templateBytes: templates.reduce((sum, template) => sum + Buffer.byteLength(template), 0),
      resources: templates.reduce((sum, template) => sum + Object.keys(JSON.parse(template).Resources).length, 0),
    };
  } finally {
    rmSync(output, { recursive: true, force: true });
  }
}
