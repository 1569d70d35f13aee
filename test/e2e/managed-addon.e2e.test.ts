import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { AssembledDeployment } from './assembled-deployment';
import { type State, expectAll } from './deployment';
import { createForeignRole, restartUntil } from './foreign-role';
import { Stories } from './stories';
import { ManagedAddon } from '../../local-stack/aws/managed-addon';
import type { KubernetesCluster } from '../../local-stack/kubernetes/cluster';
import { LocalStack } from '../../local-stack/local-stack';
import { recordDeployed } from '../compatibility/compatibility-table';

const NODES = 3;
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const EARLIER_ROLE_TAG = 'cdk-vpc-cni-service-account-role:earlier-role';
/** What somebody has set on the add-on, and wants to keep. */
const SETTINGS = { configurationValues: '{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}', addonVersion: 'v1.22.1-eksbuild.1', tags: { team: 'network' } };

const stories = new Stories();
let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start('managed add-on', ['roled', 'plain', 'refusing'].map(name => ({ name, ipFamily: 'ipv4', nodes: NODES, podReadySeconds: 1 })));
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

/** A cluster, its add-on, and a stack with the construct for it. */
class Scene {
  static async of(name: string): Promise<Scene> {
    const deployment = new AssembledDeployment(stack, { stackName: `On-${name}`, clusterName: name, module: 'aws-eks-v2' });
    return new Scene(deployment, new ManagedAddon(stack.aws, name), await createForeignRole(new IAMClient(stack.aws.clientConfig), `foreign-${name}`));
  }

  private constructor(readonly deployment: AssembledDeployment, readonly addon: ManagedAddon, readonly foreignRole: string) {}

  /** The add-on with its role, and pods that have it. */
  async installWithRole(): Promise<void> {
    await this.addon.install({ ...SETTINGS, serviceAccountRoleArn: this.foreignRole });
    await restartUntil(this.deployment, ({ containers }) => containers.every(({ role }) => role === this.foreignRole));
  }

  /** @returns the role */
  async expectOurs(roleName: string): Promise<string> {
    const [{ containers: [{ role = '' }] }] = await this.deployment.pods();
    expect(role).toContain(`:role/${roleName}`);
    expectAll(await this.deployment.pods(), NODES, { role });
    expect(await this.deployment.annotations()).toMatchObject({ [ROLE_ANNOTATION]: role });
    return role;
  }

  async expectForeign(): Promise<void> {
    expectAll(await this.deployment.pods(), NODES, { role: this.foreignRole });
    expect(await this.deployment.annotations()).toMatchObject({ [ROLE_ANNOTATION]: this.foreignRole });
  }

  async expectAddon(serviceAccountRoleArn: string): Promise<void> {
    const { configurationValues, addonVersion, tags } = SETTINGS;
    expect(await this.deployment.addon()).toEqual({
      configurationValues, addonVersion, serviceAccountRoleArn, podIdentityAssociations: [], tags: { ...tags, [EARLIER_ROLE_TAG]: this.foreignRole },
    });
  }
}

function record(kind: string, title: string): void {
  recordDeployed({ area: 'Add-on', kind, test: `managed-addon.e2e.test.ts: ${title}` });
}

describe('an add-on', () => {
  let scene: Scene;
  let before: State;
  let role: string;

  stories.tell('with a role of its own', {
    'create: it takes ours, then the pods do': async () => {
      scene = await Scene.of('roled');
      await scene.installWithRole();
      before = await scene.deployment.state();
      expect((await scene.deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      role = await scene.expectOurs('On-roled-');
      await scene.expectAddon(role);
      expect(await scene.addon.updates()).toMatchObject([{ status: 'Successful' }]);
    },

    'update: it follows to a new role, and the earlier one is still remembered': async () => {
      expect((await scene.deployment.change('deploy', { roleName: 'On-roled-second' })).status).toBe('UPDATE_COMPLETE');
      role = await scene.expectOurs('On-roled-second');
      await scene.expectAddon(role);
    },

    'update that is rolled back: it goes there and back again': async () => {
      const { status } = await scene.deployment.change('deploy', { roleName: 'On-roled-third', failing: true });
      expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect(await scene.expectOurs('On-roled-second')).toBe(role);
      await scene.expectAddon(role);
      expect(await scene.addon.updates()).toHaveLength(4);
    },

    'update after somebody has overwritten all: ours are put back': async () => {
      const { configurationValues } = SETTINGS;
      await scene.addon.update({ configurationValues, serviceAccountRoleArn: scene.foreignRole, resolveConflicts: 'OVERWRITE' });
      expect(await scene.deployment.annotations()).toMatchObject({ [ROLE_ANNOTATION]: scene.foreignRole });
      expect((await scene.deployment.change('deploy', { roleName: 'On-roled-second', stsRegionalEndpoints: false })).status).toBe('UPDATE_COMPLETE');
      expect(await scene.expectOurs('On-roled-second')).toBe(role);
      await scene.expectAddon(role);
    },

    'delete: all has its earlier role again, and nothing of ours is left': async () => {
      expect(await scene.deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      await scene.expectForeign();
      expect(await scene.deployment.state()).toEqual(before);
      record('with a role of its own', 'delete: all has its earlier role again, and nothing of ours is left');
    },

    'removed between deployments: what was annotated comes back all the same': async () => {
      expect((await scene.deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      await scene.addon.remove();
      expect((await scene.deployment.change('deploy', { stsRegionalEndpoints: false })).status).toBe('UPDATE_COMPLETE');
      await scene.expectOurs('On-roled-');
      expect(await scene.deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      await scene.expectForeign();
      expect(await scene.deployment.state()).toEqual({ ...before, addon: undefined });
      record('removed between deployments', 'removed between deployments: what was annotated comes back all the same');
    },
  });
});

describe('an add-on', () => {
  let scene: Scene;
  let before: State;

  stories.tell('without a role of its own', {
    'owns a Pod Identity association: stops before anything changes, with the way out': async () => {
      scene = await Scene.of('plain');
      await scene.addon.install({ ...SETTINGS, podIdentityAssociations: [{ serviceAccount: 'aws-node', roleArn: scene.foreignRole }] });
      const state = await scene.deployment.state();
      const { failure, status } = await scene.deployment.change('deploy');
      const [, association] = (await scene.deployment.addon())!.podIdentityAssociations![0].split('plain/');
      expect(status).toBe('ROLLBACK_COMPLETE');
      expect(failure).toContain(
        `service account kube-system/aws-node of cluster plain has Pod Identity association ${association}, which wins over an annotated role: `
        + 'either take it off the add-on that owns it (aws eks update-addon --cluster-name plain --addon-name vpc-cni --pod-identity-associations \'[]\' '
        + '--resolve-conflicts PRESERVE), or keep it and do not use this construct. Nothing was changed');
      expect(await scene.deployment.state()).toEqual(state);
      expectAll(await scene.deployment.pods(), NODES, {});
      await scene.deployment.change('destroy');
      await scene.addon.update({ podIdentityAssociations: [], resolveConflicts: 'PRESERVE' });
    },

    'create: the annotation alone, and no update': async () => {
      before = await scene.deployment.state();
      const updates = await scene.addon.updates();
      expect((await scene.deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      await scene.expectOurs('On-plain-');
      expect(await scene.deployment.addon()).toEqual(before.addon);
      expect(await scene.addon.updates()).toEqual(updates);
    },

    'delete: as before': async () => {
      expect(await scene.deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await scene.deployment.pods(), NODES, {});
      expect(await scene.deployment.state()).toEqual(before);
      record('without a role of its own', 'delete: as before');
    },

    'installed between deployments, with a role: it takes ours, and gets its own back': async () => {
      await scene.addon.remove();
      const without = await scene.deployment.state();
      expect((await scene.deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      await scene.addon.install({ ...SETTINGS, serviceAccountRoleArn: scene.foreignRole });
      expect(await scene.deployment.annotations()).toMatchObject({ [ROLE_ANNOTATION]: scene.foreignRole });
      const { addon } = await scene.deployment.state();

      expect((await scene.deployment.change('deploy', { stsRegionalEndpoints: false })).status).toBe('UPDATE_COMPLETE');
      await scene.expectAddon(await scene.expectOurs('On-plain-'));

      expect(await scene.deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      await scene.expectForeign();
      const { serviceAccount, ...rest } = without;
      expect(await scene.deployment.state()).toMatchObject({ ...rest, addon });
      record('installed between deployments, with a role', 'installed between deployments, with a role: it takes ours, and gets its own back');
    },
  });
});

describe('an add-on', () => {
  let scene: Scene;
  let before: State;

  stories.tell('that cannot be updated', {
    'by the function, for want of iam:PassRole: rolled back': async () => {
      scene = await Scene.of('refusing');
      await scene.installWithRole();
      before = await scene.deployment.state();
      stack.aws.deny('On-refusing-*', 'iam:PassRole');
      const { failure, status } = await scene.deployment.change('deploy');
      stack.aws.denyNothing();
      expect(status).toBe('ROLLBACK_COMPLETE');
      expect(failure).toMatch(/eks:UpdateAddon failed on add-on vpc-cni of cluster refusing: .*not authorized to perform: iam:PassRole on resource: arn:aws:iam::\d+:role\/On-refusing-/);
      expect(await scene.deployment.state()).toEqual(before);
      await scene.deployment.change('destroy');
    },

    'by EKS, which the cluster refuses: rolled back, add-on, annotation and pods as before': async () => {
      const uids = await scene.deployment.podUids();
      await refuseAddonManager(scene.deployment.cluster);
      const { failure, status } = await scene.deployment.change('deploy');
      expect(status).toBe('ROLLBACK_COMPLETE');
      expect(failure).toMatch(/update [\w-]+ of add-on vpc-cni of cluster refusing to arn:aws:iam::111122223333:role\/On-refusing-\S+ ended Failed: AdmissionRequestDenied: /);
      expect(failure).toContain('EKS is kept out by a test');
      expect(failure).toContain('aws eks describe-update --name refusing --addon-name vpc-cni --update-id ');
      expect(await scene.deployment.state()).toEqual(before);
      expect(await scene.deployment.podUids()).toEqual(uids);
      await scene.deployment.change('destroy');
      await admitAddonManager(scene.deployment.cluster);
    },

    'yet, since somebody else does: waited for': async () => {
      const { configurationValues } = SETTINGS;
      await stack.aws.updateCluster('refusing', { addonSeconds: 150 });
      const id = await scene.addon.startUpdate({ configurationValues, serviceAccountRoleArn: scene.foreignRole, resolveConflicts: 'PRESERVE' });
      await stack.aws.updateCluster('refusing', { addonSeconds: 2 });
      expect((await scene.deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      const log = readFileSync(join(stack.logDirectory, 'aws.log'), 'utf8').split('\n');
      expect(log.filter(line => line.includes('"message":"waits for the add-on"') && line.includes(`"updateId":"${id}"`))).not.toEqual([]);
    },

    'back, since the cluster refuses EKS: delete stops before anything changes, and goes on once that is repaired': async () => {
      const role = await scene.expectOurs('On-refusing-');
      const uids = await scene.deployment.podUids();
      await refuseAddonManager(scene.deployment.cluster);
      const { failure, status } = await scene.deployment.change('destroy');
      expect(status).toBe('DELETE_FAILED');
      expect(failure).toMatch(/update [\w-]+ of add-on vpc-cni of cluster refusing to arn:aws:iam::111122223333:role\/foreign-refusing ended Failed: AdmissionRequestDenied: /);
      expect(failure).toContain('then delete again');
      await scene.expectAddon(role);
      expect(await scene.expectOurs('On-refusing-')).toBe(role);
      expect(await scene.deployment.podUids()).toEqual(uids);

      await admitAddonManager(scene.deployment.cluster);
      expect(await scene.deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      await scene.expectForeign();
      expect(await scene.deployment.state()).toEqual(before);
    },
  });
});

const POLICY = 'no-eks';

/** As an admission policy of the cluster's owner may, by mistake. */
async function refuseAddonManager(cluster: KubernetesCluster): Promise<void> {
  const version = { apiVersion: 'admissionregistration.k8s.io/v1', metadata: { name: POLICY } };
  await cluster.apply(JSON.stringify({
    apiVersion: 'v1',
    kind: 'List',
    items: [
      {
        ...version,
        kind: 'ValidatingAdmissionPolicy',
        spec: {
          failurePolicy: 'Fail',
          matchConstraints: { resourceRules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['UPDATE'], resources: ['serviceaccounts'] }] },
          validations: [{ expression: 'request.userInfo.username != "eks:addon-manager"', message: 'EKS is kept out by a test' }],
        },
      },
      { ...version, kind: 'ValidatingAdmissionPolicyBinding', spec: { policyName: POLICY, validationActions: ['Deny'] } },
    ],
  }));
  await until(async () => !await isAdmitted(cluster));
}

async function admitAddonManager(cluster: KubernetesCluster): Promise<void> {
  await cluster.kubectl('delete', 'validatingadmissionpolicybinding,validatingadmissionpolicy', POLICY);
  await until(async () => isAdmitted(cluster));
}

async function isAdmitted(cluster: KubernetesCluster): Promise<boolean> {
  const asEks = ['--as', 'eks:addon-manager', '--as-group', 'system:masters', '-n', 'kube-system'];
  return cluster.kubectl(...asEks, 'label', 'serviceaccount', 'aws-node', 'test=admission', '--dry-run=server').then(() => true, () => false);
}

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !await isTrue();) {
    if (Date.now() > deadline) {
      throw new Error('the API server has not taken the policy up within 60 s');
    }
  }
}
