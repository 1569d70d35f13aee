import type { Packages, Target } from './packages';

export type Command = readonly [string, ...string[]];

/** Programs that each consumer has; they synthesise the same in every language. */
export const PROGRAMS = ['quick-start', 'two-clusters'] as const;

export type Program = (typeof PROGRAMS)[number];

/** An app that uses the packed library; its files are in the folder of this name. */
export interface Consumer {
  readonly name: string;
  readonly language: string;
  /** What is packed for it. */
  readonly target: Target;
  readonly version: Command;

  /** What its users type in its folder. */
  install(packages: Packages): Command[];
  run(program: Program, packages: Packages): Command;
}
