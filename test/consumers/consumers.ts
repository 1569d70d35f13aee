import { cpSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { CONSUMERS } from './all-consumers';
import { difference, synthesised, type Synthesised } from './cloud-assembly';
import { type Consumer, PROGRAMS } from './consumer';
import { Packages } from './packages';
import { run } from './run';
import { Progress } from '../../local-stack/progress';

interface Row {
  readonly language: string;
  readonly version: string;
  readonly seconds: number;
  readonly result: string;
}

/** The first one is what the others are compared with. */
const [REFERENCE, ...OTHERS] = CONSUMERS;
const IDENTICAL = 'identical';

const USAGE = `npm run test:consumers [-- OPTION... [LANGUAGE...]]
LANGUAGE: ${CONSUMERS.map(({ name }) => name).join(', ')}; all of them if none is named. ${REFERENCE.name} is always there: the others have to synthesise the same.
--cdk 2.300.0    the version of aws-cdk-lib, or latest; else the one that this project is built with`;

async function plan(): Promise<{ consumers: readonly Consumer[]; cdkVersion: string }> {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { cdk: { type: 'string' } } });
  if (!positionals.every(name => CONSUMERS.some(consumer => consumer.name === name))) {
    throw new Error(USAGE);
  }
  const chosen = positionals.length > 0 ? OTHERS.filter(({ name }) => positionals.includes(name)) : OTHERS;
  const { devDependencies } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));
  const cdkVersion = await run(['npm', 'view', `aws-cdk-lib@${values.cdk ?? devDependencies['aws-cdk-lib']}`, 'version'], __dirname);
  return { consumers: [REFERENCE, ...chosen], cdkVersion };
}

async function main(): Promise<void> {
  const { consumers, cdkVersion } = await plan();
  const progress = new Progress(`Apps in ${consumers.map(({ language }) => language).join(', ')}, with aws-cdk-lib ${cdkVersion}`);
  const folder = mkdtempSync(join(tmpdir(), 'consumers-'));
  try {
    const targets = new Set(consumers.map(({ target }) => target));
    const packages = await progress.during('packs the library', Packages.pack(join(folder, 'packages'), targets, cdkVersion));
    const rows: Row[] = [];
    let expected: Synthesised | undefined;
    for (const consumer of consumers) {
      const startedAt = Date.now();
      let result = IDENTICAL;
      try {
        const found = await synthesise(consumer, packages, join(folder, consumer.name), progress);
        expected ??= found;
        const firstDifference = difference(expected, found);
        if (firstDifference) {
          progress.step(`${consumer.language}: ${firstDifference}`);
          result = 'different';
        }
      } catch (error) {
        progress.step(`${consumer.language}: ${(error as Error).message}`);
        result = 'failed';
      }
      const version = await run(consumer.version, folder).catch(() => 'not found');
      rows.push({ language: consumer.language, version, seconds: Math.round((Date.now() - startedAt) / 1000), result });
    }
    console.table(rows);
    process.exitCode = rows.every(({ result }) => result === IDENTICAL) ? 0 : 1;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** In a new folder, from nothing but the packages. */
async function synthesise(consumer: Consumer, packages: Packages, app: string, progress: Progress): Promise<Synthesised> {
  cpSync(join(__dirname, consumer.name), app, { recursive: true });
  for (const command of consumer.install(packages)) {
    await progress.during(`${consumer.language}: ${command.slice(0, 3).join(' ')} …`, run(command, app));
  }
  for (const program of PROGRAMS) {
    await progress.during(`${consumer.language}: synthesises ${program}`,
      run(consumer.run(program, packages), app, { CDK_OUTDIR: join(app, 'cdk.out', program) }));
  }
  return synthesised(join(app, 'cdk.out'));
}

main().catch(error => {
  console.error(error);
  process.exitCode = 1;
});
