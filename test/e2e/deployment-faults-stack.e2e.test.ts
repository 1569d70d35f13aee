import { setTimeout as sleep } from 'node:timers/promises';
import { AssembledDeployment } from './assembled-deployment';
import { type State, expectAll } from './deployment';
import { type FaultRow, recordFault } from './fault';
import { Stories } from './stories';
import { LocalStack } from '../../local-stack/local-stack';

const NODES = 3;
const CANNOT_BE_CREATED = 'No cluster found for name: no-such-cluster';
const ROLLOUT = 'Custom::AwsNodeRollout';

const stories = new Stories();
let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start('faults of stacks', ['rollback', 'timeout'].map(name => ({ name, ipFamily: 'ipv4', nodes: NODES, podReadySeconds: 1 })));
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

const record = (test: string, row: Omit<FaultRow, 'test'>) => recordFault({ ...row, test: `deployment-faults-stack.e2e.test.ts: ${test}` });

describe('a failing resource after ours', () => {
  let deployment: AssembledDeployment;
  let before: State;
  let role: string;

  stories.tell('in the same stack', {
    'on create': async () => {
      deployment = new AssembledDeployment(stack, { stackName: 'Rollback', clusterName: 'rollback', module: 'aws-eks-v2' });
      before = await deployment.state();
      const { exitCode, failure, status } = await deployment.change('deploy', { failing: true });
      expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'ROLLBACK_COMPLETE' });
      expect(failure).toContain(CANNOT_BE_CREATED);
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      record('on create', {
        fault: 'a resource after ours in the same stack fails',
        where: 'CloudFormation, during create',
        outcome: 'the pods are moved off the role before it goes, all as before: ROLLBACK_COMPLETE',
        message: failure,
      });
    },

    'on update, which replaces the role': async () => {
      expect((await deployment.change('deploy')).status).toBe('CREATE_COMPLETE');
      role = (await deployment.pods())[0].containers[0].role!;
      const state = await deployment.state();
      const { exitCode, failure, status } = await deployment.change('deploy', { roleName: 'Rollback-second', failing: true });
      expect({ exitCode, status }).toEqual({ exitCode: 1, status: 'UPDATE_ROLLBACK_COMPLETE' });
      expect(failure).toContain(CANNOT_BE_CREATED);
      expectAll(await deployment.pods(), NODES, { role });
      expect(await deployment.state()).toEqual(state);
      record('on update, which replaces the role', {
        fault: 'a resource after ours in the same stack fails, and the role was replaced',
        where: 'CloudFormation, during update',
        outcome: 'the pods are moved back to the old role before the new one goes: UPDATE_ROLLBACK_COMPLETE',
        message: failure,
      });
    },

    'on update, and the rollback fails, too: it is continued': async () => {
      const state = await deployment.state();
      const update = deployment.change('deploy', { roleName: 'Rollback-third', failing: true });
      await someCarry(deployment, 'Rollback-third');
      const happened = deployment.fail({ resource: ROLLOUT, request: 'Update', handler: 'index.isComplete', kind: 'kill', after: '"why":"batch"' });
      const failed = await update;
      expect({ happened: happened(), exitCode: failed.exitCode, status: failed.status }).toEqual({ happened: true, exitCode: 1, status: 'UPDATE_ROLLBACK_FAILED' });
      expect(new Set((await deployment.pods()).map(({ containers }) => containers[0].role)).size).toBe(2);

      const { exitCode, status } = await deployment.change('rollback');
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: 'UPDATE_ROLLBACK_COMPLETE' });
      expectAll(await deployment.pods(), NODES, { role });
      expect(await deployment.state()).toEqual(state);
      record('on update, and the rollback fails, too: it is continued', {
        fault: 'a rollback fails: its rollout is killed',
        where: 'CloudFormation, during update rollback',
        outcome: 'UPDATE_ROLLBACK_FAILED, both roles stay as long as pods carry them; `cdk rollback` continues: UPDATE_ROLLBACK_COMPLETE',
        message: failed.output.match(/Error: RequestId: .*signal: killed.*/)?.[0].trim(),
      });
    },

    'delete while an update is under way': async () => {
      await deployment.cluster.play({ podReadySeconds: 20 });
      const update = deployment.change('deploy', { roleName: 'Rollback-fourth' });
      await someCarry(deployment, 'Rollback-fourth');
      const destroyed = await deployment.change('destroy');
      await deployment.cluster.play({ podReadySeconds: 1 });
      expect(destroyed.exitCode).toBe(1);
      expect(destroyed.output).toContain('cannot be deleted while in status UPDATE_IN_PROGRESS');
      expect((await update).status).toBe('UPDATE_COMPLETE');
      expectAll(await deployment.pods(), NODES, { role: 'arn:aws:iam::111122223333:role/Rollback-fourth' });

      const { exitCode, status } = await deployment.change('destroy');
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      record('delete while an update is under way', {
        fault: 'delete while a rollout is running',
        where: 'CloudFormation, during update',
        outcome: 'refused by CloudFormation; the update ends as if nothing had been, then delete succeeds',
        message: destroyed.output.match(/Stack \[.*cannot be deleted.*/)?.[0],
      });
    },
  });
});

describe('a rollout', () => {
  let deployment: AssembledDeployment;
  let before: State;

  stories.tell('that does not end', {
    'times out, and so does its undoing: delete goes on once that is repaired': async () => {
      deployment = new AssembledDeployment(stack, { stackName: 'Timeout', clusterName: 'timeout', module: 'aws-eks', rolloutTimeoutMinutes: 1 });
      before = await deployment.state();
      await deployment.cluster.play({ podReadySeconds: 3_600 });
      const created = await deployment.change('deploy', {}, { canaryOnly: true });
      expect({ exitCode: created.exitCode, status: created.status }).toEqual({ exitCode: 1, status: 'ROLLBACK_FAILED' });
      expect(created.failure).toContain('aws-node is not rolled out in cluster timeout after');

      await deployment.cluster.play({ podReadySeconds: 1 });
      const { exitCode, status } = await deployment.change('destroy', {}, { canaryOnly: true });
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: undefined });
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      record('times out, and so does its undoing: delete goes on once that is repaired', {
        fault: 'the rollout times out: the canary is never Ready',
        where: 'CloudFormation, during create and its rollback',
        outcome: 'one pod is down, no other is touched: ROLLBACK_FAILED; once pods become Ready, delete leaves all as before',
        message: created.failure,
      });
    },

    'is deleted while it is being created': async () => {
      await deployment.cluster.play({ podReadySeconds: 20 });
      const create = deployment.change('deploy');
      await someCarry(deployment, 'Timeout-');
      const { exitCode, status } = await deployment.change('destroy');
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: undefined });
      const created = await create;
      expect(created.exitCode).toBe(1);
      expectAll(await deployment.pods(), NODES, {});
      expect(await deployment.state()).toEqual(before);
      record('is deleted while it is being created', {
        fault: 'delete while a rollout is running',
        where: 'CloudFormation, during create',
        outcome: 'the rollout under way sees that the annotation is gone and stops; the pods are moved off the role, all as before',
      });
    },
  });
});

async function someCarry(deployment: AssembledDeployment, role: string): Promise<void> {
  const deadline = Date.now() + 180_000;
  while (!(await deployment.pods()).some(({ containers }) => containers[0].role?.includes(`:role/${role}`))) {
    if (Date.now() > deadline) {
      throw new Error(`no pod carries a role ${role}…`);
    }
    await sleep(200);
  }
}
