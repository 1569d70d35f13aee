import { EKSClient, ResourceInUseException, ResourceNotFoundException } from '@aws-sdk/client-eks';
import { OTHER_ROLE, ROLE } from './builders';
import type { AddonState } from '../../../lib/handlers/aws-node/addon';
import { EksAddon } from '../../../lib/handlers/aws-node/eks-addon';
import { answering, network } from '../shared/aws-client';

const TAG = 'cdk-vpc-cni-service-account-role:earlier-role';
const $metadata = {};
const state: AddonState = { arn: 'arn:addon', status: 'ACTIVE', version: 'v1' };
const described = { addonArn: 'arn:addon', addonName: 'vpc-cni', status: 'ACTIVE', addonVersion: 'v1' };

interface Input { readonly nextToken?: string; readonly updateId?: string }
type Answers = Record<string, (input: Input) => unknown>;

let calls: unknown[];

function addonOf(answers: Answers): EksAddon {
  calls = [];
  return new EksAddon(answering(new EKSClient(network(500, {}, '')), (call, input) => {
    calls.push([call, input]);
    return answers[call](input as Input);
  }));
}

const installed = (addon: object): Answers => ({ ListAddons: () => ({ addons: ['coredns', 'vpc-cni'] }), DescribeAddon: () => ({ addon: { ...described, ...addon } }) });
const fails = (error: Error) => () => {
  throw error;
};
const gone = fails(new ResourceNotFoundException({ $metadata, message: 'gone' }));

describe('describes', () => {
  test('the add-on of the cluster', async () => {
    expect(await addonOf(installed({})).describe('blue')).toEqual({
      arn: 'arn:addon', status: 'ACTIVE', version: 'v1', configurationValues: undefined, roleArn: undefined, earlierRoleArn: undefined,
    });
    expect(calls).toEqual([['ListAddons', { clusterName: 'blue' }], ['DescribeAddon', { clusterName: 'blue', addonName: 'vpc-cni' }]]);
  });

  test.each<[object, Partial<AddonState>]>([
    [{ serviceAccountRoleArn: ROLE }, { roleArn: ROLE }],
    [{ serviceAccountRoleArn: '', configurationValues: '' }, { roleArn: undefined, configurationValues: undefined }],
    [{ configurationValues: '{"env":{}}' }, { configurationValues: '{"env":{}}' }],
    [{ tags: { [TAG]: OTHER_ROLE, other: 'x' } }, { earlierRoleArn: OTHER_ROLE }],
    [{ tags: { other: 'x' } }, { earlierRoleArn: undefined }],
  ])('%j', async (answer, difference) => {
    expect(await addonOf(installed(answer)).describe('blue')).toMatchObject(difference);
  });

  test('one that is listed on a later page', async () => {
    const pages = ({ nextToken }: Input) => nextToken ? { addons: ['vpc-cni'] } : { addons: ['coredns'], nextToken: 'more' };
    expect(await addonOf({ ...installed({}), ListAddons: pages }).describe('blue')).toMatchObject({ version: 'v1' });
  });

  test.each<[string, Answers]>([
    ['there are others only', { ListAddons: () => ({ addons: ['coredns'] }) }],
    ['there are none', { ListAddons: () => ({}) }],
    ['there is no cluster', { ListAddons: gone }],
  ])('none, and asks for none, where %s', async (_, answers) => {
    expect(await addonOf(answers).describe('blue')).toBeUndefined();
    expect(calls).toHaveLength(1);
  });

  test('none that goes meanwhile', async () => {
    expect(await addonOf({ ...installed({}), DescribeAddon: gone }).describe('blue')).toBeUndefined();
  });
});

describe('updates', () => {
  test('the role, and sends again what is to stay', async () => {
    const addon = addonOf({ UpdateAddon: () => ({ update: { id: 'u-1' } }) });
    expect(await addon.update('blue', { ...state, configurationValues: '{}' }, ROLE)).toBe('u-1');
    expect(calls).toEqual([['UpdateAddon', {
      clusterName: 'blue', addonName: 'vpc-cni', addonVersion: 'v1', configurationValues: '{}', serviceAccountRoleArn: ROLE, resolveConflicts: 'PRESERVE',
    }]]);
  });

  test('to no role by leaving it out', async () => {
    await addonOf({ UpdateAddon: () => ({ update: { id: 'u-1' } }) }).update('blue', state, undefined);
    expect(JSON.parse(JSON.stringify(calls))).toEqual([['UpdateAddon', {
      clusterName: 'blue', addonName: 'vpc-cni', addonVersion: 'v1', resolveConflicts: 'PRESERVE',
    }]]);
  });

  test.each([
    ['is being updated', fails(new ResourceInUseException({ $metadata, message: 'in use' }))],
    ['is gone', gone],
  ])('nothing that %s', async (_, answer) => {
    expect(await addonOf({ UpdateAddon: answer }).update('blue', state, ROLE)).toBeUndefined();
  });
});

describe('an update', () => {
  test('is told with the role that it sets, and with its errors', async () => {
    const update = {
      id: 'u-1',
      status: 'Failed',
      params: [{ type: 'AddonVersion', value: 'v1' }, { type: 'ServiceAccountRoleArn', value: ROLE }],
      errors: [{ errorCode: 'ConfigurationConflict', errorMessage: 'Conflicts found', resourceIds: ['ServiceAccount aws-node'] }, { errorCode: 'Unknown', errorMessage: 'no' }],
    };
    expect(await addonOf({ DescribeUpdate: () => ({ update }) }).describeUpdate('blue', 'u-1')).toEqual({
      id: 'u-1',
      status: 'Failed',
      roleArn: ROLE,
      errors: [{ code: 'ConfigurationConflict', message: 'Conflicts found', resourceIds: ['ServiceAccount aws-node'] }, { code: 'Unknown', message: 'no', resourceIds: [] }],
    });
    expect(calls).toEqual([['DescribeUpdate', { name: 'blue', addonName: 'vpc-cni', updateId: 'u-1' }]]);
  });

  test('may set no role and have no errors', async () => {
    const bare = { DescribeUpdate: () => ({ update: { id: 'u-1', status: 'InProgress' } }) };
    expect(await addonOf(bare).describeUpdate('blue', 'u-1')).toEqual({ id: 'u-1', status: 'InProgress', roleArn: undefined, errors: [] });
  });

  test('may be gone with its add-on', async () => {
    expect(await addonOf({ DescribeUpdate: gone }).describeUpdate('blue', 'u-1')).toBeUndefined();
  });

  const pages = ({ nextToken }: Input) => nextToken ? { updateIds: ['u-3', 'u-4'] } : { updateIds: ['u-1', 'u-2'], nextToken: 'more' };

  test('is found where it is under way', async () => {
    const status = ({ updateId }: Input) => updateId === 'u-3' ? 'InProgress' : 'Successful';
    const answers = { ListUpdates: pages, DescribeUpdate: (input: Input) => ({ update: { id: input.updateId, status: status(input) } }) };
    expect(await addonOf(answers).findUpdate('blue')).toBe('u-3');
    expect(calls[0]).toEqual(['ListUpdates', { name: 'blue', addonName: 'vpc-cni' }]);
    expect(calls).toHaveLength(5);
  });

  test.each<[string, Answers]>([
    ['all are over', { ListUpdates: pages, DescribeUpdate: () => ({ update: { status: 'Successful' } }) }],
    ['all are gone', { ListUpdates: pages, DescribeUpdate: gone }],
    ['there are none', { ListUpdates: () => ({}) }],
    ['there is no add-on', { ListUpdates: gone }],
  ])('is not found where %s', async (_, answers) => {
    expect(await addonOf(answers).findUpdate('blue')).toBeUndefined();
  });
});

describe('remembers a role', () => {
  test('as a tag', async () => {
    await addonOf({ TagResource: () => ({}) }).rememberRole('blue', state, OTHER_ROLE);
    expect(calls).toEqual([['TagResource', { resourceArn: 'arn:addon', tags: { [TAG]: OTHER_ROLE } }]]);
  });

  test('until it is to forget it, which an add-on that is gone has', async () => {
    await addonOf({ UntagResource: () => ({}) }).forgetRole('blue', state);
    expect(calls).toEqual([['UntagResource', { resourceArn: 'arn:addon', tagKeys: [TAG] }]]);
    await expect(addonOf({ UntagResource: gone }).forgetRole('blue', state)).resolves.toBeUndefined();
  });
});

test.each<[string, Answers, (addon: EksAddon) => Promise<unknown>]>([
  ['ListAddons', {}, addon => addon.describe('blue')],
  ['DescribeAddon', installed({}), addon => addon.describe('blue')],
  ['UpdateAddon', {}, addon => addon.update('blue', state, ROLE)],
  ['DescribeUpdate', {}, addon => addon.describeUpdate('blue', 'u-1')],
  ['ListUpdates', {}, addon => addon.findUpdate('blue')],
  ['TagResource', {}, addon => addon.rememberRole('blue', state, ROLE)],
  ['UntagResource', {}, addon => addon.forgetRole('blue', state)],
])('names the call that failed: %s', async (call, answers, ask) => {
  const cause = new Error('denied');
  await expect(ask(addonOf({ ...answers, [call]: fails(cause) }))).rejects.toThrow(expect.objectContaining({
    message: `eks:${call} failed on add-on vpc-cni of cluster blue: Error: denied`, cause,
  }));
});

test('to be remembered on an add-on that is gone fails', async () => {
  await expect(addonOf({ TagResource: gone }).rememberRole('blue', state, ROLE)).rejects.toThrow('eks:TagResource failed on add-on vpc-cni of cluster blue: ');
});
