import { setTimeout as sleepFor } from 'node:timers/promises';
import type { CdkCustomResourceEvent, CdkCustomResourceResponse } from 'aws-lambda';
import { CREATED_BY, createdBy, isCreatedBy } from './created-by-tag';
import type { ClusterIdentityAttributes, ClusterIdentityProperties } from './resource-properties';
import { instanceConditions } from '../../private/cluster-scope';
import { TOKEN_AUDIENCE, issuerName, trustConditions } from '../../private/trust-policy';
import { checkIpFamily } from '../shared/check-ip-family';
import type { Cluster, ClusterReader } from '../shared/cluster';
import { eventually } from '../shared/eventually';
import { log } from '../shared/log';
import type { OpenIdConnectProvider, OpenIdConnectProviders } from '../shared/open-id-connect-providers';

type Event = CdkCustomResourceEvent<ClusterIdentityProperties>;
type CreateOrUpdateEvent = Exclude<Event, { RequestType: 'Delete' }>;
type DeleteEvent = Extract<Event, { RequestType: 'Delete' }>;
type Response = CdkCustomResourceResponse<ClusterIdentityAttributes>;

const PROVIDER_ARN = /^arn:[\w-]+:iam::\d+:oidc-provider\//;
const ROLES_IN_LOG = 10;

export class ClusterIdentityHandler {
  constructor(
    private readonly clusterReader: ClusterReader,
    private readonly providers: OpenIdConnectProviders,
    private readonly sleep: (milliseconds: number) => Promise<void> = sleepFor,
  ) {}

  async handle(event: Event): Promise<Response> {
    return event.RequestType === 'Delete' ? this.onDelete(event) : this.onCreateOrUpdate(event);
  }

  private async onCreateOrUpdate(event: CreateOrUpdateEvent): Promise<Response> {
    const { ClusterName, OpenIdConnectProviderArn: given, IpFamily, PolicyArns, ScopedToCluster } = event.ResourceProperties;
    const cluster = await this.clusterReader.describe(ClusterName);
    checkIpFamily(cluster, IpFamily);

    const arn = providerArn(cluster);
    const provider = given ? await this.findGiven(given, arn, cluster) : await this.findOrCreate(arn, cluster, createdBy(event));
    if (!provider.clientIds.includes(TOKEN_AUDIENCE)) {
      await this.providers.addClientId(arn, TOKEN_AUDIENCE);
      log('added a client id to the OIDC provider; it stays for good, since others may come to rely on it', { arn, clientId: TOKEN_AUDIENCE });
    }

    return {
      PhysicalResourceId: arn,
      Data: {
        OpenIdConnectProviderArn: arn,
        TrustConditions: trustConditions(cluster.issuer),
        PolicyArn: PolicyArns?.[cluster.ipFamily],
        ...ScopedToCluster && { VpcId: cluster.vpcId, InstanceConditions: instanceConditions(cluster.name) },
      },
    };
  }

  private async findGiven(given: string, arn: string, cluster: Cluster): Promise<OpenIdConnectProvider> {
    if (given !== arn) {
      throw new Error(
        `the OIDC provider of cluster ${cluster.name} is ${arn} by its issuer, but ${given} was given (by \`openIdConnectProvider\` or the cluster object): `
        + 'give that of the cluster, or leave it out to have it found or created. Nothing was changed');
    }
    const provider = await this.findPatiently(arn);
    if (!provider) {
      throw new Error(
        `OIDC provider ${arn} was given (by \`openIdConnectProvider\` or the cluster object), but the account has none of this ARN: `
        + `create it for ${cluster.issuer}, or leave it out to have it created. Nothing was changed`);
    }
    log('the OIDC provider that was given exists', { arn });
    return provider;
  }

  private async findOrCreate(arn: string, cluster: Cluster, creator: string): Promise<OpenIdConnectProvider> {
    const found = await this.providers.get(arn);
    if (found) {
      log('found the OIDC provider', { arn, createdBy: found.tags[CREATED_BY] });
      return found;
    }
    const toCreate = { clientIds: [TOKEN_AUDIENCE], tags: { [CREATED_BY]: creator } };
    if (await this.create(arn, cluster.issuer, toCreate)) {
      log('created the OIDC provider', { arn, createdBy: creator });
      return toCreate;
    }
    const createdMeanwhile = await this.findPatiently(arn);
    if (!createdMeanwhile) {
      throw new Error(`OIDC provider ${arn} cannot be created, since IAM says that it exists, nor be read, since IAM says that it does not: deploy again`);
    }
    log('found the OIDC provider, created by somebody else meanwhile', { arn, createdBy: createdMeanwhile.tags[CREATED_BY] });
    return createdMeanwhile;
  }

  /** A call that fails may have taken effect all the same, and no Delete follows a Create that failed. */
  private async create(arn: string, url: string, { clientIds, tags }: OpenIdConnectProvider): Promise<boolean> {
    try {
      return await this.providers.create(url, clientIds, tags);
    } catch (error) {
      try {
        const provider = await this.providers.get(arn);
        if (provider?.tags[CREATED_BY] === tags[CREATED_BY]) {
          await this.providers.delete(arn);
          log('deleted the OIDC provider again, since its creation failed', { arn });
        }
      } catch (undoError) {
        throw new Error(
          `${(error as Error).message}. OIDC provider ${arn} may exist all the same and could not be taken back (${(undoError as Error).message}): `
          + `delete it if its tag ${CREATED_BY} is ${tags[CREATED_BY]}`, { cause: error });
      }
      throw error;
    }
  }

  private async onDelete(event: DeleteEvent): Promise<Response> {
    const arn = event.PhysicalResourceId;
    if (!PROVIDER_ARN.test(arn)) {
      log('nothing to delete: the physical id is not that of an OIDC provider', { physicalId: arn });
      return {};
    }
    const provider = await this.providers.get(arn);
    if (!provider) {
      log('nothing to delete: the OIDC provider is gone', { arn });
      return {};
    }
    if (!isCreatedBy(provider.tags[CREATED_BY], event)) {
      log('kept the OIDC provider: this resource did not create it', { arn, createdBy: provider.tags[CREATED_BY] });
      return {};
    }
    const roles = await eventually(() => this.providers.rolesThatTrust(arn), seen => seen.length === 0, this.sleep);
    if (roles.length > 0) {
      log('kept the OIDC provider: roles still trust it', { arn, count: roles.length, roles: roles.slice(0, ROLES_IN_LOG) });
      return {};
    }
    await this.providers.delete(arn);
    log('deleted the OIDC provider', { arn });
    return {};
  }

  private async findPatiently(arn: string): Promise<OpenIdConnectProvider | undefined> {
    return eventually(() => this.providers.get(arn), seen => seen !== undefined, this.sleep);
  }
}

function providerArn(cluster: Cluster): string {
  const [, partition, , , account] = cluster.arn.split(':');
  return `arn:${partition}:iam::${account}:oidc-provider/${issuerName(cluster.issuer)}`;
}
