import { execFileSync } from 'node:child_process';
import { createSign, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Sha256 } from '@aws-crypto/sha256-js';
import { DescribeAccessEntryCommand, DescribeClusterCommand, DescribeNodegroupCommand, EKSClient, ListClustersCommand } from '@aws-sdk/client-eks';
import {
  AddClientIDToOpenIDConnectProviderCommand, GetOpenIDConnectProviderCommand, GetRoleCommand, IAMClient, ListRolesCommand,
  RemoveClientIDFromOpenIDConnectProviderCommand, SimulatePrincipalPolicyCommand, TagOpenIDConnectProviderCommand,
} from '@aws-sdk/client-iam';
import { AssumeRoleWithWebIdentityCommand, type Credentials, STSClient } from '@aws-sdk/client-sts';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import { LocalAws } from '../../local-stack/aws/local-aws';
import { installRuntimes } from '../../local-stack/aws/runtimes';
import { ProcessGroup } from '../../local-stack/process-group';

const HOST = 'oidc.eks.us-east-1.amazonaws.com/id/0123456789ABCDEF0123456789ABCDEF';
const ISSUER = `https://${HOST}`;
const SUBJECT = 'system:serviceaccount:kube-system:aws-node';
const CLUSTER = 'smoke';

const directory = mkdtempSync(join(tmpdir(), 'local-aws-'));
const processes = new ProcessGroup(join(directory, 'logs'));
const issuerKey = keyPair();
let aws: LocalAws;
let iam: IAMClient;
let eks: EKSClient;
let providerArn: string;
let roleArn: string;

beforeAll(async () => {
  aws = await LocalAws.start({ directory, processes, seed: 1 });
  iam = new IAMClient(aws.clientConfig);
  eks = new EKSClient(aws.clientConfig);
  await aws.bootstrap();
  await aws.registerCluster({
    name: CLUSTER,
    endpoint: 'https://127.0.0.1:6443',
    certificateAuthorityData: 'Y2E=',
    issuer: ISSUER,
    ipFamily: 'ipv6',
    authenticationMode: 'API',
    jwks: { keys: [{ ...issuerKey.publicKey.export({ format: 'jwk' }), kid: 'issuer', alg: 'RS256', use: 'sig' }] },
  });
});

afterAll(async () => {
  await processes.stopAll();
  rmSync(directory, { recursive: true, force: true });
});

test('the launcher keeps to its own tests', async () => {
  const { server } = await installRuntimes();
  execFileSync(server, ['-m', 'unittest', 'discover', '--start-directory', 'launcher/tests', '--top-level-directory', '.'], {
    cwd: join(__dirname, '../../local-stack/aws'),
    env: { PATH: process.env.PATH, PYTHONDONTWRITEBYTECODE: '1' },
    stdio: 'pipe',
  });
});

test('a registered cluster is described as it was registered, and as it was last updated', async () => {
  const described = async () => (await eks.send(new DescribeClusterCommand({ name: CLUSTER }))).cluster!;
  expect(await described()).toMatchObject({
    status: 'ACTIVE',
    endpoint: 'https://127.0.0.1:6443',
    identity: { oidc: { issuer: ISSUER } },
    kubernetesNetworkConfig: { ipFamily: 'ipv6' },
    accessConfig: { authenticationMode: 'API' },
    computeConfig: { enabled: false },
  });
  await aws.updateCluster(CLUSTER, { autoMode: true });
  expect(await described()).toMatchObject({ computeConfig: { enabled: true } });
});

test('a registered cluster has a managed node group, whose role may do what the VPC CNI plugin needs', async () => {
  const { nodegroup } = await eks.send(new DescribeNodegroupCommand({ clusterName: CLUSTER, nodegroupName: 'workers' }));
  const { accessEntry } = await eks.send(new DescribeAccessEntryCommand({ clusterName: CLUSTER, principalArn: nodegroup!.nodeRole }));
  expect(accessEntry).toMatchObject({ type: 'EC2_LINUX' });
  const ActionNames = ['ec2:AssignIpv6Addresses', 'ec2:AssignPrivateIpAddresses'];
  const { EvaluationResults } = await iam.send(new SimulatePrincipalPolicyCommand({ PolicySourceArn: nodegroup!.nodeRole, ActionNames }));
  expect(EvaluationResults!.map(({ EvalDecision }) => EvalDecision)).toEqual(['allowed', 'implicitDeny']);
});

describe('a stack', () => {
  test('is created: attributes that are objects end up in the trust policy, and the access entry has its policy', async () => {
    const { outputs } = await deployed();
    ({ ProviderArn: providerArn, RoleArn: roleArn } = outputs);
    expect(await trustConditions(roleArn)).toEqual({ StringEquals: { [`${HOST}:aud`]: 'sts.amazonaws.com', [`${HOST}:sub`]: SUBJECT } });
    const { accessEntry } = await eks.send(new DescribeAccessEntryCommand({ clusterName: CLUSTER, principalArn: roleArn }));
    expect(accessEntry).toMatchObject({ kubernetesGroups: ['smokers'], type: 'STANDARD' });
    expect(eventsSeen()).toEqual(['Create']);
  });

  test('is left alone when nothing has changed', async () => {
    const { newEvents } = await deployed();
    expect(newEvents).toEqual([]);
  });

  test('replaces a role: new one first, old one in the cleanup, and so a custom resource with a new physical id', async () => {
    const { newEvents, outputs } = await deployed({ id: 'second', roleName: 'smoke' });
    expect(newEvents).toEqual(['Update first', 'Delete first']);
    await expect(iam.send(new GetRoleCommand({ RoleName: nameOf(roleArn) }))).rejects.toThrow(expect.objectContaining({ name: 'NoSuchEntityException' }));
    roleArn = outputs.RoleArn;
    expect(nameOf(roleArn)).toBe('smoke');
  });

  test('is rolled back, the resource that failed included', async () => {
    const { exitCode, output, newEvents } = await deploy({ id: 'second', roleName: 'smoke', failAfter: 'yes' });
    expect(exitCode).toBe(1);
    expect(output).toContain('asked to fail late');
    expect(newEvents).toEqual(['Create', 'Delete failing']);
  });

  test('fails on a response of more than 4096 bytes', async () => {
    const { exitCode, output } = await deploy({ id: 'second', roleName: 'smoke', size: '4096' });
    expect(exitCode).toBe(1);
    expect(output).toContain('Response object is too long');
  });

  test('fails for a cluster that does not exist', async () => {
    const { exitCode, output } = await deploy({ id: 'second', roleName: 'smoke', cluster: 'no-such-cluster' });
    expect(exitCode).toBe(1);
    expect(output).toContain('ResourceNotFoundException');
  });
});

describe('AssumeRoleWithWebIdentity', () => {
  const now = Math.floor(Date.now() / 1000);
  const claims = { iss: ISSUER, sub: SUBJECT, aud: ['sts.amazonaws.com'], iat: now, exp: now + 3600 };

  test('accepts the token of the service account', async () => {
    expect((await assumed(jwt(claims))).AccessKeyId).toMatch(/^ASIA/);
  });

  test.each([
    ['another service account', () => jwt({ ...claims, sub: 'system:serviceaccount:kube-system:default' }), 'AccessDenied'],
    ['another audience', () => jwt({ ...claims, aud: ['kubernetes.default.svc'] }), 'InvalidIdentityToken'],
    ['an issuer without provider', () => jwt({ ...claims, iss: `${ISSUER}0` }), 'InvalidIdentityToken'],
    ['the signature of another key', () => jwt(claims, keyPair().privateKey), 'InvalidIdentityToken'],
    ['a key that the issuer does not have', () => jwt(claims, issuerKey.privateKey, 'other'), 'InvalidIdentityToken'],
    ['an expired token', () => jwt({ ...claims, exp: now - 1 }), 'ExpiredTokenException'],
    ['what is not a token', () => 'token', 'InvalidIdentityToken'],
  ])('refuses %s', async (_, token, error) => {
    await expect(assumed(token())).rejects.toThrow(expect.objectContaining({ name: expect.stringContaining(error) }));
  });

  test('refuses when the provider lacks the client id, until it is added', async () => {
    const clientId = { OpenIDConnectProviderArn: providerArn, ClientID: 'sts.amazonaws.com' };
    await iam.send(new RemoveClientIDFromOpenIDConnectProviderCommand(clientId));
    await expect(assumed(jwt(claims))).rejects.toThrow('Incorrect token audience');
    await iam.send(new AddClientIDToOpenIDConnectProviderCommand(clientId));
    await assumed(jwt(claims));
  });

  test('gives credentials that may do what the role may, and no more', async () => {
    const client = new EKSClient({ ...aws.clientConfig, credentials: toCredentials(await assumed(jwt(claims))) });
    await expect(client.send(new ListClustersCommand({}))).rejects.toThrow(expect.objectContaining({ name: expect.stringContaining('AccessDenied') }));
  });

  async function assumed(token: string): Promise<Credentials> {
    const answer = await new STSClient(aws.clientConfig).send(new AssumeRoleWithWebIdentityCommand({ RoleArn: roleArn, RoleSessionName: 'aws-node', WebIdentityToken: token }));
    return answer.Credentials!;
  }

  describe('and a token review', () => {
    test('gives the user and groups of the access entry', async () => {
      const { status } = await review(await eksToken(await assumed(jwt(claims)), CLUSTER));
      expect(status).toMatchObject({ authenticated: true, user: { groups: expect.arrayContaining(['system:masters', 'smokers']) } });
    });

    test.each([
      ['another cluster', async () => eksToken(await assumed(jwt(claims)), 'other')],
      ['another secret key', async () => eksToken({ ...await assumed(jwt(claims)), SecretAccessKey: 'other' }, CLUSTER)],
      ['a principal without access entry', async () => eksToken({ AccessKeyId: 'test', SecretAccessKey: 'test' }, CLUSTER)],
      ['what is not a token', async () => 'token'],
    ])('refuses a token for %s', async (_, token) => {
      expect((await review(await token())).status).toEqual({ authenticated: false });
    });

    async function review(token: string): Promise<{ status: object }> {
      const body = JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: { token } });
      return (await fetch(aws.tokenReviewUrl(CLUSTER), { method: 'POST', body })).json() as Promise<{ status: object }>;
    }
  });
});

test('an OpenID Connect provider keeps tags', async () => {
  await iam.send(new TagOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn, Tags: [{ Key: 'owner', Value: 'smoke' }] }));
  expect((await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }))).Tags).toContainEqual({ Key: 'owner', Value: 'smoke' });
});

describe('deleting the stack', () => {
  test('leaves nothing', async () => {
    const { exitCode, newEvents } = await destroy();
    expect({ exitCode, newEvents }).toEqual({ exitCode: 0, newEvents: ['Delete second'] });
    expect(await rolesOf('Smoke')).toEqual([]);
    await expect(iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }))).rejects.toThrow(expect.objectContaining({ name: 'NoSuchEntityException' }));
  });

  test('stops at what a resource needs that fails to delete', async () => {
    await deployed({ roleName: 'smoke', fail: 'Delete' });
    const { exitCode, output } = await destroy();
    expect(exitCode).toBe(1);
    expect(output).toContain('asked to fail on Delete');
    expect(await rolesOf('smoke')).toEqual([]);
    expect(await rolesOf('Smoke-OnEvent')).toHaveLength(1);
    await iam.send(new GetOpenIDConnectProviderCommand({ OpenIDConnectProviderArn: providerArn }));
  });
});

async function deployed(context: Record<string, string> = {}) {
  const result = await deploy(context);
  if (result.exitCode !== 0) {
    throw new Error(result.output);
  }
  return result;
}

async function deploy(context: Record<string, string> = {}) {
  return cdk(['deploy', '--require-approval', 'never'], context);
}

async function destroy() {
  return cdk(['destroy', '--force'], {});
}

async function cdk(args: string[], context: Record<string, string>) {
  const before = eventsSeen().length;
  const values = Object.entries({ cluster: CLUSTER, issuer: HOST, ...context }).flatMap(([key, value]) => ['--context', `${key}=${value}`]);
  const { exitCode, stdout, stderr } = await aws.cdk([...args, '--output', join(directory, 'cdk.out'), ...values], { app: `tsx ${join(__dirname, 'local-aws.app.ts')}` });
  const outputs = Object.fromEntries([...(stdout + stderr).matchAll(/^Smoke\.(\w+) = (.*)$/gm)].map(([, key, value]) => [key, value]));
  return { exitCode, output: stdout + stderr, outputs, newEvents: eventsSeen().slice(before) };
}

/** What the custom resource's function has been called with, from the first on. */
function eventsSeen(): string[] {
  const log = readFileSync(join(processes.logDirectory, 'aws.log'), 'utf8');
  return [...log.matchAll(/^\{"seen":.*$/gm)].map(([line]) => JSON.parse(line)).map(({ seen, id }) => id ? `${seen} ${id}` : seen);
}

async function trustConditions(arn: string): Promise<object> {
  const { Roles } = await iam.send(new ListRolesCommand({}));
  const document = Roles!.find(role => role.Arn === arn)!.AssumeRolePolicyDocument!;
  return JSON.parse(decodeURIComponent(document)).Statement[0].Condition;
}

async function rolesOf(prefix: string): Promise<string[]> {
  const { Roles } = await iam.send(new ListRolesCommand({}));
  return Roles!.map(role => role.RoleName!).filter(name => name.startsWith(prefix));
}

async function eksToken(credentials: Partial<Credentials>, clusterName: string): Promise<string> {
  const host = 'sts.us-east-1.amazonaws.com';
  const signer = new SignatureV4({ service: 'sts', region: 'us-east-1', sha256: Sha256, credentials: toCredentials(credentials) });
  const { protocol, hostname, path, query } = await signer.presign(
    new HttpRequest({ protocol: 'https:', method: 'GET', hostname: host, path: '/', query: { Action: 'GetCallerIdentity', Version: '2011-06-15' }, headers: { host, 'x-k8s-aws-id': clusterName } }),
    { expiresIn: 60, unhoistableHeaders: new Set(['x-k8s-aws-id']) },
  );
  const url = `${protocol}//${hostname}${path}?${new URLSearchParams(query as Record<string, string>)}`;
  return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
}

function toCredentials({ AccessKeyId, SecretAccessKey, SessionToken }: Partial<Credentials>) {
  return { accessKeyId: AccessKeyId!, secretAccessKey: SecretAccessKey!, sessionToken: SessionToken };
}

function jwt(claims: object, key: KeyObject = issuerKey.privateKey, kid = 'issuer'): string {
  const signed = [{ alg: 'RS256', kid }, claims].map(part => Buffer.from(JSON.stringify(part)).toString('base64url')).join('.');
  return `${signed}.${createSign('RSA-SHA256').update(signed).sign(key).toString('base64url')}`;
}

function keyPair() {
  return generateKeyPairSync('rsa', { modulusLength: 2048 });
}

function nameOf(arn: string): string {
  return arn.slice(arn.lastIndexOf('/') + 1);
}
