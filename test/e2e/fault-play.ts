import { AttachRolePolicyCommand, CreateRoleCommand, DeleteRoleCommand, DetachRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import type { V1Pod } from '@kubernetes/client-node';
import type { FaultRow } from './fault';
import { type FaultCluster, ROLE_ANNOTATION } from './fault-cluster';
import { FaultDeployment } from './fault-deployment';
import { type FaultScenario, type Scene, nameOf } from './fault-scenario';
import { InvariantSampler, type Verdict, checkVerdict } from './invariant-sampler';
import { available } from './invariants';
import type { LocalAws } from '../../local-stack/aws/local-aws';
import { CRASHING_ROLE } from '../../local-stack/kubernetes/node-faults';

const TIMEOUT_SECONDS = 600;
const POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';

let plays = 0;

/** One scenario on a cluster that is well; it is well again afterwards. */
export class FaultPlay {
  private readonly number = ++plays;
  private readonly deployment: FaultDeployment;
  private readonly earlierRole?: string;
  private sampler!: InvariantSampler;
  private podsBefore = new Set<string>();

  constructor(
    private readonly scenario: FaultScenario, private readonly cluster: FaultCluster, private readonly aws: LocalAws, logDirectory: string,
  ) {
    this.deployment = new FaultDeployment(aws, cluster.kubernetes, {
      roleName: `cni-role-${this.number}${scenario.roleCrashes ? CRASHING_ROLE : ''}`,
      timeoutSeconds: scenario.timeoutSeconds ?? TIMEOUT_SECONDS,
      logDirectory,
    });
    this.earlierRole = scenario.earlierRole ? `arn:aws:iam::${aws.account}:role/earlier-role-${this.number}` : undefined;
  }

  async run(): Promise<FaultRow> {
    const { scenario, cluster, deployment } = this;
    await deployment.prepare();
    await deployment.access.grant();
    try {
      await this.giveEarlierRole();
      await scenario.given?.(cluster);
      await cluster.kubernetes.waitForAwsNode();
      this.sampler = await InvariantSampler.start(cluster.kubernetes, this.aws, scenario.invariants);
      const before = await cluster.annotations();
      let verdict: Verdict;
      let row: FaultRow;
      try {
        row = await this.play();
      } finally {
        verdict = await this.sampler.stop();
      }
      checkVerdict(verdict);
      expect(await cluster.annotations()).toEqual(before);
      return row;
    } finally {
      await this.leaveWell();
    }
  }

  private async play(): Promise<FaultRow> {
    const { scenario: { during, expected, repair }, cluster, deployment, earlierRole } = this;
    if (during === 'create') {
      const message = await this.step(() => deployment.create());
      if (expected === 'done') {
        await cluster.expectRole(deployment.roleArn);
      } else {
        await repair?.(this.scene);
      }
      await deployment.delete();
      await cluster.expectRole(earlierRole);
      return this.row(expected === 'done' ? 'The deployment succeeds' : 'The deployment fails and is rolled back', message);
    }
    await deployment.create();
    await cluster.expectRole(deployment.roleArn);
    const message = await this.step(async () => {
      await deployment.delete();
      return '';
    });
    if (expected === 'failed') {
      await (repair ?? (async () => cluster.mend()))(this.scene);
      await deployment.delete();
    } else {
      await repair?.(this.scene);
    }
    await cluster.expectRole(earlierRole);
    return this.row(expected === 'done' ? 'The deletion succeeds' : 'The deletion fails, and succeeds once this is repaired', message);
  }

  /** @returns what the user sees of it */
  private async step(work: () => Promise<string>): Promise<string> {
    const { before, meanwhile, expected, message = /^/ } = this.scenario;
    const { pods } = await this.sampler.until('the pods', () => true);
    this.podsBefore = new Set(pods.map(({ metadata }) => metadata!.uid!));
    await before?.(this.scene);
    const check = (ended: FaultScenario['expected'], seen: string) => {
      if (ended !== expected || !message.test(seen)) {
        throw new Error(`expected: ${expected} with ${message}; it is ${ended} with: ${seen}`);
      }
      return seen;
    };
    const attempt = work().then(summary => check('done', summary), (error: Error) => check('failed', error.message));
    const [seen] = await Promise.all([attempt, meanwhile?.(this.scene)]);
    return seen;
  }

  private row(outcome: string, message: string): FaultRow {
    const { fault, where, during, invariants, varying = /(?!)/g } = this.scenario;
    // which cluster and which role it was depends on how the scenarios are spread
    const seen = message.replaceAll(this.cluster.kubernetes.name, 'my-cluster').replaceAll(/\b(cni|earlier)-role-\d+/g, '$1-role').replaceAll(varying, '…');
    const test = `faults-kubernetes.e2e.test.ts: ${nameOf(this.scenario)}`;
    const restarted = invariants?.canaryOnly ? `; one pod was restarted, the other ${this.cluster.nodes.length - 1} were left alone` : '';
    return { fault, where: `${where}, during ${during}`, outcome: `${outcome}${restarted}`, message: seen || undefined, test };
  }

  private get scene(): Scene {
    const { cluster, deployment, sampler, podsBefore } = this;
    return {
      cluster,
      deployment,
      sampler,
      midway: async () => {
        await sampler.until('the first pod that was replaced is available', ({ pods, daemonSet }) =>
          pods.some(pod => !podsBefore.has(pod.metadata!.uid!) && available(pod, daemonSet, Date.now())));
      },
      begun: async () => {
        await sampler.until('the first pod is replaced', ({ pods }) =>
          pods.filter(({ metadata }) => podsBefore.has(metadata!.uid!) && metadata!.deletionTimestamp === undefined).length < podsBefore.size);
      },
      untouchedNode: async () => {
        const isUntouched = ({ metadata }: V1Pod) => podsBefore.has(metadata!.uid!) && metadata!.deletionTimestamp === undefined;
        const { pods } = await sampler.until('a pod of before', seen => seen.pods.some(isUntouched));
        return pods.find(isUntouched)!.spec!.nodeName!;
      },
    };
  }

  private async giveEarlierRole(): Promise<void> {
    const { earlierRole, aws, cluster } = this;
    if (earlierRole) {
      const iam = new IAMClient(aws.clientConfig);
      const RoleName = earlierRole.split('/').pop()!;
      await iam.send(new CreateRoleCommand({ RoleName, AssumeRolePolicyDocument: this.deployment.trust }));
      await iam.send(new AttachRolePolicyCommand({ RoleName, PolicyArn: POLICY }));
      await cluster.annotate(`${ROLE_ANNOTATION}=${earlierRole}`);
      await cluster.renewPodsWith(earlierRole);
    }
  }

  private async leaveWell(): Promise<void> {
    const { cluster, deployment, earlierRole } = this;
    await cluster.leaveWell();
    await deployment.dispose();
    if (earlierRole) {
      const iam = new IAMClient(this.aws.clientConfig);
      const RoleName = earlierRole.split('/').pop()!;
      await iam.send(new DetachRolePolicyCommand({ RoleName, PolicyArn: POLICY }));
      await iam.send(new DeleteRoleCommand({ RoleName }));
    }
  }
}
