import { DeleteClusterCommand, DeleteNodegroupCommand, EKSClient } from '@aws-sdk/client-eks';
import { CreateOpenIDConnectProviderCommand, AttachRolePolicyCommand, DeleteOpenIDConnectProviderCommand, DetachRolePolicyCommand, IAMClient, PutRolePolicyCommand, DeleteRolePolicyCommand } from '@aws-sdk/client-iam';
import type { AppSettings } from './app';
import { AssembledDeployment, type Change } from './assembled-deployment';
import { type State, expectAll } from './deployment';
import { type FaultRow, recordFault } from './fault';
import { Stories } from './stories';
import { LocalStack } from '../../local-stack/local-stack';

const NODES = 3;
const FOREIGN_ROLE = 'arn:aws:iam::111122223333:role/foreign';
const ROLE_ANNOTATION = 'eks.amazonaws.com/role-arn';

const stories = new Stories();
let stack: LocalStack;
let iam: IAMClient;

beforeAll(async () => {
  stack = await LocalStack.start('faults of the account', [
    { name: 'denied', ipFamily: 'ipv4', nodes: NODES },
    { name: 'lacking', ipFamily: 'ipv6', nodes: NODES },
    { name: 'drifting', ipFamily: 'ipv4', nodes: NODES },
  ]);
  iam = new IAMClient(stack.aws.clientConfig);
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

const record = (test: string, row: Omit<FaultRow, 'test'>) => recordFault({ ...row, test: `deployment-faults-account.e2e.test.ts: ${test}` });

/** The names of the roles of our two handlers, as CloudFormation makes them. */
const IDENTITY_ROLE = 'Denied-VpcCniClusterIdentity*';
const AWS_NODE_ROLE = 'Denied-VpcCniAwsNode*';

describe('no permission for one call', () => {
  let deployment: AssembledDeployment;
  let before: State;

  async function denied(role: string, action: string, change: () => Promise<Change>): Promise<Change> {
    stack.aws.deny(role, action);
    try {
      return await change();
    } finally {
      stack.aws.denyNothing();
    }
  }

  stories.tell('denied to a function of ours', {
    ...Object.fromEntries([
      [IDENTITY_ROLE, 'eks:DescribeCluster', 'cluster denied'],
      [IDENTITY_ROLE, 'iam:GetOpenIDConnectProvider', ':oidc-provider/'],
      [IDENTITY_ROLE, 'iam:CreateOpenIDConnectProvider', 'oidc.eks.'],
      [AWS_NODE_ROLE, 'eks:DescribeCluster', 'cluster denied'],
      [AWS_NODE_ROLE, 'eks:ListPodIdentityAssociations', 'cluster denied'],
      [AWS_NODE_ROLE, 'iam:GetOpenIDConnectProvider', ':oidc-provider/'],
    ].map(([role, action, object]) => [`create: ${action} to ${role}`, async () => {
      deployment ??= new AssembledDeployment(stack, { stackName: 'Denied', clusterName: 'denied', module: 'aws-eks-v2' });
      before ??= await deployment.state();
      const uids = await deployment.podUids();
      const { exitCode, failure, status } = await denied(role, action, async () => deployment.change('deploy'));
      expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'ROLLBACK_COMPLETE' });
      expect(failure).toContain(action);
      expect(failure).toContain(object);
      expect(await deployment.podUids()).toEqual(uids);
      expect(await deployment.state()).toEqual(before);
      record(`create: ${action} to ${role}`, {
        fault: `no permission for ${action}`,
        where: `IAM, ${role === IDENTITY_ROLE ? 'ClusterIdentity' : 'AwsNodeGuard'}, during create`,
        outcome: 'no pod is restarted, all as before: ROLLBACK_COMPLETE',
        message: failure,
      });
    }])),

    'update: eks:DescribeCluster to the guard and its rollback, by a policy of somebody': async () => {
      expect((await deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      const [state, uids] = [await deployment.state(), await deployment.podUids()];
      const inline = { RoleName: await deployment.resource('AWS::IAM::Role', 'AwsNodeAccess'), PolicyName: 'somebody' };
      const Statement = [{ Effect: 'Deny', Action: 'eks:DescribeCluster', Resource: '*' }];
      await iam.send(new PutRolePolicyCommand({ ...inline, PolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement }) }));
      const failed = await deployment.change('deploy', { roleName: 'Denied-second' });
      expect({ exitCode: failed.exitCode, status: failed.status }).toEqual({ exitCode: 1, status: 'UPDATE_ROLLBACK_FAILED' });
      expect(failed.failure).toContain('eks:DescribeCluster');
      expect(failed.failure).toContain('cluster denied');
      expect(await deployment.podUids()).toEqual(uids);

      await iam.send(new DeleteRolePolicyCommand(inline));
      const { exitCode, status } = await deployment.change('rollback');
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: 'UPDATE_ROLLBACK_COMPLETE' });
      expect(await deployment.podUids()).toEqual(uids);
      expect(await deployment.state()).toEqual(state);
      record('update: eks:DescribeCluster to the guard and its rollback, by a policy of somebody', {
        fault: 'no permission for eks:DescribeCluster',
        where: 'IAM, AwsNodeGuard, during update and its rollback',
        outcome: 'no pod is restarted: UPDATE_ROLLBACK_FAILED; with the permission back, `cdk rollback` continues: UPDATE_ROLLBACK_COMPLETE',
        message: failed.failure,
      });
    },

    ...Object.fromEntries([
      [AWS_NODE_ROLE, 'eks:ListNodegroups', 'cluster denied'],
      [AWS_NODE_ROLE, 'iam:SimulatePrincipalPolicy', 'local-eks-node-denied'],
      [IDENTITY_ROLE, 'iam:ListRoles', ':oidc-provider/'],
      [IDENTITY_ROLE, 'iam:DeleteOpenIDConnectProvider', ':oidc-provider/'],
    ].map(([role, action, object]) => [`delete: ${action} to ${role}`, async () => {
      const { exitCode, failure, status } = await denied(role, action, async () => deployment.change('destroy'));
      expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'DELETE_FAILED' });
      expect(failure).toContain(action);
      expect(failure).toContain(object);
      record(`delete: ${action} to ${role}`, {
        fault: `no permission for ${action}`,
        where: `IAM, ${role === IDENTITY_ROLE ? 'ClusterIdentity' : 'AwsNodeRollout'}, during delete`,
        outcome: 'DELETE_FAILED; with the permission back, deleting again goes on from there',
        message: failure,
      });
    }])),

    'delete again: all is as it was': async () => {
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
    },
  });
});

describe('delete', () => {
  let deployment: AssembledDeployment;
  let before: State;

  stories.tell('when the surroundings do not fit', {
    'the node roles lack the policy: nothing changes until they have it': async () => {
      deployment = new AssembledDeployment(stack, { stackName: 'Lacking', clusterName: 'lacking', module: 'aws-eks-v2' });
      before = await deployment.state();
      expect((await deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      const [annotations, pods] = [await deployment.annotations(), await deployment.pods()];
      const { roleName: RoleName, policyArn: PolicyArn } = stack.aws.nodeRole('lacking');
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn }));

      const { exitCode, failure, status } = await deployment.change('destroy');
      expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'DELETE_FAILED' });
      expect(failure).toContain('node roles of cluster lacking do not allow ec2:AssignIpv6Addresses');
      expect(failure).toContain(`role/${RoleName}. `);
      expect(failure).toContain('Nothing was changed');
      expect(await deployment.annotations()).toEqual(annotations);
      expect(await deployment.pods()).toEqual(pods);

      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn }));
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      record('the node roles lack the policy: nothing changes until they have it', {
        fault: 'the node roles lack the CNI policy',
        where: 'IAM, before delete',
        outcome: 'DELETE_FAILED before anything has changed; with the policy back, delete succeeds',
        message: failure,
      });
    },

    'the cluster is gone': async () => {
      expect((await deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      const eks = new EKSClient(stack.aws.clientConfig);
      await eks.send(new DeleteNodegroupCommand({ clusterName: 'lacking', nodegroupName: 'workers' }));
      await eks.send(new DeleteClusterCommand({ name: 'lacking' }));
      // Its pods have gone with it: here they only seem to be there.
      expect(await deployment.unwatched('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      // What is in the cluster, and its access entries, went with it.
      const inCluster = ['serviceAccount', 'daemonSet', 'rbac', 'accessEntries'];
      const ofAccount = (state: State) => Object.fromEntries(Object.entries(state).filter(([name]) => !inCluster.includes(name)));
      expect(ofAccount(await deployment.state())).toEqual(ofAccount(before));
      record('the cluster is gone', {
        fault: 'the cluster is gone',
        where: 'EKS, before delete',
        outcome: 'the stack is deleted, and nothing of it is left in the account',
      });
    },
  });
});

describe('somebody changes', () => {
  let deployment: AssembledDeployment;
  let before: State;
  let role: string;
  let provider: string;

  async function unchanged(): Promise<void> {
    const [uids, annotations] = [await deployment.podUids(), await deployment.annotations()];
    const { exitCode, output } = await deployment.change('deploy');
    expect(exitCode).toBe(0);
    expect(output).toContain('(no changes)');
    expect(await deployment.podUids()).toEqual(uids);
    expect(await deployment.annotations()).toEqual(annotations);
  }

  stories.tell('what we have made', {
    'the role annotation: left alone by a deployment without a change': async () => {
      deployment = new AssembledDeployment(stack, { stackName: 'Drifting', clusterName: 'drifting', module: 'aws-eks' });
      before = await deployment.state();
      expect((await deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      role = (await deployment.annotations())[ROLE_ANNOTATION];
      await deployment.annotate(`${ROLE_ANNOTATION}=${FOREIGN_ROLE}`);
      await unchanged();
      record('the role annotation: left alone by a deployment without a change', {
        fault: 'the role annotation was changed by somebody',
        where: 'service account, before a deployment without a change',
        outcome: 'nothing is called, nothing is fought over',
      });
    },

    ...Object.fromEntries([
      ['of the annotations', { stsRegionalEndpoints: true }],
      ['of something else', { stsRegionalEndpoints: true, rolloutTimeoutMinutes: 11 }],
    ].map(([what, settings]) => [`the role annotation: repaired by a change ${what}`, async () => {
      await deployment.annotate(`${ROLE_ANNOTATION}=${FOREIGN_ROLE}`);
      expect((await deployment.change('deploy', settings as Partial<AppSettings>)).status).toBe('UPDATE_COMPLETE');
      expect((await deployment.annotations())[ROLE_ANNOTATION]).toBe(role);
      expectAll(await deployment.pods(), NODES, { role, stsEndpoints: 'regional' });
      record(`the role annotation: repaired by a change ${what as string}`, {
        fault: 'the role annotation was changed by somebody',
        where: `service account, before a change ${what as string}`,
        outcome: 'the annotation is put back, pods that do not carry the role are restarted: UPDATE_COMPLETE',
      });
    }])),

    'the OIDC provider, deleted: told by the next change, which changes nothing': async () => {
      provider = `arn:aws:iam::111122223333:oidc-provider/${deployment.cluster.issuer.slice('https://'.length)}`;
      expect((await deployment.change('deploy')).exitCode).toBe(0);
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider }));
      await unchanged();

      const [state, uids] = [await deployment.state(), await deployment.podUids()];
      const { exitCode, failure } = await deployment.change('deploy', { roleName: 'Drifting-second' });
      expect(exitCode).toBe(1);
      expect(failure).toContain(`OIDC provider ${provider} does not exist in this account`);
      expect(failure).toContain('aws iam create-open-id-connect-provider --url https://');
      expect(await deployment.podUids()).toEqual(uids);

      await iam.send(new CreateOpenIDConnectProviderCommand({ Url: deployment.cluster.issuer, ClientIDList: ['sts.amazonaws.com'] }));
      const { status } = await deployment.change('rollback');
      expect(status).toBe('UPDATE_ROLLBACK_COMPLETE');
      expect({ ...await deployment.state(), providers: [] }).toEqual({ ...state, providers: [] });
      expect(await deployment.podUids()).toEqual(uids);
      record('the OIDC provider, deleted: told by the next change, which changes nothing', {
        fault: 'the OIDC provider was deleted by somebody',
        where: 'IAM, between deployments',
        outcome: 'the next change fails before anything has changed, and its rollback, too; with the provider made again, `cdk rollback` continues: UPDATE_ROLLBACK_COMPLETE',
        message: failure,
      });
    },

    'the OIDC provider, deleted, and the stack is deleted': async () => {
      await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: provider }));
      expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      record('the OIDC provider, deleted, and the stack is deleted', {
        fault: 'the OIDC provider was deleted by somebody',
        where: 'IAM, before delete',
        outcome: 'the pods are moved off the role, all as before',
      });
    },
  });
});
