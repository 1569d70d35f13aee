import { join } from 'node:path';
import { CreateOpenIDConnectProviderCommand, DeleteOpenIDConnectProviderCommand, GetOpenIDConnectProviderCommand, IAMClient } from '@aws-sdk/client-iam';
import type { FaultCluster } from './fault-cluster';
import { FaultFunctions } from './fault-functions';
import { FaultTemplate } from './fault-template';
import { FunctionRole } from './function-role';
import type { Grants, Permission } from './grants';
import { type Refusal, refusalOf } from './permission-play';
import { unless } from './unless';
import type { LocalStack } from '../../local-stack/local-stack';

export interface IdentitySetting {
  readonly name: string;
  /** The client ids of the provider that is there before; none without one. */
  readonly before?: readonly string[];
  /** Of another version of the same stack. */
  readonly isOurs?: boolean;
  /** Of the provider that is left. */
  readonly after?: readonly string[];
}

export const IDENTITY_ROLE = 'ClusterIdentityRole';

const CREATOR = { StackId: 'permissions', LogicalResourceId: 'identity' };
const CREATED_BY = { Key: 'cdk-vpc-cni-service-account-role:created-by', Value: 'permissions/identity' };

let plays = 0;

/** `Custom::ClusterIdentity` is created and deleted, without one permission until that was missed. */
export class IdentityPlay {
  private readonly iam: IAMClient;
  private readonly template: FaultTemplate;
  private readonly role: FunctionRole;
  private readonly functions: FaultFunctions;
  private readonly providerArn: string;

  constructor(
    private readonly permission: Permission, isGiven: boolean, private readonly setting: IdentitySetting,
    private readonly cluster: FaultCluster, { aws, logDirectory }: LocalStack,
  ) {
    const name = `identity-${++plays}`;
    this.iam = new IAMClient(aws.clientConfig);
    this.providerArn = `arn:aws:iam::${aws.account}:oidc-provider/${cluster.kubernetes.issuer.replace('https://', '')}`;
    this.template = new FaultTemplate({
      account: aws.account,
      region: aws.region,
      clusterName: cluster.kubernetes.name,
      providerArn: isGiven ? this.providerArn : undefined,
      roleName: name,
      timeoutSeconds: 60,
    });
    this.role = new FunctionRole(aws, `functions-${name}`);
    this.functions = new FaultFunctions('cluster-identity', aws, this.role.arn, join(logDirectory, `${name}.log`));
  }

  /** @returns undefined where the permission was not missed */
  async run(): Promise<Refusal | undefined> {
    const { setting: { before, after }, role, grants } = this;
    await this.makeProvider();
    await role.create(grants.without(this.permission).statements);
    try {
      let refusal = await refusalOf('create', this.request('Create'));
      if (refusal) {
        expect(await this.clientIds()).toEqual(before);
      } else {
        refusal = await refusalOf('delete', this.request('Delete'));
        if (refusal) {
          expect(await this.clientIds()).toBeDefined();
          await role.allow(grants.statements);
          await this.request('Delete');
        }
        expect(await this.clientIds()).toEqual(after);
      }
      return refusal;
    } finally {
      await role.delete();
      await this.deleteProvider();
    }
  }

  private get grants(): Grants {
    return this.template.grants(IDENTITY_ROLE);
  }

  private async request(RequestType: 'Create' | 'Delete'): Promise<void> {
    const id = this.template.idOf('Custom::ClusterIdentity');
    await this.functions.call('onEvent', {
      ...CREATOR, RequestType, PhysicalResourceId: this.providerArn, ResourceProperties: this.template.properties(id),
    });
  }

  private async makeProvider(): Promise<void> {
    const { before, isOurs } = this.setting;
    if (before) {
      const provider = { Url: this.cluster.kubernetes.issuer, ClientIDList: [...before], Tags: isOurs ? [CREATED_BY] : [] };
      await this.iam.send(new CreateOpenIDConnectProviderCommand(provider));
    }
  }

  private async clientIds(): Promise<string[] | undefined> {
    const provider = await this.iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: this.providerArn })).catch(unless('NoSuchEntityException'));
    return provider?.ClientIDList;
  }

  private async deleteProvider(): Promise<void> {
    await this.iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: this.providerArn })).catch(unless('NoSuchEntityException'));
  }
}
