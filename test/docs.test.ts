import { existsSync, readdirSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { commandBlocks, pages, placeOf, readPage, staleEntries } from './documented-commands';

const ROOT = join(__dirname, '..');
/** The README is shown on other pages, too, where only whole addresses lead anywhere. */
const REPOSITORY = /^https:\/\/(?:github\.com|raw\.githubusercontent\.com)\/cdk-vpc-cni-service-account-role\/cdk-vpc-cni-service-account-role\/(?:(?:blob|tree)\/)?main\//;
/** The generator of the reference makes its own anchors, and links to nothing but them. */
const PAGES = pages().filter(page => page !== 'API.md');

interface Link {
  readonly target: string;
  readonly anchor?: string;
}

function linksOf(page: string): Link[] {
  const text = readPage(page).replace(/^ *```[^]*?^ *```$/gm, '').replace(/`[^`\n]*`/g, '');
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)].map(([, url]) => url.replace(REPOSITORY, '/')).filter(url => !/^\w+:/.test(url)).map(url => {
    const [path, anchor] = url.split('#');
    return { target: path === '' ? page : path.startsWith('/') ? path.slice(1) : normalize(join(dirname(page), path)), anchor };
  });
}

/** As GitHub makes them of headings. */
function anchorsOf(page: string): string[] {
  const seen = new Map<string, number>();
  return [...readPage(page).replace(/^ *```[^]*?^ *```$/gm, '').matchAll(/^#+ (.*)$/gm)].map(([, heading]) => {
    const slug = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase().replace(/[^\p{L}\p{N}\s_-]/gu, '').replace(/ /g, '-');
    const times = seen.get(slug) ?? 0;
    seen.set(slug, times + 1);
    return times === 0 ? slug : `${slug}-${times}`;
  });
}

test.each(PAGES)('every link of %s leads somewhere', page => {
  const broken = linksOf(page).filter(({ target, anchor }) =>
    !existsSync(join(ROOT, target)) || (anchor !== undefined && target.endsWith('.md') && target !== 'API.md' && !anchorsOf(target).includes(anchor)));
  expect(broken).toEqual([]);
});

test('every page can be reached from the README', () => {
  const reached = new Set(['README.md']);
  for (const page of reached) {
    linksOf(page).filter(({ target }) => pages().includes(target) && target !== 'API.md').forEach(({ target }) => reached.add(target));
  }
  expect(PAGES.filter(page => !reached.has(page))).toEqual([]);
});

test('every picture of the docs is shown by a page', () => {
  const pictures = readdirSync(join(ROOT, 'docs'), { recursive: true, encoding: 'utf8' }).filter(name => name.endsWith('.svg')).map(name => `docs/${name}`);
  const shown = PAGES.flatMap(page => linksOf(page).map(({ target }) => target));
  expect(pictures.filter(picture => !shown.includes(picture))).toEqual([]);
});

describe('commands', () => {
  const commands = PAGES.flatMap(page => commandBlocks(page)
    .flatMap(block => block.commands.map(command => ({ page, command, place: placeOf(page, command) }))));

  test('each is run by a test, or has its place, or its reason', () => {
    expect(commands.length).toBeGreaterThan(50);
    const files = commands.map(({ place }) => /^[\w./-]+\.(test\.)?ts|^\.ci\/run/.exec(place)?.[0]).filter(file => file !== undefined);
    const missing = [...new Set(files)].filter(file => ![file, `test/e2e/${file}`].some(path => existsSync(join(ROOT, path))));
    expect(missing).toEqual([]);
    const unexplained = commands.filter(({ place }) => !/^[\w./-]+\.(test\.)?ts\b|^\.ci\/run$|^nowhere: ./.test(place));
    expect(unexplained).toEqual([]);
  });

  test('no entry of the list is left over', () => {
    expect(staleEntries()).toEqual([]);
  });

  test('what is meant for a terminal says so', () => {
    const others = PAGES.filter(page => /^ *```(sh|bash|shell|)\n *(aws|kubectl|npm|npx|cdk|eksctl|terraform) /m.test(readPage(page)));
    expect(others).toEqual([]);
  });
});
