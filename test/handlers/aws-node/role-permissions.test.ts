import { IAMClient, NoSuchEntityException } from '@aws-sdk/client-iam';
import { silenceLog } from './world';
import { IamRolePermissions } from '../../../lib/handlers/aws-node/role-permissions';
import { answering, network } from '../shared/aws-client';

const ROLE = 'arn:aws:iam::111122223333:role/node';
const ACTION = 'ec2:AssignPrivateIpAddresses';
const INTERFACE = 'arn:aws:ec2:eu-west-1:111122223333:network-interface/eni-00000000000000000';

let logged: ReturnType<typeof silenceLog>;
beforeEach(() => { logged = silenceLog(); });

const permissions = (answer: (call: string, input: unknown) => unknown) => new IamRolePermissions(answering(new IAMClient(network(500, {}, '')), answer));
const lacks = (answer: (call: string, input: unknown) => unknown) =>
  permissions(answer).lacks(ROLE, ACTION, INTERFACE);
const noSuchEntity = () => { throw new NoSuchEntityException({ $metadata: {}, message: 'gone' }); };
const decided = (EvalDecision: string, more: object = {}) => () => ({ EvaluationResults: [{ EvalActionName: ACTION, EvalDecision, ...more }] });

test('asks the simulator about one action on one resource, in the region of that', async () => {
  const calls: unknown[] = [];
  await lacks((...call) => {
    calls.push(call);
    return decided('allowed')();
  });
  expect(calls).toEqual([['SimulatePrincipalPolicy', {
    PolicySourceArn: ROLE,
    ActionNames: [ACTION],
    ResourceArns: [INTERFACE],
    ContextEntries: [{ ContextKeyName: 'aws:RequestedRegion', ContextKeyType: 'string', ContextKeyValues: ['eu-west-1'] }],
  }]]);
});

test.each([
  ['allowed', false],
  ['implicitDeny', true],
  ['explicitDeny', true],
])('takes %s for lacking: %s', async (decision, expected) => {
  expect(await lacks(decided(decision))).toBe(expected);
  expect(await lacks(decided(decision, { OrganizationsDecisionDetail: { AllowedByOrganizations: true } }))).toBe(expected);
  expect(logged).toEqual([]);
});

const LEFT_OUT = [{
  message: 'left out a node role: it is gone, or a service control policy hides what its own policies allow', roleArn: ROLE, action: ACTION,
}];

test('leaves out what a service control policy decides', async () => {
  expect(await lacks(decided('explicitDeny', { OrganizationsDecisionDetail: { AllowedByOrganizations: false } }))).toBe(false);
  expect(logged).toEqual(LEFT_OUT);
});

test('leaves out a role that is gone', async () => {
  expect(await lacks(noSuchEntity)).toBe(false);
  expect(logged).toEqual(LEFT_OUT);
});

test('names the call that failed', async () => {
  const cause = new Error('denied');
  await expect(lacks(() => { throw cause; })).rejects.toThrow(expect.objectContaining({
    message: `iam:SimulatePrincipalPolicy failed on ${ROLE}: Error: denied`, cause,
  }));
});

test('sees by the simulator whether a role is gone', async () => {
  const calls: unknown[] = [];
  expect(await permissions((...call) => {
    calls.push(call);
    return decided('implicitDeny')();
  }).isGone(ROLE)).toBe(false);
  expect(calls).toEqual([['SimulatePrincipalPolicy', { PolicySourceArn: ROLE, ActionNames: ['sts:GetCallerIdentity'] }]]);
  expect(await permissions(noSuchEntity).isGone(ROLE)).toBe(true);
  expect(logged).toEqual([]);
});
