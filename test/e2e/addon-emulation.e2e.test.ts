import { EKSClient } from '@aws-sdk/client-eks';
import type { V1ServiceAccount } from '@kubernetes/client-node';
import { unless } from './unless';
import { EksAddon } from '../../lib/handlers/aws-node/eks-addon';
import { ManagedAddon } from '../../local-stack/aws/managed-addon';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import { LocalStack } from '../../local-stack/local-stack';
import { addonContract } from '../handlers/aws-node/addon-contract';

const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const ROLE = 'arn:aws:iam::111122223333:role/of-the-add-on';
const OTHER_ROLE = 'arn:aws:iam::111122223333:role/other';
const USER = 'somebody';

let stack: LocalStack;
let cluster: KubernetesCluster;
let addon: ManagedAddon;

beforeAll(async () => {
  stack = await LocalStack.start('add-ons', [{ name: 'addons', ipFamily: 'ipv4', nodes: 1 }]);
  cluster = stack.cluster('addons');
  addon = new ManagedAddon(stack.aws, 'addons');
}, 45 * 60_000);

afterAll(async () => stack?.stop());

describe('the real client with the emulator', () => {
  addonContract(() => ({
    addon: new EksAddon(new EKSClient(stack.aws.clientConfig)),
    name: 'addons',
    pause: () => new Promise(resolve => setTimeout(resolve, 100)),
    install: serviceAccountRoleArn => addon.install({ serviceAccountRoleArn }),
    uninstall: () => addon.remove().catch(unless('ResourceNotFoundException')),
  }));
});

describe('in the cluster', () => {
  const annotate = (value: string) => cluster.kubectl(
    '-n', 'kube-system', 'annotate', '--overwrite', '--field-manager', USER, 'serviceaccount', 'aws-node', `${ROLE_ANNOTATION}${value}`);

  async function seen(): Promise<{ role: string | undefined; owners: string[] }> {
    const { metadata } = await cluster.kubectlJson<V1ServiceAccount>('-n', 'kube-system', 'get', 'serviceaccount', 'aws-node', '--show-managed-fields');
    const owners = metadata!.managedFields!.filter(({ fieldsV1 }) => JSON.stringify(fieldsV1).includes(ROLE_ANNOTATION));
    return { role: metadata!.annotations?.[ROLE_ANNOTATION], owners: owners.map(({ manager }) => manager!).sort() };
  }

  beforeEach(async () => addon.install({ serviceAccountRoleArn: ROLE }));

  afterEach(async () => {
    await addon.remove();
    await annotate('-');
  });

  test('EKS owns the annotation of its role, and takes it away with the role', async () => {
    expect(await seen()).toEqual({ role: ROLE, owners: ['eks'] });
    await addon.update({});
    expect(await seen()).toEqual({ role: undefined, owners: [] });
  });

  test('what somebody annotates is theirs', async () => {
    await annotate(`=${OTHER_ROLE}`);
    expect(await seen()).toEqual({ role: OTHER_ROLE, owners: [USER] });
  });

  test('the same value is no conflict, and both own it', async () => {
    await annotate(`=${OTHER_ROLE}`);
    expect(await addon.update({ serviceAccountRoleArn: OTHER_ROLE, resolveConflicts: 'NONE' })).toMatchObject({ status: 'Successful', errors: [] });
    expect(await seen()).toEqual({ role: OTHER_ROLE, owners: ['eks', USER] });
  });

  test('NONE fails with the conflict', async () => {
    await annotate(`=${OTHER_ROLE}`);
    const field = 'ServiceAccount aws-node - .metadata.annotations.eks.amazonaws.com/role-arn';
    expect(await addon.update({ serviceAccountRoleArn: ROLE, resolveConflicts: 'NONE' })).toMatchObject({
      status: 'Failed', errors: [{ errorCode: 'ConfigurationConflict', errorMessage: expect.stringContaining(field), resourceIds: [field] }],
    });
    expect(await addon.status()).toBe('UPDATE_FAILED');
    expect(await seen()).toEqual({ role: OTHER_ROLE, owners: [USER] });
  });

  test('PRESERVE leaves the value of others', async () => {
    await annotate(`=${OTHER_ROLE}`);
    expect(await addon.update({ serviceAccountRoleArn: ROLE, resolveConflicts: 'PRESERVE' })).toMatchObject({ status: 'Successful' });
    expect(await seen()).toEqual({ role: OTHER_ROLE, owners: [USER] });
  });

  test('OVERWRITE takes it from them', async () => {
    await annotate(`=${OTHER_ROLE}`);
    expect(await addon.update({ serviceAccountRoleArn: ROLE, resolveConflicts: 'OVERWRITE' })).toMatchObject({ status: 'Successful' });
    expect(await seen()).toEqual({ role: ROLE, owners: ['eks'] });
  });
});
