import { IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam';
import { IamRolePolicies } from '../../../lib/handlers/node-role-policies/iam-role-policies';
import { answering } from '../shared/aws-client';

const ROLE = 'arn:aws:iam::111122223333:role/eks/node';
const POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';
const OWN = 'arn:aws:iam::111122223333:policy/path/own';

type Answer = (input: Record<string, string>) => unknown;

let calls: unknown[];

function account(answers: Record<string, Answer> = {}): IamRolePolicies {
  calls = [];
  return new IamRolePolicies(answering(new IAMClient(), (call, input) => {
    calls.push([call, input]);
    return answers[call]?.(input as Record<string, string>) ?? {};
  }));
}

const gone = () => { throw new NoSuchEntityException({ $metadata: {}, message: 'gone' }); };
const document = (...Action: string[]) => encodeURIComponent(JSON.stringify({ Statement: { Effect: 'Allow', Action } }));
const trust = (Service: string | string[]) => encodeURIComponent(JSON.stringify({ Statement: [{ Effect: 'Allow', Principal: { Service } }] }));

describe('a role', () => {
  test('is found by its name', async () => {
    const iam = account({ GetRole: () => ({ Role: { Arn: ROLE, Tags: [{ Key: 'team', Value: 'net' }, { Key: 'a:b', Value: '' }] } }) });
    expect(await iam.find(ROLE)).toEqual({ arn: ROLE, tags: { 'team': 'net', 'a:b': '' } });
    expect(calls).toEqual([['GetRole', { RoleName: 'node' }]]);
  });

  test('may have no tags', async () => {
    expect(await account({ GetRole: () => ({ Role: { Arn: ROLE } }) }).find(ROLE)).toEqual({ arn: ROLE, tags: {} });
  });

  test('is not one of that name elsewhere', async () => {
    expect(await account({ GetRole: () => ({ Role: { Arn: 'arn:aws:iam::111122223333:role/node' } }) }).find(ROLE)).toBeUndefined();
  });

  test('may be gone', async () => {
    expect(await account({ GetRole: gone }).find(ROLE)).toBeUndefined();
  });
});

test('the roles of instances are those that EC2 may assume, page by page', async () => {
  const role = (Arn: string, AssumeRolePolicyDocument: string) => ({ Arn, AssumeRolePolicyDocument });
  const iam = account({
    ListRoles: ({ Marker }) => Marker
      ? { Roles: [role('china', trust('ec2.amazonaws.com.cn')), role('iso', trust('ec2.c2s.ic.gov'))] }
      : { Roles: [role('node', trust(['ssm.amazonaws.com', 'ec2.amazonaws.com'])), role('function', trust('lambda.amazonaws.com')), role('scheduler', trust('ec2scheduled.amazonaws.com'))], IsTruncated: true, Marker: 'more' },
  });
  expect(await iam.rolesOfInstances()).toEqual(['node', 'china', 'iso']);
  expect(calls).toEqual([['ListRoles', { MaxItems: 1000 }], ['ListRoles', { MaxItems: 1000, Marker: 'more' }]]);
});

describe('the policies of a role', () => {
  const answers: Record<string, Answer> = {
    ListAttachedRolePolicies: ({ Marker }) => Marker
      ? { AttachedPolicies: [{ PolicyArn: OWN }] }
      : { AttachedPolicies: [{ PolicyArn: POLICY }], IsTruncated: true, Marker: 'more' },
    GetPolicy: ({ PolicyArn }) => ({ Policy: { DefaultVersionId: PolicyArn === OWN ? 'v7' : 'v5' } }),
    GetPolicyVersion: ({ PolicyArn }) => ({ PolicyVersion: { Document: document(PolicyArn) } }),
    ListRolePolicies: ({ Marker }) => Marker ? { PolicyNames: ['second'] } : { PolicyNames: ['first'], IsTruncated: true, Marker: 'more' },
    GetRolePolicy: ({ PolicyName }) => ({ PolicyDocument: document(PolicyName) }),
  };

  test('are read page by page, with the documents that are in force', async () => {
    expect(await account(answers).policiesOf(ROLE)).toEqual([
      { name: 'AmazonEKS_CNI_Policy', arn: POLICY, statements: [{ Effect: 'Allow', Action: [POLICY] }] },
      { name: 'own', arn: OWN, statements: [{ Effect: 'Allow', Action: [OWN] }] },
      { name: 'first', statements: [{ Effect: 'Allow', Action: ['first'] }] },
      { name: 'second', statements: [{ Effect: 'Allow', Action: ['second'] }] },
    ]);
    expect(calls).toEqual([
      ['ListAttachedRolePolicies', { RoleName: 'node' }],
      ['ListAttachedRolePolicies', { RoleName: 'node', Marker: 'more' }],
      ['GetPolicy', { PolicyArn: POLICY }],
      ['GetPolicyVersion', { PolicyArn: POLICY, VersionId: 'v5' }],
      ['GetPolicy', { PolicyArn: OWN }],
      ['GetPolicyVersion', { PolicyArn: OWN, VersionId: 'v7' }],
      ['ListRolePolicies', { RoleName: 'node' }],
      ['ListRolePolicies', { RoleName: 'node', Marker: 'more' }],
      ['GetRolePolicy', { RoleName: 'node', PolicyName: 'first' }],
      ['GetRolePolicy', { RoleName: 'node', PolicyName: 'second' }],
    ]);
  });

  test.each(['GetPolicy', 'GetPolicyVersion'])('are without those that go meanwhile: %s', async call => {
    const policies = await account({ ...answers, [call]: gone, GetRolePolicy: gone }).policiesOf(ROLE);
    expect(policies).toEqual([]);
  });
});

describe('a change', () => {
  test('names role and policy', async () => {
    const iam = account();
    expect(await iam.attach(ROLE, POLICY)).toBe(true);
    await iam.detach(ROLE, POLICY);
    await iam.tag(ROLE, 'a:b', 'c');
    await iam.untag(ROLE, 'a:b');
    expect(calls).toEqual([
      ['AttachRolePolicy', { RoleName: 'node', PolicyArn: POLICY }],
      ['DetachRolePolicy', { RoleName: 'node', PolicyArn: POLICY }],
      ['TagRole', { RoleName: 'node', Tags: [{ Key: 'a:b', Value: 'c' }] }],
      ['UntagRole', { RoleName: 'node', TagKeys: ['a:b'] }],
    ]);
  });

  test('finds nothing to change', async () => {
    const iam = account({ AttachRolePolicy: gone, DetachRolePolicy: gone, UntagRole: gone });
    expect(await iam.attach(ROLE, POLICY)).toBe(false);
    await iam.detach(ROLE, POLICY);
    await iam.untag(ROLE, 'a:b');
  });
});

test.each<[call: string, work: (iam: IamRolePolicies) => Promise<unknown>, message: string]>([
  ['GetRole', iam => iam.find(ROLE), `iam:GetRole failed on node role ${ROLE}`],
  ['ListRoles', iam => iam.rolesOfInstances(), 'the roles of the account, of which some may be node roles with policies detached, cannot be listed'],
  ['ListAttachedRolePolicies', iam => iam.policiesOf(ROLE), `iam:ListAttachedRolePolicies failed on node role ${ROLE}`],
  ['GetPolicy', iam => iam.policiesOf(ROLE), `iam:GetPolicy failed on node role ${ROLE} and policy ${POLICY}`],
  ['GetPolicyVersion', iam => iam.policiesOf(ROLE), `iam:GetPolicyVersion failed on node role ${ROLE} and policy ${POLICY}`],
  ['ListRolePolicies', iam => iam.policiesOf(ROLE), `iam:ListRolePolicies failed on node role ${ROLE}`],
  ['GetRolePolicy', iam => iam.policiesOf(ROLE), `iam:GetRolePolicy failed on node role ${ROLE}`],
  ['AttachRolePolicy', iam => iam.attach(ROLE, POLICY), `iam:AttachRolePolicy failed on node role ${ROLE} and policy ${POLICY}`],
  ['DetachRolePolicy', iam => iam.detach(ROLE, POLICY), `iam:DetachRolePolicy failed on node role ${ROLE} and policy ${POLICY}`],
  ['TagRole', iam => iam.tag(ROLE, 'a', 'b'), `iam:TagRole failed on node role ${ROLE}`],
  ['UntagRole', iam => iam.untag(ROLE, 'a'), `iam:UntagRole failed on node role ${ROLE}`],
])('passes a refusal of %s on', async (call, work, message) => {
  const denied = new Error('AccessDenied: told by IAM');
  const iam = account({
    ListAttachedRolePolicies: () => ({ AttachedPolicies: [{ PolicyArn: POLICY }] }),
    GetPolicy: () => ({ Policy: { DefaultVersionId: 'v1' } }),
    GetPolicyVersion: () => ({ PolicyVersion: { Document: document('a:b') } }),
    ListRolePolicies: () => ({ PolicyNames: ['own'] }),
    [call]: () => { throw denied; },
  });
  await expect(work(iam)).rejects.toThrow(expect.objectContaining({ message: `${message}: ${denied}`, cause: denied }));
});
