import { AssembledDeployment } from './assembled-deployment';
import { type State, expectAll } from './deployment';
import { recordFault } from './fault';
import { Stories } from './stories';
import type { FunctionFault } from '../../local-stack/aws/local-aws';
import { LocalStack } from '../../local-stack/local-stack';

const NODES = 3;
const IDENTITY = 'Custom::ClusterIdentity';
const GUARD = 'Custom::AwsNodeGuard';
const ROLLOUT = 'Custom::AwsNodeRollout';

type Request = FunctionFault['request'];

interface Step {
  readonly resource: typeof IDENTITY | typeof GUARD | typeof ROLLOUT;
  readonly handler: 'index.onEvent' | 'index.isComplete';
  readonly kind: 'kill' | 'timeout';
  readonly after?: string;
}

const KILLS: Readonly<Record<Request, readonly Step[]>> = {
  Create: [
    { resource: GUARD, handler: 'index.onEvent', kind: 'kill' },
    { resource: GUARD, handler: 'index.isComplete', kind: 'kill' },
    { resource: ROLLOUT, handler: 'index.onEvent', kind: 'kill' },
    { resource: ROLLOUT, handler: 'index.isComplete', kind: 'kill', after: '"why":"batch"' },
    { resource: ROLLOUT, handler: 'index.isComplete', kind: 'timeout' },
    { resource: IDENTITY, handler: 'index.onEvent', kind: 'kill', after: 'created the OIDC provider' },
  ],
  Update: [
    { resource: IDENTITY, handler: 'index.onEvent', kind: 'kill' },
    { resource: GUARD, handler: 'index.onEvent', kind: 'kill' },
    { resource: GUARD, handler: 'index.isComplete', kind: 'kill' },
    { resource: ROLLOUT, handler: 'index.onEvent', kind: 'kill' },
    { resource: ROLLOUT, handler: 'index.isComplete', kind: 'kill', after: '"why":"batch"' },
    { resource: ROLLOUT, handler: 'index.isComplete', kind: 'timeout' },
  ],
  Delete: [
    { resource: ROLLOUT, handler: 'index.onEvent', kind: 'kill' },
    { resource: ROLLOUT, handler: 'index.isComplete', kind: 'kill' },
    { resource: GUARD, handler: 'index.onEvent', kind: 'kill' },
    { resource: GUARD, handler: 'index.isComplete', kind: 'timeout' },
    { resource: GUARD, handler: 'index.isComplete', kind: 'kill', after: '"why":"batch"' },
    { resource: IDENTITY, handler: 'index.onEvent', kind: 'kill', after: 'deleted the OIDC provider' },
  ],
};

/** All that a deployment gets over. */
const SURVIVED = (request: Request): Parameters<AssembledDeployment['fail']>[0][] => [
  { resource: IDENTITY, request, handler: 'index.onEvent', kind: 'twice' },
  { resource: IDENTITY, request, handler: 'framework.onEvent', kind: 'kill' },
  { resource: GUARD, request, handler: 'framework.onEvent', kind: 'kill' },
  { resource: GUARD, request, handler: 'framework.isComplete', kind: 'kill' },
  { resource: GUARD, request, handler: 'index.onEvent', kind: 'twice' },
  { resource: GUARD, request, handler: 'index.isComplete', kind: 'twice' },
  { resource: ROLLOUT, request, handler: 'framework.onEvent', kind: 'twice' },
  { resource: ROLLOUT, request, handler: 'framework.isComplete', kind: 'kill' },
  { resource: ROLLOUT, request, handler: 'index.onEvent', kind: 'twice' },
  { resource: ROLLOUT, request, handler: 'index.isComplete', kind: 'twice' },
];

const MESSAGES = { kill: 'Error: Runtime exited with error: signal: killed', timeout: 'Task timed out after 1.00 seconds' };
/** A new role, and a family that is no more read from the cluster: each of our resources is updated. */
const MOVED = { roleName: 'Second-moved', ipFamily: 'ipv4' } as const;

const stories = new Stories();
let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start('faults of functions', ['first', 'second'].map(name => ({ name, ipFamily: 'ipv4', nodes: NODES, podReadySeconds: 1 })));
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

const titleOf = ({ resource, handler, kind, after }: Step) =>
  `${resource} ${handler.slice('index.'.length)} ${kind === 'kill' ? 'is killed' : 'times out'}${after === undefined ? '' : `, having written ${after}`}`;

function record(step: Step, request: Request, outcome: string, message: string | undefined): void {
  const { kind, resource, handler, after } = step;
  recordFault({
    fault: `function ${kind === 'kill' ? `killed${after === undefined ? '' : ` having written ${after}`}` : 'timed out'}`,
    where: `${resource} ${handler.slice('index.'.length)}, during ${request.toLowerCase()}`,
    outcome,
    message,
    test: `deployment-faults-functions.e2e.test.ts: ${request.toLowerCase()}: ${titleOf(step)}`,
  });
}

function recordSurvived(request: Request, test: string): void {
  for (const { resource, handler, kind } of SURVIVED(request)) {
    recordFault({
      fault: kind === 'twice' ? 'function invoked twice with the same event, at once' : 'function of the provider framework killed',
      where: `${resource} ${handler}, during ${request.toLowerCase()}`,
      outcome: 'as without it: AWS calls it again, and what was done is not done again',
      test: `deployment-faults-functions.e2e.test.ts: ${test}`,
    });
  }
}

describe('functions', () => {
  let first: AssembledDeployment;
  let beforeFirst: State;
  let second: AssembledDeployment;
  let beforeSecond: State;
  let role: string;

  stories.tell('create, and delete', {
    'before': async () => {
      first = new AssembledDeployment(stack, { stackName: 'First', clusterName: 'first', module: 'aws-eks-v2' });
      beforeFirst = await first.state();
    },

    ...Object.fromEntries(KILLS.Create.map(step => [`create: ${titleOf(step)}`, async () => {
      const happened = first.fail({ ...step, request: 'Create' });
      const { exitCode, failure, status } = await first.change('deploy');
      expect({ happened: happened(), exitCode, status }).toEqual({ happened: true, exitCode: 1, status: 'ROLLBACK_COMPLETE' });
      expect(failure).toContain(MESSAGES[step.kind]);
      expectAll(await first.pods(), NODES, {});
      const { providers, ...others } = await first.state();
      expect({ providers: [], ...others }).toEqual(beforeFirst);
      // Of a provider that was made when the function died, CloudFormation knows nothing: the next deployment takes it over, as is seen at the end.
      const isMade = step.resource === IDENTITY;
      expect(providers).toHaveLength(isMade ? 1 : 0);
      record(step, 'Create', `rolled back, all as before${isMade ? ' but the OIDC provider, which the next deployment takes over' : ''}: ROLLBACK_COMPLETE`, failure);
    }])),

    'create: functions invoked twice, and functions of the framework killed': async () => {
      const happened = SURVIVED('Create').map(fault => first.fail(fault));
      const { exitCode, status } = await first.change('deploy');
      expect({ exitCode, status, happened: happened.map(one => one()) }).toEqual({ exitCode: 0, status: 'CREATE_COMPLETE', happened: happened.map(() => true) });
      expectAll(await first.pods(), NODES, { role: await roleOf(first) });
      recordSurvived('Create', 'create: functions invoked twice, and functions of the framework killed');
    },

    ...Object.fromEntries(KILLS.Delete.map(step => [`delete: ${titleOf(step)}`, async () => {
      const happened = first.fail({ ...step, request: 'Delete' });
      const { exitCode, failure, status } = await first.change('destroy');
      expect({ happened: happened(), exitCode, status }).toEqual({ happened: true, exitCode: 1, status: 'DELETE_FAILED' });
      expect(failure).toContain(MESSAGES[step.kind]);
      record(step, 'Delete', 'DELETE_FAILED; deleting again goes on from there', failure);
    }])),

    'delete again: all is as it was': async () => {
      const { exitCode, status } = await first.change('destroy');
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: undefined });
      expectAll(await first.pods(), NODES, {});
      expect(await first.state()).toEqual(beforeFirst);
    },
  });

  stories.tell('update', {
    'before': async () => {
      second = new AssembledDeployment(stack, { stackName: 'Second', clusterName: 'second', module: 'aws-eks' });
      beforeSecond = await second.state();
      const { exitCode } = await second.change('deploy');
      expect(exitCode).toBe(0);
      role = await roleOf(second);
    },

    ...Object.fromEntries(KILLS.Update.map(step => [`update: ${titleOf(step)}`, async () => {
      const state = await second.state();
      const happened = second.fail({ ...step, request: 'Update' });
      const { exitCode, failure, status } = await second.change('deploy', MOVED);
      expect({ happened: happened(), exitCode, status }).toEqual({ happened: true, exitCode: 1, status: 'UPDATE_ROLLBACK_COMPLETE' });
      expect(failure).toContain(MESSAGES[step.kind]);
      expectAll(await second.pods(), NODES, { role });
      expect(await second.state()).toEqual(state);
      record(step, 'Update', 'rolled back, the pods carry the old role, the new one is gone: UPDATE_ROLLBACK_COMPLETE', failure);
    }])),

    'update: functions invoked twice, and functions of the framework killed': async () => {
      const happened = SURVIVED('Update').map(fault => second.fail(fault));
      const { exitCode, status } = await second.change('deploy', MOVED);
      expect({ exitCode, status, happened: happened.map(one => one()) }).toEqual({ exitCode: 0, status: 'UPDATE_COMPLETE', happened: happened.map(() => true) });
      expectAll(await second.pods(), NODES, { role: await roleOf(second) });
      expect(await second.roleExists(role)).toBe(false);
      recordSurvived('Update', 'update: functions invoked twice, and functions of the framework killed');
    },

    'delete: functions invoked twice, and functions of the framework killed': async () => {
      const happened = SURVIVED('Delete').map(fault => second.fail(fault));
      const { exitCode, status } = await second.change('destroy');
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: undefined });
      expect(happened.map(one => one())).toEqual(happened.map(() => true));
      expectAll(await second.pods(), NODES, {});
      expect(await second.state()).toEqual(beforeSecond);
      recordSurvived('Delete', 'delete: functions invoked twice, and functions of the framework killed');
    },
  });
});

async function roleOf(deployment: AssembledDeployment): Promise<string> {
  return (await deployment.annotations())['eks.amazonaws.com/role-arn'];
}
