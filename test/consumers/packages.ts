import { mkdirSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run } from './run';

const ROOT = join(__dirname, '../..');
/** Of the same publisher as aws-cdk-lib; packed as well, since not every registry has it for every language. */
const KUBECTL_LAYER = '@aws-cdk/lambda-layer-kubectl-v35';

export type Target = 'js' | 'python' | 'java' | 'go';

/** The library and the layer with kubectl, packed for each language. */
export class Packages {
  static async pack(folder: string, targets: ReadonlySet<Target>, cdkVersion: string): Promise<Packages> {
    mkdirSync(folder);
    const pacmak = (...args: string[]) => run(['npx', 'jsii-pacmak', '.', `node_modules/${KUBECTL_LAYER}`, '--no-npmignore', '--outdir', folder, ...args], ROOT);
    await pacmak('--targets', ...[...targets].filter(target => target !== 'go'));
    const packages = new Packages(folder, cdkVersion, versionOf('.'), versionOf(`node_modules/${KUBECTL_LAYER}`));
    if (targets.has('go')) {
      // Without a build: that is the app's.
      await pacmak('--code-only', '--targets', 'go');
      packages.goModules.forEach(leaveIndirectVersionsOpen);
    }
    return packages;
  }

  private constructor(
    private readonly folder: string,
    readonly cdkVersion: string,
    readonly libraryVersion: string,
    readonly kubectlLayerVersion: string,
  ) {}

  get tarballs(): string[] {
    return this.files('js', '.tgz');
  }

  get wheels(): string[] {
    return this.files('python', '.whl');
  }

  get jars(): string[] {
    return this.files('java', '.jar').filter(file => !/-(sources|javadoc)\.jar$/.test(file));
  }

  get goModules(): GoModule[] {
    return this.files('go', 'go.mod').map(file => join(file, '..')).map(folder => ({
      folder,
      path: /^module (.+)$/m.exec(readFileSync(join(folder, 'go.mod'), 'utf8'))![1],
      version: `v${readFileSync(join(folder, 'version'), 'utf8').trim()}`,
    }));
  }

  private files(target: string, ending: string): string[] {
    return (readdirSync(join(this.folder, target), { recursive: true }) as string[])
      .filter(file => file.endsWith(ending))
      .map(file => join(this.folder, target, file));
  }
}

export interface GoModule {
  readonly folder: string;
  readonly path: string;
  readonly version: string;
}

/** What was installed here when it was packed need not be what aws-cdk-lib asks for, or what the proxy has. */
function leaveIndirectVersionsOpen({ folder }: GoModule): void {
  const file = join(folder, 'go.mod');
  writeFileSync(file, readFileSync(file, 'utf8').replace(/^.* \/\/ indirect\n/gm, ''));
}

function versionOf(folder: string): string {
  return JSON.parse(readFileSync(join(ROOT, folder, 'package.json'), 'utf8')).version;
}
