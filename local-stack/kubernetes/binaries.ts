import { readFileSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { go, goModule } from './go-module';
import { cached } from '../cache';
import type { Progress } from '../progress';

/** The parts of the control plane: one program, which takes its part from the name that it is called by. */
const PARTS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'kubectl'] as const;

/** The programs of a cluster and the manifests that they run with, from the pinned Go modules beside this file. */
export class Binaries {
  /** Builds what is not in the cache yet. */
  static async get(progress: Progress): Promise<Binaries> {
    const controlPlane = await cached('control-plane', sources('control-plane', 'main.go'), async directory => {
      const version = (await go('control-plane', 'list', '-m', '-f', '{{.Version}}', 'k8s.io/kubernetes')).trim();
      const [, major, minor] = /^v(\d+)\.(\d+)/.exec(version)!;
      const reported = { gitVersion: version, gitMajor: major, gitMinor: minor };
      const ldflags = ['-s -w', ...Object.entries(reported).map(([name, value]) => `-X k8s.io/component-base/version.${name}=${value}`)].join(' ');
      await progress.during(
        'compiling the Kubernetes control plane from its Go modules (10 to 20 minutes, this once)',
        go('control-plane', 'build', '-trimpath', `-ldflags=${ldflags}`, '-o', join(directory, 'kube-all'), '.'));
      PARTS.forEach(part => symlinkSync('kube-all', join(directory, part)));
    });
    const kwok = await cached('kwok', sources('kwok', 'tools.go'), async directory => {
      await progress.during(
        'compiling KWOK, which plays the nodes (about 3 minutes, this once)',
        go('kwok', 'build', '-trimpath', '-ldflags=-s -w', '-o', join(directory, 'kwok'), 'sigs.k8s.io/kwok/cmd/kwok'));
    });
    const [kwokModule, vpcCniModule] = await Promise.all([
      goModule('kwok', 'sigs.k8s.io/kwok'),
      goModule('vpc-cni', 'github.com/aws/amazon-vpc-cni-k8s'),
    ]);
    return new Binaries(controlPlane, kwok, kwokModule.Dir, vpcCniModule.Dir);
  }

  private constructor(
    private readonly controlPlane: string,
    private readonly kwokDirectory: string,
    private readonly kwokModule: string,
    private readonly vpcCniModule: string,
  ) {}

  path(part: typeof PARTS[number] | 'kwok'): string {
    return join(part === 'kwok' ? this.kwokDirectory : this.controlPlane, part);
  }

  /** What KWOK's nodes and pods do: ready at once, with heartbeats. */
  get kwokStages(): { readonly node: readonly string[]; readonly pod: string } {
    const folder = (stage: string) => join(this.kwokModule, 'kustomize/stage', stage);
    return { node: [folder('node/fast'), folder('node/heartbeat-with-lease')], pod: folder('pod/fast') };
  }

  /** The VPC CNI plugin as its project publishes it. */
  get vpcCniManifest(): string {
    return join(this.vpcCniModule, 'config/master/aws-k8s-cni.yaml');
  }
}

function sources(folder: string, main: string): Buffer[] {
  return ['go.mod', 'go.sum', main].map(file => readFileSync(join(__dirname, folder, file)));
}
