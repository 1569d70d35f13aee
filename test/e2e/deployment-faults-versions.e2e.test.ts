import { AssembledDeployment } from './assembled-deployment';
import { expectAll } from './deployment';
import { recordFault } from './fault';
import { Stories } from './stories';
import { appOfVersionBefore } from './version-before';
import { LocalStack } from '../../local-stack/local-stack';

const NODES = 3;
const CYCLES = 10;
const KINDS = 'serviceaccounts,roles,rolebindings,clusterroles,clusterrolebindings,daemonsets,controllerrevisions,pods,configmaps,secrets,namespaces,nodes';

const stories = new Stories();
let stack: LocalStack;

beforeAll(async () => {
  stack = await LocalStack.start('versions and cycles', ['versions', 'cycles'].map(name => ({ name, ipFamily: 'ipv4', nodes: NODES })));
  stories.begin(stack.progress);
}, 45 * 60_000);

afterAll(async () => stack?.stop());

describe('repeated', () => {
  stories.tell('a stack of the version before', {
    'is updated to this one without a restart, and deleted by it': async () => {
      const settings = { stackName: 'Versions', clusterName: 'versions', module: 'aws-eks-v2' } as const;
      const earlier = new AssembledDeployment(stack, settings, appOfVersionBefore(stack.directory));
      const now = new AssembledDeployment(stack, settings);
      const before = await now.state();
      expect(await earlier.change('deploy')).toMatchObject({ exitCode: 0, status: 'CREATE_COMPLETE' });
      const pods = await now.pods();
      expectAll(pods, NODES, { role: (await now.annotations())['eks.amazonaws.com/role-arn'] });

      const { exitCode, status, output } = await now.change('deploy');
      expect({ exitCode, status }).toEqual({ exitCode: 0, status: 'UPDATE_COMPLETE' });
      expect(output).toMatch(/RolloutSummary = .*verified 3 aws-node pods/);
      expect(await now.pods()).toEqual(pods);

      expect(await now.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      expectAll(await now.pods(), NODES, {});
      expect(await now.state()).toEqual(before);
      recordFault({
        fault: 'the stack is of the version before',
        where: 'CloudFormation, update and delete',
        outcome: 'updated without a restart, all pods verified; delete leaves all as before',
        test: 'deployment-faults-versions.e2e.test.ts: is updated to this one without a restart, and deleted by it',
      });
    },
  });

  stories.tell(`${CYCLES} times deploy and destroy in a row`, {
    'leave nothing behind': async () => {
      const deployment = new AssembledDeployment(stack, { stackName: 'Cycles', clusterName: 'cycles', module: 'aws-eks-v2' });
      // As often as there are objects of it.
      const kinds = async () => (await deployment.cluster.kubectl('get', KINDS, '-A', '-o', 'name')).split('\n').map(name => name.split('/')[0]).sort();
      const before = { state: await deployment.state(), kinds: await kinds() };
      for (let cycle = 0; cycle < CYCLES; cycle++) {
        expect(await deployment.change('deploy')).toMatchObject({ exitCode: 0, status: 'CREATE_COMPLETE' });
        expect(await deployment.change('destroy')).toMatchObject({ exitCode: 0, status: undefined });
      }
      expectAll(await deployment.pods(), NODES, {});
      expect({ state: await deployment.state(), kinds: await kinds() }).toEqual(before);
      recordFault({
        fault: `${CYCLES} times deploy and destroy in a row`,
        where: 'CloudFormation',
        outcome: 'Kubernetes objects, IAM, functions and log groups are those from before',
        test: 'deployment-faults-versions.e2e.test.ts: leave nothing behind',
      });
    },
  });
});
