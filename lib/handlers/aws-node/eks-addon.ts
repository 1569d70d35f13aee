import {
  type EKSClient, DescribeAddonCommand, DescribeUpdateCommand, ResourceInUseException, ResourceNotFoundException,
  TagResourceCommand, UntagResourceCommand, UpdateAddonCommand, paginateListAddons, paginateListUpdates,
} from '@aws-sdk/client-eks';
import type { Addon, AddonState, AddonUpdate } from './addon';
import { ADDON_NAME, EARLIER_ROLE_TAG } from '../../private/vpc-cni-addon';

export class EksAddon implements Addon {
  constructor(private readonly eks: EKSClient) {}

  async describe(clusterName: string): Promise<AddonState | undefined> {
    // of an add-on that is not installed IAM knows no ARN, so describing it might be denied rather than find nothing
    if (!await this.isInstalled(clusterName)) {
      return undefined;
    }
    const described = await call('eks:DescribeAddon', clusterName, () => this.eks.send(new DescribeAddonCommand(idOf(clusterName))), ResourceNotFoundException);
    if (!described) {
      return undefined;
    }
    const { addonArn, status, addonVersion, configurationValues, serviceAccountRoleArn, tags } = described.addon!;
    return {
      arn: addonArn!,
      status: status!,
      version: addonVersion!,
      configurationValues: configurationValues || undefined,
      roleArn: serviceAccountRoleArn || undefined,
      earlierRoleArn: tags?.[EARLIER_ROLE_TAG],
    };
  }

  async update(clusterName: string, { version, configurationValues }: AddonState, roleArn: string | undefined): Promise<string | undefined> {
    const update = new UpdateAddonCommand({
      ...idOf(clusterName),
      // what is left out may go back to its default; Pod Identity associations alone are known to stay
      addonVersion: version,
      configurationValues,
      serviceAccountRoleArn: roleArn,
      resolveConflicts: 'PRESERVE',
    });
    const started = await call('eks:UpdateAddon', clusterName, () => this.eks.send(update), ResourceInUseException, ResourceNotFoundException);
    return started?.update!.id;
  }

  async describeUpdate(clusterName: string, id: string): Promise<AddonUpdate | undefined> {
    const command = new DescribeUpdateCommand({ name: clusterName, addonName: ADDON_NAME, updateId: id });
    const described = await call('eks:DescribeUpdate', clusterName, () => this.eks.send(command), ResourceNotFoundException);
    if (!described) {
      return undefined;
    }
    const { status, params = [], errors = [] } = described.update!;
    return {
      id,
      status: status!,
      roleArn: params.find(({ type }) => type === 'ServiceAccountRoleArn')?.value,
      errors: errors.map(({ errorCode, errorMessage, resourceIds = [] }) => ({ code: errorCode!, message: errorMessage!, resourceIds })),
    };
  }

  async findUpdate(clusterName: string): Promise<string | undefined> {
    const pages = paginateListUpdates({ client: this.eks }, { name: clusterName, addonName: ADDON_NAME });
    const ids = await call('eks:ListUpdates', clusterName, () => allOf(pages, ({ updateIds }) => updateIds), ResourceNotFoundException);
    for (const id of ids ?? []) {
      if ((await this.describeUpdate(clusterName, id))?.status === 'InProgress') {
        return id;
      }
    }
    return undefined;
  }

  async rememberRole(clusterName: string, { arn }: AddonState, roleArn: string): Promise<void> {
    await call('eks:TagResource', clusterName, () => this.eks.send(new TagResourceCommand({ resourceArn: arn, tags: { [EARLIER_ROLE_TAG]: roleArn } })));
  }

  async forgetRole(clusterName: string, { arn }: AddonState): Promise<void> {
    const untag = new UntagResourceCommand({ resourceArn: arn, tagKeys: [EARLIER_ROLE_TAG] });
    await call('eks:UntagResource', clusterName, () => this.eks.send(untag), ResourceNotFoundException);
  }

  private async isInstalled(clusterName: string): Promise<boolean> {
    const pages = paginateListAddons({ client: this.eks }, { clusterName });
    const names = await call('eks:ListAddons', clusterName, () => allOf(pages, ({ addons }) => addons), ResourceNotFoundException);
    return names?.includes(ADDON_NAME) ?? false;
  }
}

type ErrorClass = typeof ResourceInUseException | typeof ResourceNotFoundException;

const idOf = (clusterName: string) => ({ clusterName, addonName: ADDON_NAME });

/** @returns undefined for an error of the expected kinds */
async function call<T>(action: string, clusterName: string, request: () => Promise<T>, ...expected: readonly ErrorClass[]): Promise<T | undefined> {
  try {
    return await request();
  } catch (error) {
    if (expected.some(kind => error instanceof kind)) {
      return undefined;
    }
    throw new Error(`${action} failed on add-on ${ADDON_NAME} of cluster ${clusterName}: ${error}`, { cause: error });
  }
}

async function allOf<Page>(pages: AsyncIterable<Page>, itemsOf: (page: Page) => readonly string[] | undefined): Promise<string[]> {
  const all: string[] = [];
  for await (const page of pages) {
    all.push(...itemsOf(page) ?? []);
  }
  return all;
}
