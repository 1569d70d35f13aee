import type { FakeClock } from './fake-clock';
import type { Addon, AddonError, AddonState, AddonUpdate } from '../../../lib/handlers/aws-node/addon';

type Change = Partial<Pick<AddonState, 'roleArn'>>;

const ARN = 'arn:aws:eks:eu-west-1:111122223333:addon/blue/vpc-cni/1a2b';

/** EKS, as far as the add-on of cluster blue goes, with updates that take their time. */
export class FakeAddon implements Addon {
  state: AddonState | undefined;
  /** How long an update takes. */
  updateMs = 10_000;
  /** How the next updates end. */
  failure: { status: 'Failed' | 'Cancelled'; errors: readonly AddonError[] } | undefined;
  /** Everything that has been asked but to describe, as it came. */
  readonly calls: unknown[][] = [];
  private readonly updates: { update: AddonUpdate; change: Change; endsAt: number }[] = [];

  constructor(private readonly clock: FakeClock) {}

  install(differences: Partial<AddonState> = {}): void {
    this.state = { arn: ARN, status: 'ACTIVE', version: 'v1.23.2-eksbuild.1', ...differences };
  }

  async describe(clusterName: string): Promise<AddonState | undefined> {
    this.settle();
    return clusterName === 'blue' ? this.state : undefined;
  }

  async update(clusterName: string, addon: AddonState, roleArn: string | undefined): Promise<string | undefined> {
    this.calls.push(['update', addon.version, addon.configurationValues, roleArn]);
    return this.start(clusterName, roleArn);
  }

  /** As somebody else does it. */
  async start(clusterName: string, roleArn: string | undefined): Promise<string | undefined> {
    if (!await this.describe(clusterName) || this.state!.status === 'UPDATING') {
      return undefined;
    }
    const id = `update-${this.updates.length + 1}`;
    this.updates.push({ update: { id, status: 'InProgress', roleArn, errors: [] }, change: { roleArn }, endsAt: this.clock.now() + this.updateMs });
    this.state = { ...this.state!, status: 'UPDATING' };
    return id;
  }

  async describeUpdate(clusterName: string, id: string): Promise<AddonUpdate | undefined> {
    this.calls.push(['describeUpdate', id]);
    return await this.describe(clusterName) && this.updates.find(({ update }) => update.id === id)?.update;
  }

  async findUpdate(clusterName: string): Promise<string | undefined> {
    this.calls.push(['findUpdate']);
    return await this.describe(clusterName) && this.updates.find(({ update }) => update.status === 'InProgress')?.update.id;
  }

  async rememberRole(_clusterName: string, { arn }: AddonState, roleArn: string): Promise<void> {
    this.calls.push(['rememberRole', arn, roleArn]);
    this.state = { ...this.state!, earlierRoleArn: roleArn };
  }

  async forgetRole(_clusterName: string, { arn }: AddonState): Promise<void> {
    this.calls.push(['forgetRole', arn]);
    this.state = this.state && { ...this.state, earlierRoleArn: undefined };
  }

  private settle(): void {
    for (const one of this.updates.filter(({ update, endsAt }) => update.status === 'InProgress' && this.clock.now() >= endsAt)) {
      one.update = { ...one.update, status: 'Successful', ...this.failure };
      this.state = this.state && { ...this.state, ...this.failure ? { status: 'UPDATE_FAILED' } : { status: 'ACTIVE', ...one.change } };
    }
  }
}
