import { join } from 'node:path';
import { IAMClient } from '@aws-sdk/client-iam';
import { aws_iam as iam } from 'aws-cdk-lib';
import type { Construct } from 'constructs';
import type { FaultCluster } from './fault-cluster';
import { FaultFunctions } from './fault-functions';
import { FaultTemplate } from './fault-template';
import { FunctionAccess } from './function-access';
import type { Permission } from './grants';
import { NodeRole } from './node-role';
import { type Refusal, refusalOf } from './permission-play';
import { IpFamily, NodeRoles } from '../../lib';
import type { LocalStack } from '../../local-stack/local-stack';

export const NODE_ROLE_ACCESS = 'NodeRolePoliciesAccess';

const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';

let plays = 0;

/** `Custom::NodeRolePolicies` is created and deleted, without one permission until that was missed. */
export class NodeRolePlay {
  private readonly nodeRole: NodeRole;
  private readonly template: FaultTemplate;
  private readonly access: FunctionAccess;
  private readonly functions: FaultFunctions;
  private readonly stackId = `permissions-${++plays}`;

  constructor(permission: Permission, isGiven: boolean, cluster: FaultCluster, { aws, logDirectory }: LocalStack) {
    const { kubernetes } = cluster;
    this.nodeRole = new NodeRole(new IAMClient(aws.clientConfig), aws.nodeRole(kubernetes.name).roleName);
    this.template = nodeRoleTemplate(kubernetes.name, isGiven ? this.nodeRole.arn : undefined);
    const roleName = `functions-node-role-${plays}`;
    this.access = new FunctionAccess({ aws, cluster: kubernetes, template: this.template, idPart: NODE_ROLE_ACCESS, roleName, without: permission });
    this.functions = new FaultFunctions('aws-node', aws, this.access.roleArn, join(logDirectory, `${roleName}.log`));
  }

  /** @returns undefined where the permission was not missed */
  async run(): Promise<Refusal | undefined> {
    const { nodeRole, access } = this;
    // that it has none of ours is to be found out by reading it; it stays
    await nodeRole.putInlinePolicy('logs', 'logs:PutLogEvents');
    const before = await nodeRole.state();
    await access.create();
    await access.grant();
    try {
      let refusal = await refusalOf('create', this.request('Create'));
      if (!refusal) {
        expect((await nodeRole.state()).attached).toEqual(before.attached.filter(arn => arn !== CNI_POLICY));
        refusal = await refusalOf('delete', this.request('Delete'));
        if (refusal) {
          await access.grantAll();
          await this.request('Delete');
        }
      }
      // after a creation that was refused without anything more being done
      expect(await nodeRole.state()).toEqual(before);
      return refusal;
    } finally {
      await access.delete();
    }
  }

  private async request(RequestType: 'Create' | 'Delete'): Promise<void> {
    const type = 'Custom::NodeRolePolicies';
    const id = this.template.idOf(type);
    const event = {
      RequestType,
      StackId: this.stackId,
      LogicalResourceId: id,
      PhysicalResourceId: 'none',
      ResourceType: type,
      ResourceProperties: this.template.properties(id),
    };
    const started = await this.functions.call<object>('onEvent', event);
    await this.functions.call('isComplete', { ...event, ...started });
  }
}

/** @param nodeRoleArn without it, the roles of the managed node groups */
export function nodeRoleTemplate(clusterName: string, nodeRoleArn?: string): FaultTemplate {
  const given = (scope: Construct, arn: string) => NodeRoles.of(iam.Role.fromRoleArn(scope, 'NodeRole', arn));
  return new FaultTemplate({
    account: '111122223333',
    region: 'us-east-1',
    clusterName,
    providerArn: 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.us-east-1.amazonaws.com/id/…',
    ipFamily: IpFamily.IP_V4,
    nodeRoles: scope => nodeRoleArn === undefined ? NodeRoles.managedNodegroups() : given(scope, nodeRoleArn),
    roleName: 'my-role',
    timeoutSeconds: 60,
  });
}
