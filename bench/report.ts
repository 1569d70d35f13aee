import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Plot, draw } from './plots';
import type { Conditions, Results, RolloutResult, SynthResult, Turn } from './results';
import { median } from './statistics';
import { idealSeconds, isMet, memoryOf, ratioOf, requestsPerPod, secondsOf, targets } from './targets';

const FILE = join(__dirname, '../docs/performance.md');

/** Writes docs/performance.md and its pictures, of nothing but the results. */
export async function report(results: Results): Promise<void> {
  const plots = plotsOf(results.all.rollouts);
  for (const plot of plots) {
    await draw(plot);
  }
  writeFileSync(FILE, `${document(results, plots)}\n`);
}

function document(results: Results, plots: readonly Plot[]): string {
  const { rollouts, coldStart, synth } = results.all;
  return [
    '# Performance',
    '`npm run bench` measures what is here and writes this page; the figures as measured are in [bench/results.json](../bench/results.json). '
    + 'The cluster is a real Kubernetes control plane with nodes that [KWOK](https://kwok.sigs.k8s.io) plays; everything runs on one machine, which it shares. '
    + 'So times compare the two sides of one run, and nothing else.',

    '## Targets',
    table(['', 'at most', 'measured', ''], targets(results).map(target =>
      [target.what, figure(target.most, target.unit), figure(target.measured, target.unit), isMet(target) ? 'met' : '**not met**'])),

    '## Rollouts',
    'Two ways to restart all pods of `aws-node` on the same cluster, in turn: `kubectl rollout restart` with `kubectl rollout status`, and the handler of this construct '
    + 'as the provider framework drives it, in processes that have been started, as in a deployment, where the guard goes through the same functions just before. Both keep to the `maxUnavailable` of the DaemonSet, the 10 % that the plugin comes with. '
    + 'The handler in addition restarts a single pod first and waits until it is Ready with the role, and at the end has read back every container of every pod. '
    + 'Pods that are Ready at once show the cost of the API calls, pods that take 10 s what it is like on real nodes. '
    + 'Times are medians, with the least and the most; ideal is the number of waves that kubectl needs, times 10 s: the pod that goes first costs the handler one wave more.',
    rolloutTable(rollouts),
    'Two things take the handler time that kubectl does not spend. The pod that goes first: no other one is restarted before it is Ready. '
    + 'And the reading of every change of every pod, which `kubectl rollout status` does not do: it takes CPU time from a control plane that keeps the cores of the machine busy as it is; '
    + 'a function in Lambda has CPU time of its own. At 5000 nodes one machine is not enough '
    + 'for either side, and the turns of one side differ by up to a factor of two: the ratios are rough there.',
    'The unavailable nodes are the most at once, by a watch of the bench; the requests by the API server\'s audit log, memory and CPU time are those of the handler\'s process, the former its peak resident set '
    + '(Node.js with the flags that Lambda starts it with in a function of 512 MB). Every pod was read back with kubectl after every turn. '
    + 'With nothing to do, the handler looks at everything and restarts no pod.',
    conditionsTable(rollouts),

    '## Growth',
    ...plots.map(({ name, title }) => `![${title}](performance/${name}.svg)`),

    '## Start of the functions',
    coldStart && [
      `Requiring a bundle in a new process, in turn with a handler that does nothing; median of ${coldStart.runs} (${told(coldStart.conditions)}).`,
      table(['', 'time to require', 'CPU time of the process', 'size'], [
        ['empty handler', figure(coldStart.empty.ms, 'ms'), figure(coldStart.empty.cpuMs, 'ms'), ''],
        ...coldStart.bundles.map(({ name, ms, cpuMs, bytes }) => [name, figure(ms, 'ms'), figure(cpuMs, 'ms'), figure(bytes / 1e6, 'MB')]),
      ]),
    ].join('\n\n'),

    '## Synthesis',
    synth && [
      `What the construct adds to an app with an imported cluster, beside what \`cluster.addServiceAccount\` adds; median of ${synth.runs}, in turn (${told(synth.conditions)}).`,
      table(['', 'time', 'template', 'resources'], synthRows(synth)),
    ].join('\n\n'),
  ].filter(Boolean).join('\n\n');
}

function rolloutTable(rollouts: readonly RolloutResult[]): string {
  return table(
    ['pods', 'nodes', 'kubectl', 'handler', 'ratio', 'ideal', 'cores busy, kubectl', 'cores busy, handler', 'unavailable, kubectl', 'unavailable, handler', 'requests per pod', 'memory', 'CPU', 'nothing to do'],
    rollouts.map(result => [
      result.pods === 'instant' ? 'at once' : '10 s',
      String(result.nodes),
      spread(result.kubectl.map(({ seconds }) => seconds), secondsOf(result.kubectl)),
      spread(result.handler.map(({ seconds }) => seconds), secondsOf(result.handler)),
      figure(ratioOf(result), ''),
      result.pods === '10s' ? figure(idealSeconds(result), 's') : '',
      percent(result.kubectl),
      percent(result.handler),
      `${Math.max(...result.kubectl.map(({ mostUnavailable }) => mostUnavailable))} of ${result.maxUnavailable}`,
      `${Math.max(...result.handler.map(({ mostUnavailable }) => mostUnavailable))} of ${result.maxUnavailable}`,
      figure(requestsPerPod(result), ''),
      figure(memoryOf(result), 'MB'),
      figure(median(result.handler.map(({ cpuSeconds }) => cpuSeconds)), 's'),
      figure(result.nothingToDo.seconds, 's'),
    ]));
}

function conditionsTable(rollouts: readonly RolloutResult[]): string {
  return table(['pods', 'nodes', 'turns', 'measured', 'load before the turns'], rollouts.map(({ pods, nodes, kubectl, handler, conditions }) => [
    pods === 'instant' ? 'at once' : '10 s',
    String(nodes),
    String(handler.length),
    told(conditions),
    [...kubectl, ...handler].map(({ load }) => load.toFixed(1)).join(', '),
  ]));
}

function plotsOf(rollouts: readonly RolloutResult[]): Plot[] {
  const kind = ({ pods }: RolloutResult) => pods === 'instant' ? 'pods Ready at once' : 'pods Ready after 10 s';
  return [
    {
      name: 'time',
      title: 'Time of a rollout',
      axis: 'seconds',
      points: rollouts.flatMap(result => [
        { nodes: result.nodes, value: secondsOf(result.kubectl), series: `kubectl, ${kind(result)}` },
        { nodes: result.nodes, value: secondsOf(result.handler), series: `handler, ${kind(result)}` },
      ]),
    },
    { name: 'memory', title: 'Resident memory of the handler', axis: 'MB', points: rollouts.map(result => ({ nodes: result.nodes, value: memoryOf(result), series: kind(result) })) },
    { name: 'requests', title: 'Requests of the handler', axis: 'per pod', points: rollouts.map(result => ({ nodes: result.nodes, value: requestsPerPod(result), series: kind(result) })) },
  ];
}

/** Name, time, size of the template, resources. */
export function synthRows({ construct, addServiceAccount }: SynthResult): string[][] {
  return [['this construct', construct] as const, ['`cluster.addServiceAccount`', addServiceAccount] as const]
    .map(([name, { ms, templateBytes, resources }]) => [name, figure(ms, 'ms'), figure(templateBytes / 1000, 'kB'), String(resources)]);
}

function told({ date, cores, node, kubernetes }: Conditions): string {
  return [date.replace('T', ' '), `${cores} cores`, `Node.js ${node}`, kubernetes && `Kubernetes ${kubernetes}`].filter(Boolean).join(', ');
}

function percent(turns: readonly Turn[]): string {
  return `${(100 * median(turns.map(({ busy }) => busy))).toFixed(0)} %`;
}

function spread(values: readonly number[], middle: number): string {
  return values.length === 1 ? figure(middle, 's') : `${figure(middle, 's')} (${figure(Math.min(...values))} to ${figure(Math.max(...values))})`;
}

function figure(value: number, unit = ''): string {
  const text = value < 10 && !Number.isInteger(value) ? value.toFixed(2) : value.toFixed(0);
  return `${text} ${unit}`.trim();
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  return [head, head.map(() => '---'), ...rows].map(row => `| ${row.join(' | ')} |`).join('\n');
}
