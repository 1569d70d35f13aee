import {
  AddClientIDToOpenIDConnectProviderCommand,
  CreateOpenIDConnectProviderCommand,
  DeleteOpenIDConnectProviderCommand,
  EntityAlreadyExistsException,
  GetOpenIDConnectProviderCommand,
  IAMClient,
  NoSuchEntityException,
} from '@aws-sdk/client-iam';
import type { OpenIdConnectProvider, OpenIdConnectProviders } from './open-id-connect-providers';
import { rolesThatTrust } from './roles-that-trust';

export class IamOpenIdConnectProviders implements OpenIdConnectProviders {
  constructor(private readonly iam: IAMClient) {}

  async get(arn: string): Promise<OpenIdConnectProvider | undefined> {
    try {
      const { ClientIDList = [], Tags = [] } = await this.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
      return { clientIds: ClientIDList, tags: Object.fromEntries(Tags.map(tag => [tag.Key, tag.Value])) };
    } catch (error) {
      if (error instanceof NoSuchEntityException) {
        return undefined;
      }
      throw failedCall('iam:GetOpenIDConnectProvider', arn, error);
    }
  }

  async create(url: string, clientIds: readonly string[], tags: Readonly<Record<string, string>>): Promise<boolean> {
    try {
      await this.iam.send(new CreateOpenIDConnectProviderCommand({
        Url: url,
        ClientIDList: [...clientIds],
        Tags: Object.entries(tags).map(([Key, Value]) => ({ Key, Value })),
      }));
      return true;
    } catch (error) {
      if (error instanceof EntityAlreadyExistsException) {
        return false;
      }
      throw failedCall('iam:CreateOpenIDConnectProvider', url, error);
    }
  }

  async addClientId(arn: string, clientId: string): Promise<void> {
    try {
      await this.iam.send(new AddClientIDToOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn, ClientID: clientId }));
    } catch (error) {
      throw failedCall('iam:AddClientIDToOpenIDConnectProvider', arn, error);
    }
  }

  async delete(arn: string): Promise<void> {
    try {
      await this.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
    } catch (error) {
      if (!(error instanceof NoSuchEntityException)) {
        throw failedCall('iam:DeleteOpenIDConnectProvider', arn, error);
      }
    }
  }

  async rolesThatTrust(arn: string): Promise<string[]> {
    try {
      return await rolesThatTrust(this.iam, 'Federated', principal => principal === arn);
    } catch (error) {
      throw failedCall('iam:ListRoles', `the roles that may trust ${arn}`, error);
    }
  }
}

function failedCall(action: string, object: string, cause: unknown): Error {
  return new Error(`${action} failed on ${object}: ${cause}`, { cause });
}
