import type { FaultCluster } from './fault-cluster';
import { FaultDeployment } from './fault-deployment';
import type { Permission } from './grants';
import { underWatch } from './invariant-sampler';
import type { PermissionSetting } from './permission-settings';
import type { LocalStack } from '../../local-stack/local-stack';

/** What CloudFormation would show. */
export interface Refusal {
  readonly during: 'create' | 'delete';
  readonly message: string;
}

const TIMEOUT_SECONDS = 300;

let plays = 0;

/** The construct comes to a cluster and goes again, without one permission until that was missed. */
export class PermissionPlay {
  private readonly deployment: FaultDeployment;

  constructor(
    permission: Permission, private readonly setting: PermissionSetting, private readonly cluster: FaultCluster, private readonly stack: LocalStack,
  ) {
    this.deployment = new FaultDeployment(stack.aws, cluster.kubernetes, {
      roleName: `cni-role-${++plays}`, timeoutSeconds: TIMEOUT_SECONDS, logDirectory: stack.logDirectory, without: permission,
    });
  }

  /** @returns undefined where the permission was not missed */
  async run(): Promise<Refusal | undefined> {
    const { deployment, cluster, setting, stack: { aws } } = this;
    await deployment.prepare();
    await deployment.access.grant();
    const { role, unmake } = await setting.make(cluster, aws);
    try {
      await cluster.kubernetes.waitForAwsNode();
      return await this.watched(() => this.comeAndGo(role));
    } finally {
      await unmake();
      await cluster.leaveWell();
      await deployment.dispose();
    }
  }

  private async watched<T>(work: () => Promise<T>): Promise<T> {
    const { cluster, stack: { aws } } = this;
    const before = await cluster.annotations();
    const result = await underWatch(cluster.kubernetes, aws, work);
    expect(await cluster.annotations()).toEqual(before);
    return result;
  }

  private async comeAndGo(role: string | undefined): Promise<Refusal | undefined> {
    const { deployment, cluster } = this;
    let refusal = await refusalOf('create', deployment.create());
    if (!refusal) {
      await cluster.expectRole(deployment.roleArn);
      refusal = await refusalOf('delete', deployment.delete());
    }
    if (refusal) {
      await deployment.access.grantAll();
      await deployment.delete();
    }
    await cluster.expectRole(role);
    return refusal;
  }
}

export async function refusalOf(during: Refusal['during'], work: Promise<unknown>): Promise<Refusal | undefined> {
  return work.then(() => undefined, ({ message }: Error) => ({ during, message }));
}
