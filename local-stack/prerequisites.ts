import { execFileSync } from 'node:child_process';

export interface Tool {
  readonly name: string;
  readonly command: readonly [string, ...string[]];
  /** Major and minor version. */
  readonly atLeast: readonly [number, number];
}

export const TOOLS: readonly Tool[] = [
  { name: 'Node.js', command: ['node', '--version'], atLeast: [20, 0] },
  { name: 'Python', command: ['python3', '--version'], atLeast: [3, 10] },
  { name: 'Go', command: ['go', 'version'], atLeast: [1, 26] },
];

/** What is missing or too old for the local stack, all of it at once. */
export function checkPrerequisites(tools: readonly Tool[] = TOOLS, versionOf: (tool: Tool) => string | undefined = askForVersion): void {
  const faults = tools.flatMap(tool => {
    const answer = versionOf(tool);
    const needed = `${tool.name} ${tool.atLeast.join('.')} or later is needed`;
    if (answer === undefined) {
      return [`${needed}: ${tool.command[0]} was not found on the PATH`];
    }
    return isAtLeast(answer, tool.atLeast) ? [] : [`${needed}: found ${answer}`];
  });
  if (faults.length > 0) {
    throw new Error(`the local stack cannot be built here:\n${faults.map(fault => `- ${fault}`).join('\n')}`);
  }
}

function isAtLeast(answer: string, [major, minor]: readonly [number, number]): boolean {
  const found = /(\d+)\.(\d+)/.exec(answer)?.slice(1).map(Number) ?? [0, 0];
  return found[0] > major || (found[0] === major && found[1] >= minor);
}

function askForVersion({ command: [file, ...args] }: Tool): string | undefined {
  try {
    return execFileSync(file, args, { encoding: 'utf8' }).trim();
  } catch {
    return undefined;
  }
}
