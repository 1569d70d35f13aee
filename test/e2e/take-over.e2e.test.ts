import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation';
import {
  CreateOpenIDConnectProviderCommand, CreateRoleCommand, DeleteOpenIDConnectProviderCommand, DeleteRoleCommand,
  GetOpenIDConnectProviderCommand, IAMClient,
} from '@aws-sdk/client-iam';
import { Deployment, type State, expectAll } from './deployment';
import { createForeignRole, deleteForeignRole, restartUntil } from './foreign-role';
import { LocalStack } from '../../local-stack/local-stack';

const NODES = 3;
const FOREIGN_ROLE = 'arn:aws:iam::111122223333:role/foreign';

let stack: LocalStack;
let iam: IAMClient;
let four: Deployment;
let six: Deployment;

beforeAll(async () => {
  stack = await LocalStack.start('take-over', [
    { name: 'four', ipFamily: 'ipv4', nodes: NODES },
    { name: 'six', ipFamily: 'ipv6', nodes: NODES },
  ]);
  iam = new IAMClient(stack.aws.clientConfig);
  four = new Deployment(stack, { stackName: 'Four', clusterName: 'four', module: 'aws-eks-v2' });
  six = new Deployment(stack, { stackName: 'Six', clusterName: 'six', module: 'aws-eks' });
}, 45 * 60_000);

afterAll(async () => stack?.stop());

describe('annotations of somebody else', () => {
  let before: State;

  beforeAll(async () => {
    await createForeignRole(iam, 'foreign');
    await four.annotate(`eks.amazonaws.com/role-arn=${FOREIGN_ROLE}`, 'eks.amazonaws.com/sts-regional-endpoints=true');
    await restartUntil(four, ({ containers }) => containers.every(({ role, stsEndpoints }) => role === FOREIGN_ROLE && stsEndpoints === 'regional'));
    before = await four.state();
  });

  afterAll(async () => {
    await four.annotate('eks.amazonaws.com/role-arn-', 'eks.amazonaws.com/sts-regional-endpoints-');
    await restartUntil(four, ({ containers }) => containers.every(({ role, stsEndpoints }) => role === undefined && stsEndpoints === undefined));
    await deleteForeignRole(iam, 'foreign');
  });

  test('deploy: ours take their place, and theirs are remembered', async () => {
    const { RoleArn } = await four.deploy({ stsRegionalEndpoints: false });
    expectAll(await four.pods(), NODES, { role: RoleArn });
    expect(await four.annotations()).toMatchObject({
      'eks.amazonaws.com/role-arn': RoleArn,
      'eks.amazonaws.com/sts-regional-endpoints': 'false',
    });
    expect(await physicalId('Custom::AwsNodeGuard', 'Four')).toEqual(
      `four/kube-system/aws-node?role-arn=${encodeURIComponent(FOREIGN_ROLE)}&sts-regional-endpoints=true`);
  });

  test('destroy: stops before anything changes while their role is gone', async () => {
    const deployed = await four.state();
    await deleteForeignRole(iam, 'foreign');
    await expect(four.destroy()).rejects.toThrow(`role ${FOREIGN_ROLE}, which aws-node had before and goes back to, does not exist any more`);
    await createForeignRole(iam, 'foreign');
    expect(await four.state()).toEqual(deployed);
  });

  test('destroy: they are back, on the service account and in every container', async () => {
    await four.destroy();
    expectAll(await four.pods(), NODES, { role: FOREIGN_ROLE, stsEndpoints: 'regional' });
    expect(await four.annotations()).toMatchObject({
      'eks.amazonaws.com/role-arn': FOREIGN_ROLE,
      'eks.amazonaws.com/sts-regional-endpoints': 'true',
    });
    expect(await four.state()).toEqual(before);
  });
});

describe('an OIDC provider of somebody else, without the client id', () => {
  let before: State;
  let arn: string;

  beforeAll(async () => {
    const created = await iam.send(new CreateOpenIDConnectProviderCommand({ Url: four.cluster.issuer, ClientIDList: ['other'] }));
    arn = created.OpenIDConnectProviderArn!;
    before = await four.state();
  });

  afterAll(async () => {
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
  });

  test('deploy: it is used, and gets the client id', async () => {
    const { RoleArn, ProviderArn } = await four.deploy();
    expect(ProviderArn).toEqual(arn);
    expect(await clientIds(arn)).toEqual(['other', 'sts.amazonaws.com']);
    expectAll(await four.pods(), NODES, { role: RoleArn });
    await expect(four.assumeRole(RoleArn)).resolves.toContain(':assumed-role/');
  });

  test('destroy: it stays, with the client id', async () => {
    await four.destroy();
    expectAll(await four.pods(), NODES, {});
    expect(await clientIds(arn)).toEqual(['other', 'sts.amazonaws.com']);
    expect(await four.state()).toEqual(before);
  });
});

describe('two stacks on two clusters', () => {
  const sharing = 'shares-the-provider';
  let before: State[];
  let providerArn: string;

  const states = () => Promise.all([four.state(), six.state()]);

  beforeAll(async () => before = await states());

  test('deploy: each has its own role and provider', async () => {
    const ofFour = await four.deploy();
    const ofSix = await six.deploy();
    providerArn = ofFour.ProviderArn;
    expect(ofSix.RoleArn).not.toEqual(ofFour.RoleArn);
    expect(ofSix.ProviderArn).not.toEqual(ofFour.ProviderArn);
    expectAll(await four.pods(), NODES, { role: ofFour.RoleArn });
    expectAll(await six.pods(), NODES, { role: ofSix.RoleArn });
    await expect(six.assumeRole(ofFour.RoleArn)).rejects.toThrow(/AccessDenied|Not authorized/i);
  });

  test('destroy one: the other goes on, and a provider of ours that another role trusts by now stays', async () => {
    await iam.send(new CreateRoleCommand({
      RoleName: sharing,
      AssumeRolePolicyDocument: JSON.stringify({
        Version: '2012-10-17',
        Statement: [{ Effect: 'Allow', Principal: { Federated: providerArn }, Action: 'sts:AssumeRoleWithWebIdentity' }],
      }),
    }));
    const [podsOfSix, annotationsOfSix] = [await six.pods(), await six.annotations()];
    await four.destroy();
    expectAll(await four.pods(), NODES, {});
    expect(await six.pods()).toEqual(podsOfSix);
    expect(await six.annotations()).toEqual(annotationsOfSix);
    expect(await clientIds(providerArn)).toEqual(['sts.amazonaws.com']);
    expect(messagesAbout(providerArn)).toContainEqual(expect.objectContaining({
      message: 'kept the OIDC provider: roles still trust it',
      roles: [`arn:aws:iam::111122223333:role/${sharing}`],
    }));
  });

  test('destroy the other: all is as it was, but for what was kept', async () => {
    await six.destroy();
    expectAll(await six.pods(), NODES, {});
    expect(await clientIds(providerArn)).toEqual(['sts.amazonaws.com']);
    await iam.send(new DeleteRoleCommand({ RoleName: sharing }));
    await iam.send(new DeleteOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }));
    expect(await states()).toEqual(before);
  });
});

async function clientIds(arn: string): Promise<string[]> {
  const { ClientIDList } = await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: arn }));
  return [...ClientIDList ?? []].sort();
}

async function physicalId(type: string, stackName: string): Promise<string | undefined> {
  const { StackResources } = await new CloudFormationClient(stack.aws.clientConfig).send(new DescribeStackResourcesCommand({ StackName: stackName }));
  return StackResources?.find(({ ResourceType }) => ResourceType === type)?.PhysicalResourceId;
}

/** Log groups go with their stack; what the functions wrote is in the emulator's own log, too. */
function messagesAbout(arn: string): object[] {
  const lines = readFileSync(join(stack.logDirectory, 'aws.log'), 'utf8').split('\n');
  return lines.filter(line => line.startsWith('{"message":') && line.includes(arn)).map(line => JSON.parse(line) as object);
}
