import type { V1Pod } from '@kubernetes/client-node/dist/gen/index.js';
import type { Container, Pod } from './kubernetes';
import { toPod } from './kubernetes-objects';

/** The pods of a DaemonSet hardly differ in their containers: of those that are equal, one is kept for thousands of pods. */
export class PodReader {
  private readonly containers = new Map<string, Container>();

  read(pod: V1Pod): Pod {
    const read = toPod(pod);
    return { ...read, containers: read.containers.map(container => this.shared(container)) };
  }

  private shared(container: Container): Container {
    const key = JSON.stringify(container);
    const known = this.containers.get(key);
    if (known) {
      return known;
    }
    this.containers.set(key, container);
    return container;
  }
}
