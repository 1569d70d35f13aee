import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { KubernetesClient } from '../../lib/handlers/aws-node/kubernetes-client';
import { Binaries } from '../../local-stack/kubernetes/binaries';
import { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import { ProcessGroup } from '../../local-stack/process-group';
import { Progress } from '../../local-stack/progress';
import type { ContractCluster } from '../handlers/aws-node/kubernetes-contract';
import { kubernetesContract } from '../handlers/aws-node/kubernetes-contract';

const NODES = 3;
const NOBODY = 'http://127.0.0.1:9';
const directory = mkdtempSync(join(tmpdir(), 'kubernetes-contract-'));
const processes = new ProcessGroup(join(directory, 'logs'));
let cluster: ContractCluster;

beforeAll(async () => {
  const started = await KubernetesCluster.start({
    name: 'contract',
    ipFamily: 'ipv4',
    nodes: NODES,
    region: 'eu-west-1',
    tokenReviewUrl: NOBODY,
    directory,
    processes,
    binaries: await Binaries.get(new Progress('contract')),
  });
  const { users: [{ user: { token } }] } = JSON.parse(readFileSync(started.kubeconfig, 'utf8'));
  const remove = async (...object: string[]) => { await started.kubectl('--namespace', 'kube-system', 'delete', '--wait', ...object); };
  cluster = {
    kubernetes: new KubernetesClient({
      clusterName: started.name,
      endpoint: started.endpoint,
      certificateAuthority: started.certificateAuthorityData,
      token: { get: async () => token, forget: () => undefined },
    }),
    nodes: NODES,
    pause: () => new Promise(resolve => setTimeout(resolve, 250)),
    removeDaemonSet: () => remove('daemonset', 'aws-node'),
    removeServiceAccount: () => remove('serviceaccount', 'aws-node'),
  };
}, 1_800_000);

afterAll(async () => {
  await processes.stopAll();
  rmSync(directory, { recursive: true, force: true });
});

describe('the real client with a real API server', () => {
  kubernetesContract(() => cluster);
});
