import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

const ROOT = join(__dirname, '..');

/** A block of commands in a page, as a reader would paste it. */
export interface CommandBlock {
  readonly page: string;
  readonly heading: string;
  readonly commands: readonly string[];
  /** What the page says that they print; `…` stands for anything. */
  readonly output?: string;
}

const E2E = 'docs.e2e.test.ts';
const LATER = `${E2E}, once the construct is gone`;
const MIGRATIONS = 'migrations.e2e.test.ts';

/** The commands that are not run after a deployment by docs.e2e.test.ts: by page and by how they begin, where they are run, or why nowhere. */
const ELSEWHERE: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'README.md': {
    'npm install': 'test/package/new-app.test.ts, from the packed tarball',
    'pip install': 'test/consumers/all-consumers.ts, from the packed library',
    'go get': 'test/consumers/all-consumers.ts, from the packed library',
    'dotnet add package': 'nowhere: the package for .NET is built where it is released',
    'npm ci && npm run demo': 'local-stack/demo.ts is what it runs',
    'npm ci && npm test': '.ci/run',
  },
  'CONTRIBUTING.md': { 'npm ci': '.ci/run', 'npm test': '.ci/run' },
  'docs/migrating.md': { '': MIGRATIONS },
  'docs/migrating/eksctl.md': { '': MIGRATIONS },
  'docs/migrating/eks-service-account.md': { '': MIGRATIONS },
  'docs/migrating/eks-blueprints.md': { '': MIGRATIONS },
  'docs/migrating/terraform.md': { '': MIGRATIONS },
  'docs/troubleshooting.md': {
    'npm install': 'test/package/new-app.test.ts, from the packed tarball',
    'aws logs tail': 'nowhere: only version 2 of the AWS CLI has it, and PyPI version 1',
    'kubectl -n kube-system patch daemonset aws-node --type merge': LATER,
    'kubectl -n kube-system patch daemonset aws-node --type json': 'nowhere: the annotation that it removes would keep the pods from their role',
    'aws iam create-open-id-connect-provider': LATER,
    'aws iam delete-open-id-connect-provider': LATER,
    'aws eks update-addon': LATER,
    'aws eks delete-addon': LATER,
    'aws eks create-addon': LATER,
    'kubectl -n kube-system annotate': LATER,
    'kubectl -n kube-system set env': LATER,
    'kubectl -n kube-system rollout status': LATER,
    'aws eks create-access-entry': LATER,
    'kubectl -n kube-system logs': 'nowhere: KWOK plays the pods, and nothing writes a log',
    'kubectl debug': 'nowhere: KWOK plays the nodes, and nothing runs on them',
    'kubectl delete node': LATER,
    'aws iam attach-role-policy': LATER,
  },
};

export function placeOf(page: string, command: string): string {
  const places = Object.entries(ELSEWHERE[page] ?? {}).filter(([beginning]) => command.startsWith(beginning));
  return places.sort(([a], [b]) => b.length - a.length)[0]?.[1] ?? E2E;
}

/** What a page, or a part of it, has for one place. */
export function blocksFor(place: 'deployed' | 'later' | 'migrations', page: string, heading?: string): CommandBlock[] {
  const name = { deployed: E2E, later: LATER, migrations: MIGRATIONS }[place];
  return commandBlocks(page)
    .filter(block => heading === undefined || block.heading === heading)
    .map(block => ({ ...block, commands: block.commands.filter(command => placeOf(page, command) === name) }))
    .filter(({ commands }) => commands.length > 0);
}

export function commandBlocks(page: string): CommandBlock[] {
  const blocks: CommandBlock[] = [];
  let heading = '';
  const text = readPage(page);
  for (const { 1: title, 3: language, 4: contents, index } of text.matchAll(/^#+ (.*)$|^( *)```(\w*)\n([^]*?)^ *```$/gm)) {
    heading = title ?? heading;
    if (language === 'console') {
      const after = /^ *```$\n+```text\n([^]*?)\n```$/m.exec(text.slice(text.indexOf(contents, index) + contents.length));
      blocks.push({ page, heading, commands: commandsIn(contents), output: after?.index === 0 ? after[1] : undefined });
    }
  }
  return blocks;
}

/** Entries that fit nothing any more. */
export function staleEntries(): string[] {
  return Object.entries(ELSEWHERE).flatMap(([page, entries]) => Object.keys(entries)
    .filter(beginning => !pages().includes(page)
      || !commandBlocks(page).some(({ commands }) => commands.some(command => command.startsWith(beginning))))
    .map(beginning => `${page}: ${beginning}`));
}

/** Every page that a reader of the repository or of the package comes to. */
export function pages(): string[] {
  const docs = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.md'));
  return [...readdirSync(ROOT).filter(name => name.endsWith('.md')), ...docs.sort().map(name => `docs/${name}`)];
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8');
}

/** A line that ends with a backslash goes on in the next one. */
function commandsIn(contents: string): string[] {
  return contents.replace(/^ {3}/gm, '').trimEnd().split(/(?<!\\)\n/);
}
