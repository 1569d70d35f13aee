import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Command, type Consumer, PROGRAMS } from './consumer';
import type { Packages } from './packages';

const { devDependencies } = JSON.parse(readFileSync(join(__dirname, '../../package.json'), 'utf8'));
const TYPESCRIPT = [`typescript@${devDependencies.typescript}`, `@types/node@${devDependencies['@types/node']}`];

const npmInstall = (packages: Packages, ...others: string[]): Command[] => [
  ['npm', 'init', '--yes'],
  ['npm', 'install', '--no-audit', '--no-fund', ...packages.tarballs, `aws-cdk-lib@${packages.cdkVersion}`, 'constructs', ...others],
];

const maven = ({ cdkVersion, libraryVersion, kubectlLayerVersion }: Packages, ...args: string[]): Command =>
  ['mvn', '--batch-mode', '--quiet', `-Dcdk=${cdkVersion}`, `-Dlibrary=${libraryVersion}`, `-DkubectlLayer=${kubectlLayerVersion}`, ...args];

export const CONSUMERS: readonly Consumer[] = [
  {
    name: 'typescript',
    language: 'TypeScript',
    target: 'js',
    version: ['node', '--version'],
    install: packages => [
      ...npmInstall(packages, ...TYPESCRIPT),
      ['npx', 'tsc', '--strict', '--module', 'node20', '--types', 'node', ...PROGRAMS.map(program => `${program}.ts`)],
    ],
    run: program => ['node', `${program}.js`],
  },
  {
    name: 'javascript',
    language: 'JavaScript',
    target: 'js',
    version: ['node', '--version'],
    install: packages => npmInstall(packages),
    run: program => ['node', `${program}.js`],
  },
  {
    name: 'python',
    language: 'Python',
    target: 'python',
    version: ['python3', '--version'],
    install: packages => [
      ['python3', '-m', 'venv', '.venv'],
      ['.venv/bin/pip', 'install', '--quiet', ...packages.wheels, `aws-cdk-lib==${packages.cdkVersion}`],
    ],
    run: program => ['.venv/bin/python', `${program.replace('-', '_')}.py`],
  },
  {
    name: 'java',
    language: 'Java',
    target: 'java',
    version: ['javac', '--version'],
    install: packages => [
      ...packages.jars.map(jar => maven(packages, 'install:install-file', `-Dfile=${jar}`, `-DpomFile=${jar.replace(/jar$/, 'pom')}`)),
      maven(packages, 'compile'),
    ],
    run: (program, packages) => maven(packages, 'exec:java', `-Dexec.mainClass=${pascalCase(program)}`),
  },
  {
    name: 'go',
    language: 'Go',
    target: 'go',
    version: ['go', 'env', 'GOVERSION'],
    install: packages => [
      ['go', 'mod', 'init', 'app'],
      ['go', 'mod', 'edit', `-require=github.com/aws/aws-cdk-go/awscdk/v2@v${packages.cdkVersion}`,
        ...packages.goModules.flatMap(({ path, version, folder }) => [`-require=${path}@${version}`, `-replace=${path}=${folder}`])],
      ['go', 'build', '-mod=mod', '-o', 'bin/', './...'],
    ],
    run: program => [`bin/${program}`],
  },
];

function pascalCase(name: string): string {
  return name.split('-').map(word => word[0].toUpperCase() + word.slice(1)).join('');
}
