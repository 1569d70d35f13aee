import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CreateRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { CustomerPolicy, NodeRole } from './node-role';
import { IamRolePolicies } from '../../lib/handlers/node-role-policies/iam-role-policies';
import { LocalAws } from '../../local-stack/aws/local-aws';
import { ProcessGroup } from '../../local-stack/process-group';
import { type ContractAccount, rolePoliciesContract } from '../handlers/node-role-policies/role-policies-contract';

const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const directory = mkdtempSync(join(tmpdir(), 'role-policies-'));
const processes = new ProcessGroup(join(directory, 'logs'));
let account: ContractAccount;

beforeAll(async () => {
  const aws = await LocalAws.start({ directory, processes, seed: 1 });
  const iam = new IAMClient(aws.clientConfig);
  const customer = await new CustomerPolicy(iam, 'customer').create('ec2:AssignIpv6Addresses');
  const node = await new NodeRole(iam, 'node').create(CNI_POLICY, customer.arn);
  await node.putInlinePolicy('own', 's3:GetObject');
  const trust = { Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' };
  const { Role } = await iam.send(new CreateRoleCommand({
    RoleName: 'function', AssumeRolePolicyDocument: JSON.stringify({ Version: '2012-10-17', Statement: [trust] }),
  }));
  account = { rolePolicies: new IamRolePolicies(iam), nodeRole: node.arn, functionRole: Role!.Arn!, customerPolicy: customer.arn };
}, 600_000);

afterAll(async () => {
  await processes.stopAll();
  rmSync(directory, { recursive: true, force: true });
});

describe('the real client with the emulator', () => {
  rolePoliciesContract(() => account);
});
