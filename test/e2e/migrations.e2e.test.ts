import { setTimeout as sleep } from 'node:timers/promises';
import { CloudFormationClient, CreateStackCommand, DescribeStacksCommand, waitUntilStackCreateComplete, waitUntilStackDeleteComplete } from '@aws-sdk/client-cloudformation';
import { CreateOpenIDConnectProviderCommand, IAMClient } from '@aws-sdk/client-iam';
import { AssembledDeployment } from './assembled-deployment';
import { type State, expectAll } from './deployment';
import { DocumentedShell } from './documented-shell';
import { createForeignRole, restartUntil } from './foreign-role';
import type { MigrationSettings } from './migrations.app';
import { Stories } from './stories';
import { ManagedAddon } from '../../local-stack/aws/managed-addon';
import { LocalStack } from '../../local-stack/local-stack';
import { blocksFor, pages } from '../documented-commands';

const NODES = 3;
const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';
const MANAGED_BY = 'app.kubernetes.io/managed-by';
const CONFIGURATION = '{"env":{"ENABLE_PREFIX_DELEGATION":"true"}}';
const VERSION = 'v1.22.1-eksbuild.1';

const stories = new Stories();
let stack: LocalStack;
/** Which blocks of the pages were run. */
const followed = new Set<string>();

beforeAll(async () => {
  stack = await LocalStack.start('migrations', [
    { name: 'eksctl', ipFamily: 'ipv4', nodes: NODES },
    { name: 'addon', ipFamily: 'ipv4', nodes: NODES },
    { name: 'cdk', ipFamily: 'ipv4', nodes: NODES, owned: true },
    { name: 'blueprints', ipFamily: 'ipv4', nodes: NODES, owned: true },
  ]);
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

/** A cluster with a stack for it, and a reader of the pages at a terminal. */
class Scene {
  /** @param settings of an app of its own; without it, that of a cluster which is there already */
  static async of(clusterName: string, settings?: Partial<MigrationSettings>): Promise<Scene> {
    const all: MigrationSettings = { stackName: `From-${clusterName}`, clusterName, module: 'aws-eks-v2', ...settings };
    const deployment = new AssembledDeployment(stack, all, settings && 'test/e2e/migrations.app.ts');
    return new Scene(deployment, await DocumentedShell.open(stack, clusterName), new IAMClient(stack.aws.clientConfig));
  }

  private constructor(readonly deployment: AssembledDeployment, private readonly shell: DocumentedShell, readonly iam: IAMClient) {}

  /** Runs a block of a page, or all that are below a heading. */
  async follow(page: string, heading: string, names: Readonly<Record<string, string>> = {}, which?: number): Promise<void> {
    const path = `docs/${page}`;
    const blocks = blocksFor('migrations', path, heading);
    const chosen = which === undefined ? blocks : [blocks[which]];
    chosen.forEach(({ commands }) => followed.add(`${path}: ${commands[0]}`));
    const { name } = this.deployment.cluster;
    await this.shell.run(chosen, { CLUSTER: name, NODE_ROLE: stack.aws.nodeRole(name).roleName, ...names });
  }

  /** Watched: no pod ever carries a role that does not exist, whoever it is from. */
  async change(settings: Partial<MigrationSettings>, status: string): Promise<void> {
    expect(await this.deployment.change('deploy', settings, { edited: settings.construct === false ? ['ServiceAccount'] : [] })).toMatchObject({ status });
    if (settings.addon) {
      // The emulator's CloudFormation does not wait for that.
      await until(async () => await new ManagedAddon(stack.aws, this.deployment.cluster.name).status() === 'ACTIVE');
    }
  }

  /** @returns the role */
  async expectOurs(name: string): Promise<string> {
    const [{ containers: [{ role = '' }] }] = await this.deployment.pods();
    expect(role).toContain(`:role/${name}`);
    expectAll(await this.deployment.pods(), NODES, { role });
    expect(await this.deployment.annotations()).toMatchObject({ [ROLE_ANNOTATION]: role });
    return role;
  }

  async restartWith(earlierRole: string): Promise<void> {
    await restartUntil(this.deployment, ({ containers }) => containers.every(({ role }) => role === earlierRole));
  }

  async label(label: string): Promise<void> {
    await this.deployment.cluster.kubectl('-n', 'kube-system', 'label', 'serviceaccount', 'aws-node', label);
  }

  async labels(): Promise<Record<string, string>> {
    return ((await this.deployment.state()).serviceAccount as { labels?: Record<string, string> }).labels ?? {};
  }

  /** As eksctl does before it makes a role. */
  async associateProvider(): Promise<void> {
    await this.iam.send(new CreateOpenIDConnectProviderCommand({ Url: this.deployment.cluster.issuer, ClientIDList: ['sts.amazonaws.com'] }));
  }

  /** As eksctl makes it: in a stack of its own. @returns its ARN */
  async createRoleStack(name: string): Promise<string> {
    const issuer = this.deployment.cluster.issuer.slice('https://'.length);
    const template = {
      Resources: {
        Role1: {
          Type: 'AWS::IAM::Role',
          Properties: {
            AssumeRolePolicyDocument: {
              Version: '2012-10-17',
              Statement: [{
                Effect: 'Allow',
                Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}` },
                Action: 'sts:AssumeRoleWithWebIdentity',
                Condition: { StringEquals: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: 'system:serviceaccount:kube-system:aws-node' } },
              }],
            },
            ManagedPolicyArns: [CNI_POLICY],
          },
        },
      },
      Outputs: { Role1: { Value: { 'Fn::GetAtt': ['Role1', 'Arn'] } } },
    };
    const client = this.deployment.client(CloudFormationClient);
    await client.send(new CreateStackCommand({ StackName: name, TemplateBody: JSON.stringify(template), Capabilities: ['CAPABILITY_IAM'] }));
    await waitUntilStackCreateComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName: name });
    const { Stacks } = await client.send(new DescribeStacksCommand({ StackName: name }));
    return Stacks![0].Outputs![0].OutputValue!;
  }

  async expectGone(stackName: string, roleArn: string): Promise<void> {
    const client = this.deployment.client(CloudFormationClient);
    await waitUntilStackDeleteComplete({ client, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, { StackName: stackName });
    expect(await this.deployment.roleExists(roleArn)).toBe(false);
  }

  async destroy(): Promise<void> {
    expect(await this.deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
  }
}

describe('eksctl', () => {
  const page = 'migrating/eksctl.md';
  const roleStack = 'eksctl-eksctl-addon-iamserviceaccount-kube-system-aws-node';
  let scene: Scene;
  let before: State;
  let earlier: string;

  stories.tell('an iamserviceaccount', {
    'steps: the role is ours, the service account the same, nothing is remembered': async () => {
      scene = await Scene.of('eksctl');
      await scene.associateProvider();
      before = await scene.deployment.state();
      earlier = await scene.createRoleStack(roleStack);
      await scene.deployment.annotate(`${ROLE_ANNOTATION}=${earlier}`);
      await scene.label(`${MANAGED_BY}=eksctl`);
      await scene.restartWith(earlier);

      await scene.follow('migrating.md', 'Why the plugin is never without permissions', {}, 0);
      await scene.follow(page, 'From eksctl');
      const uids = await scene.deployment.podUids();
      await scene.follow(page, 'An iamserviceaccount', {}, 0);
      expect(await scene.deployment.podUids()).toEqual(uids);
      expect(await scene.labels()).not.toHaveProperty([MANAGED_BY]);
      await scene.change({}, 'CREATE_COMPLETE');
      await scene.expectOurs('From-eksctl-');
      await scene.follow('migrating.md', 'Why the plugin is never without permissions', {}, 1);
      expect(await scene.deployment.resource('Custom::AwsNodeGuard')).toBe('eksctl/kube-system/aws-node');
    },

    'back: all is as eksctl has left it': async () => {
      await scene.destroy();
      expectAll(await scene.deployment.pods(), NODES, {});
      await scene.follow(page, 'Back to the iamserviceaccount', { EARLIER_ROLE_ARN: earlier });
      expect(await scene.deployment.annotations()).toMatchObject({ [ROLE_ANNOTATION]: earlier });
      expect(await scene.labels()).toMatchObject({ [MANAGED_BY]: 'eksctl' });
      await scene.restartWith(earlier);
    },

    'steps once more, to the end: the earlier role is gone, and destroy leaves the nodes\' roles': async () => {
      await scene.follow(page, 'An iamserviceaccount', {}, 0);
      await scene.change({}, 'CREATE_COMPLETE');
      await scene.follow(page, 'An iamserviceaccount', {}, 1);
      await scene.expectGone(roleStack, earlier);
      await scene.expectOurs('From-eksctl-');
      await scene.destroy();
      expectAll(await scene.deployment.pods(), NODES, {});
      // which the way back has restarted by an annotation in its template
      expect(await scene.deployment.state()).toEqual({ ...before, daemonSet: expect.anything() });
    },
  });
});

describe('the add-on', () => {
  const page = 'migrating/terraform.md';
  const names = { VERSION, CONFIGURATION };
  const roleStack = 'eksctl-addon-addon-vpc-cni';
  let scene: Scene;
  let addon: ManagedAddon;
  let before: State;
  let earlier: string;

  const definition = (serviceAccountRoleArn?: string) => ({
    addonVersion: VERSION, configurationValues: CONFIGURATION, serviceAccountRoleArn, podIdentityAssociations: [], tags: {},
  });

  async function takeTheRoleOff(): Promise<void> {
    const uids = await scene.deployment.podUids();
    await scene.follow(page, 'Steps', names);
    expect(await scene.deployment.addon()).toEqual(definition());
    expect(await scene.deployment.annotations()).not.toHaveProperty([ROLE_ANNOTATION]);
    expect(await scene.deployment.podUids()).toEqual(uids);
  }

  stories.tell('with a role', {
    'of Terraform, steps: the role is ours, and the add-on is not touched': async () => {
      scene = await Scene.of('addon');
      addon = new ManagedAddon(stack.aws, 'addon');
      await scene.associateProvider();
      before = await scene.deployment.state();
      earlier = await createForeignRole(scene.iam, 'terraform-vpc-cni-irsa');
      await addon.install({ addonVersion: VERSION, configurationValues: CONFIGURATION, serviceAccountRoleArn: earlier });
      await scene.restartWith(earlier);

      await takeTheRoleOff();
      const updates = (await addon.updates()).length;
      await scene.change({}, 'CREATE_COMPLETE');
      await scene.expectOurs('From-addon-');
      expect(await scene.deployment.addon()).toEqual(definition());
      expect(await addon.updates()).toHaveLength(updates);
    },

    'of Terraform, back: the add-on has its role, and the pods have it': async () => {
      await scene.destroy();
      expectAll(await scene.deployment.pods(), NODES, {});
      await scene.follow(page, 'Back', { ...names, EARLIER_ROLE_ARN: earlier });
      expect(await scene.deployment.addon()).toEqual(definition(earlier));
      await scene.restartWith(earlier);
    },

    'of eksctl, steps to the end: the earlier role is gone, and destroy leaves the nodes\' roles': async () => {
      earlier = await scene.createRoleStack(roleStack);
      await addon.update({ addonVersion: VERSION, configurationValues: CONFIGURATION, serviceAccountRoleArn: earlier, resolveConflicts: 'OVERWRITE' });
      await scene.restartWith(earlier);

      await takeTheRoleOff();
      await scene.change({}, 'CREATE_COMPLETE');
      await scene.expectOurs('From-addon-');
      await scene.follow('migrating/eksctl.md', 'An add-on');
      await scene.expectGone(roleStack, earlier);
      await scene.destroy();
      expectAll(await scene.deployment.pods(), NODES, {});
      expect(await scene.deployment.state()).toEqual({ ...before, addon: definition(), daemonSet: expect.anything() });
    },
  });
});

describe('CDK', () => {
  const page = 'migrating/eks-service-account.md';
  let scene: Scene;
  let earlier: string;
  let uid: unknown;

  async function identity(): Promise<unknown> {
    return ((await scene.deployment.state()).serviceAccount as { uid?: string }).uid;
  }

  stories.tell('eks.ServiceAccount', {
    'steps: the role is ours, and the service account the same': async () => {
      scene = await Scene.of('cdk', {});
      uid = await identity();
      await scene.change({ serviceAccount: 'destroyed', construct: false }, 'CREATE_COMPLETE');
      earlier = (await scene.deployment.annotations())[ROLE_ANNOTATION];
      expect(await scene.labels()).toMatchObject({ 'app.kubernetes.io/name': 'aws-node' });
      await scene.restartWith(earlier);

      await scene.change({ serviceAccount: 'retained', construct: false }, 'UPDATE_COMPLETE');
      const uids = await scene.deployment.podUids();
      await scene.follow(page, 'Steps', {}, 0);
      expect(await scene.deployment.podUids()).toEqual(uids);
      await scene.change({ construct: true }, 'UPDATE_COMPLETE');
      await scene.expectOurs('From-cdk-VpcCni');
      expect(await identity()).toBe(uid);
      expect(await scene.deployment.roleExists(earlier)).toBe(true);
    },

    'what nobody owns any more goes, and the construct goes after it': async () => {
      const prune = Object.keys(await scene.labels()).find(label => label.startsWith('aws.cdk.eks/prune-'))!;
      const names = { PRUNE_LABEL: prune, EARLIER_ROLE: earlier.split('/').pop()! };
      await scene.follow(page, 'Steps', names, 2);
      await scene.follow(page, 'Steps', names, 1);
      expect(await scene.deployment.roleExists(earlier)).toBe(false);
      await scene.change({}, 'UPDATE_COMPLETE');
      expectAll(await scene.deployment.pods(), NODES, {});
      expect(await scene.deployment.annotations()).toEqual({});
      expect(await identity()).toBe(uid);
    },

    'without the first step: CDK deletes the service account of the running plugin': async () => {
      await scene.change({ serviceAccount: 'destroyed', construct: false }, 'UPDATE_COMPLETE');
      expect(await identity()).toBe(uid);
      await scene.deployment.unwatched('deploy', {});
      expect(await identity()).toBeUndefined();
    },
  });
});

describe('EKS Blueprints', () => {
  const page = 'migrating/eks-blueprints.md';
  let scene: Scene;
  let earlier: string;

  stories.tell('VpcCniAddOn', {
    'steps: the role is ours, the add-on has none, and the earlier one can go': async () => {
      scene = await Scene.of('blueprints', {});
      await scene.change({ serviceAccount: 'destroyed', addon: true, construct: false }, 'CREATE_COMPLETE');
      earlier = (await scene.deployment.annotations())[ROLE_ANNOTATION];
      await scene.restartWith(earlier);
      expect(await scene.deployment.addon()).toMatchObject({ serviceAccountRoleArn: earlier });

      await scene.change({ serviceAccount: 'retained', addon: true, construct: false }, 'UPDATE_COMPLETE');
      await scene.change({ addon: true, construct: false }, 'UPDATE_COMPLETE');
      expectAll(await scene.deployment.pods(), NODES, { role: earlier });
      expect(await scene.deployment.addon()).not.toHaveProperty('serviceAccountRoleArn', expect.anything());
      await scene.follow(page, 'Steps');
      await scene.change({ addon: true, construct: true }, 'UPDATE_COMPLETE');
      const role = await scene.expectOurs('From-blueprints-');
      expect(role).not.toBe(earlier);
      const prune = Object.keys(await scene.labels()).find(label => label.startsWith('aws.cdk.eks/prune-'))!;
      await scene.follow('migrating/eks-service-account.md', 'Steps', { PRUNE_LABEL: prune, EARLIER_ROLE: earlier.split('/').pop()! }, 1);
    },

    'the construct goes: the pods work with the roles of their nodes': async () => {
      await scene.change({ addon: true }, 'UPDATE_COMPLETE');
      expectAll(await scene.deployment.pods(), NODES, {});
      expect(await scene.deployment.annotations()).not.toHaveProperty([ROLE_ANNOTATION]);
    },
  });
});

test('every block of the pages was run', () => {
  const all = pages().flatMap(page => blocksFor('migrations', page).map(({ commands }) => `${page}: ${commands[0]}`));
  expect([...followed].sort()).toEqual([...new Set(all)].sort());
});

async function until(isTrue: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + 60_000; !await isTrue(); await sleep(500)) {
    if (Date.now() > deadline) {
      throw new Error('not within 60 s');
    }
  }
}
