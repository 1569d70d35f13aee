import type { ContractCluster } from './kubernetes-contract';
import { kubernetesContract } from './kubernetes-contract';
import { World } from './world';

describe('the fake', () => {
  const { kubernetes, clock } = new World().withNodes(3);
  const cluster: ContractCluster = {
    kubernetes,
    nodes: 3,
    pause: () => clock.sleep(250),
    removeDaemonSet: async () => { kubernetes.daemonSet = undefined; },
    removeServiceAccount: async () => kubernetes.removeServiceAccount(),
  };
  kubernetesContract(() => cluster);
});
