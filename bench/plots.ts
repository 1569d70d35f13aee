import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';

export interface Point {
  readonly nodes: number;
  readonly value: number;
  readonly series: string;
}

export interface Plot {
  /** Of the file. */
  readonly name: string;
  readonly title: string;
  /** Of the vertical axis, with the unit. */
  readonly axis: string;
  readonly points: readonly Point[];
}

export const FOLDER = join(__dirname, '../docs/performance');

/** Lines over the number of nodes, as SVG. */
export async function draw({ name, title, axis, points }: Plot): Promise<void> {
  const spec: TopLevelSpec = {
    title,
    width: 480,
    height: 240,
    background: 'white',
    data: { values: [...points] },
    mark: { type: 'line', point: true },
    encoding: {
      x: { field: 'nodes', type: 'quantitative', scale: { type: 'log', nice: false }, axis: { title: 'nodes', values: [...new Set(points.map(({ nodes }) => nodes))] } },
      y: { field: 'value', type: 'quantitative', scale: { zero: true }, axis: { title: axis } },
      color: { field: 'series', type: 'nominal', legend: { title: null, orient: 'bottom', columns: 2, labelLimit: 400 } },
    },
  };
  // ES modules that await at their top level cannot be required.
  const [{ View, parse }, { compile }] = await Promise.all([import('vega'), import('vega-lite')]);
  mkdirSync(FOLDER, { recursive: true });
  writeFileSync(join(FOLDER, `${name}.svg`), `${await new View(parse(compile(spec).spec), { renderer: 'none' }).toSVG()}\n`);
}
