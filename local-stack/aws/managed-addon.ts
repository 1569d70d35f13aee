import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateAddonCommand, type CreateAddonCommandInput, DeleteAddonCommand, DescribeAddonCommand, DescribeUpdateCommand, EKSClient,
  ListUpdatesCommand, type Update, UpdateAddonCommand, type UpdateAddonCommandInput, waitUntilAddonActive,
} from '@aws-sdk/client-eks';
import type { LocalAws } from './local-aws';

type Named<T> = Omit<T, 'clusterName' | 'addonName'>;

/** The vpc-cni add-on of a cluster in the hands of its owner. */
export class ManagedAddon {
  private readonly eks: EKSClient;
  private readonly id: { clusterName: string; addonName: string };

  constructor(aws: LocalAws, clusterName: string) {
    this.eks = new EKSClient(aws.clientConfig);
    this.id = { clusterName, addonName: 'vpc-cni' };
  }

  async install(options: Named<CreateAddonCommandInput> = {}): Promise<void> {
    await this.eks.send(new CreateAddonCommand({ ...this.id, resolveConflicts: 'OVERWRITE', ...options }));
    await waitUntilAddonActive({ client: this.eks, maxWaitTime: 60, minDelay: 1, maxDelay: 1 }, this.id);
  }

  /** @returns the update when it has ended */
  async update(options: Named<UpdateAddonCommandInput>): Promise<Update> {
    const id = await this.startUpdate(options);
    for (;;) {
      const described = await this.describeUpdate(id);
      if (described.status !== 'InProgress') {
        return described;
      }
      await sleep(200);
    }
  }

  /** @returns its id */
  async startUpdate(options: Named<UpdateAddonCommandInput>): Promise<string> {
    return (await this.eks.send(new UpdateAddonCommand({ ...this.id, ...options }))).update!.id!;
  }

  /** What it has installed stays. */
  async remove(): Promise<void> {
    await this.eks.send(new DeleteAddonCommand({ ...this.id, preserve: true }));
  }

  /** The ARN, without which the plugin has its annotation from somebody else, or none. */
  async role(): Promise<string | undefined> {
    return (await this.eks.send(new DescribeAddonCommand(this.id))).addon!.serviceAccountRoleArn;
  }

  async status(): Promise<string | undefined> {
    return (await this.eks.send(new DescribeAddonCommand(this.id))).addon!.status;
  }

  /** All that there were. */
  async updates(): Promise<Update[]> {
    const { updateIds = [] } = await this.eks.send(new ListUpdatesCommand({ name: this.id.clusterName, addonName: this.id.addonName }));
    return Promise.all(updateIds.map(async id => this.describeUpdate(id)));
  }

  private async describeUpdate(updateId: string): Promise<Update> {
    return (await this.eks.send(new DescribeUpdateCommand({ name: this.id.clusterName, addonName: this.id.addonName, updateId }))).update!;
  }
}
