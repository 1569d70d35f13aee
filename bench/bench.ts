import { parseArgs } from 'node:util';
import { coldStartBench } from './cold-start-bench';
import { faults } from './faults';
import { report, synthRows } from './report';
import { type PodKind, Results } from './results';
import { rolloutBench } from './rollout-bench';
import { synthBench } from './synth-bench';
import { isMet, targets, TURNS } from './targets';
import { bundleHandlers } from '../local-stack/bundle-handlers';

const PARTS = ['cold-start', 'synth', 'rollouts'] as const;
const PODS: readonly PodKind[] = ['instant', '10s'];

interface Plan {
  readonly parts: readonly string[];
  readonly nodes: readonly number[];
  readonly pods: readonly PodKind[];
  readonly repeat: number;
  /** Of the parts that take a second each. */
  readonly shortRuns: number;
  /** Whether results and document are written. */
  readonly kept: boolean;
}

const FULL: Plan = { parts: PARTS, nodes: [100, 1000, 5000], pods: PODS, repeat: TURNS, shortRuns: 15, kept: true };
const QUICK: Plan = { parts: PARTS, nodes: [100], pods: ['instant'], repeat: 1, shortRuns: 3, kept: false };

const USAGE = `npm run bench [-- OPTION... [PART...]]
PART: ${PARTS.join(', ')}; all of them if none is named. "report" alone writes docs/performance.md anew from bench/results.json.
--quick              the fast part, of which nothing is kept
--nodes 100,1000     sizes of the clusters
--pods instant,10s   kinds of pods
--repeat ${TURNS}           turns of kubectl and handler`;

function plan(): Plan {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      quick: { type: 'boolean' }, nodes: { type: 'string' }, pods: { type: 'string' }, repeat: { type: 'string' },
    },
  });
  const otherwise = values.quick ? QUICK : FULL;
  const chosen: Plan = {
    ...otherwise,
    parts: positionals.length > 0 ? positionals : otherwise.parts,
    nodes: values.nodes?.split(',').map(Number) ?? otherwise.nodes,
    pods: PODS.filter(kind => values.pods?.split(',').includes(kind) ?? otherwise.pods.includes(kind)),
    repeat: Number(values.repeat ?? otherwise.repeat),
  };
  const isRight = chosen.parts.every(part => part === 'report' || PARTS.some(known => known === part))
    && [...chosen.nodes, chosen.repeat].every(number => Number.isInteger(number) && number > 0) && chosen.pods.length > 0;
  if (!isRight) {
    throw new Error(USAGE);
  }
  return chosen;
}

async function bench({ parts, nodes, pods, repeat, shortRuns, kept }: Plan): Promise<void> {
  let results = kept ? Results.read() : new Results({ rollouts: [] });
  const keep = (measured: Parameters<Results['with']>[0]) => {
    results = (kept ? Results.read() : results).with(measured);
    if (kept) {
      results.write();
    }
  };
  const wrong: string[] = [];
  bundleHandlers();
  if (parts.includes('cold-start')) {
    keep({ coldStart: await coldStartBench(shortRuns) });
  }
  if (parts.includes('synth')) {
    const synth = synthBench(shortRuns);
    keep({ synth });
    synthRows(synth).forEach(row => console.log(`synth    ${row.join(', ')}`));
  }
  for (const count of parts.includes('rollouts') ? nodes : []) {
    for (const kind of pods) {
      const rollout = await rolloutBench(count, kind, repeat);
      wrong.push(...faults(rollout));
      keep({ rollouts: [rollout] });
    }
  }
  if (kept) {
    await report(results);
  }
  targets(results).forEach(target => console.log(`${isMet(target) ? 'met    ' : 'not met'}  ${target.what}: ${target.measured.toFixed(2)} ${target.unit} (at most ${target.most})`));
  if (wrong.length > 0) {
    throw new Error(wrong.join('\n'));
  }
}

Promise.resolve().then(plan).then(bench).catch((error: Error) => {
  console.error(error.message);
  process.exitCode = 1;
});
