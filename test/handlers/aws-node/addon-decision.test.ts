import { OTHER_ROLE, ROLE } from './builders';
import type { AddonState, AddonUpdate } from '../../../lib/handlers/aws-node/addon';
import { type AddonGoal, type AddonInput, decideAddon } from '../../../lib/handlers/aws-node/addon-decision';

const THIRD_ROLE = 'arn:aws:iam::111122223333:role/third';
const ours: AddonGoal = { kind: 'ours', roleArn: ROLE };
const earlier: AddonGoal = { kind: 'earlier', roleArn: ROLE };

const anAddon = (differences: Partial<AddonState>): AddonState => ({ arn: 'arn:addon', status: 'ACTIVE', version: 'v1', ...differences });
const anUpdate = (differences: Partial<AddonUpdate>): AddonUpdate => ({ id: 'u-1', status: 'InProgress', errors: [], ...differences });

function decide(goal: AddonGoal, addon: Partial<AddonState> | undefined, differences: Partial<AddonInput> = {}) {
  return decideAddon({
    clusterName: 'blue', addon: addon && anAddon(addon), update: undefined, goal, startedAt: 0, deadline: 1_710_000, now: 5_000, ...differences,
  });
}

const REPAIR = 'find out why (aws eks describe-addon --cluster-name blue --addon-name vpc-cni --query addon.health), '
  + 'delete it and keep the plugin (aws eks delete-addon --cluster-name blue --addon-name vpc-cni --preserve), '
  + 'install it again (aws eks create-addon --cluster-name blue --addon-name vpc-cni --resolve-conflicts OVERWRITE)';

describe('towards our role', () => {
  test.each<[string, Partial<AddonState> | undefined]>([
    ['no add-on', undefined],
    ['one without a role', {}],
    ['one without a role, in whatever state', { status: 'CREATE_FAILED' }],
    ['one without a role that is being updated', { status: 'UPDATING' }],
    ['one without a role that remembers one', { earlierRoleArn: OTHER_ROLE }],
    ['one that has our role', { roleArn: ROLE }],
    ['one that has our role, in whatever state', { roleArn: ROLE, status: 'CREATE_FAILED' }],
  ])('is done with %s', (_, addon) => {
    expect(decide(ours, addon)).toEqual({ action: 'done' });
  });

  test('remembers a role of somebody else before it replaces it', () => {
    expect(decide(ours, { roleArn: OTHER_ROLE })).toEqual({ action: 'remember', roleArn: OTHER_ROLE });
    expect(decide(ours, { roleArn: OTHER_ROLE, earlierRoleArn: OTHER_ROLE })).toEqual({ action: 'update', roleArn: ROLE });
  });

  test('remembers the first one', () => {
    expect(decide(ours, { roleArn: THIRD_ROLE, earlierRoleArn: OTHER_ROLE })).toEqual({ action: 'update', roleArn: ROLE });
  });

  test('does not remember a former role of ours', () => {
    expect(decide({ ...ours, formerRoleArn: OTHER_ROLE }, { roleArn: OTHER_ROLE })).toEqual({ action: 'update', roleArn: ROLE });
    expect(decide({ ...ours, formerRoleArn: THIRD_ROLE }, { roleArn: OTHER_ROLE })).toEqual({ action: 'remember', roleArn: OTHER_ROLE });
  });

  test.each(['DEGRADED', 'UPDATE_FAILED'])('updates one that is %s', status => {
    expect(decide(ours, { roleArn: OTHER_ROLE, earlierRoleArn: OTHER_ROLE, status })).toEqual({ action: 'update', roleArn: ROLE });
  });

  test.each(['CREATING', 'UPDATING', 'DELETING'])('waits for one that is %s, whoever does it', status => {
    expect(decide(ours, { roleArn: OTHER_ROLE, status })).toEqual({ action: 'wait' });
    expect(decide(ours, { roleArn: ROLE, status })).toEqual({ action: 'wait' });
  });

  test('waits for an update that is under way although the add-on does not say so', () => {
    expect(decide(ours, { roleArn: OTHER_ROLE }, { update: anUpdate({}) })).toEqual({ action: 'wait' });
  });

  test.each<[string, Partial<AddonUpdate>]>([
    ['succeeded', { status: 'Successful', roleArn: ROLE }],
    ['was of somebody else and failed', { status: 'Failed', roleArn: THIRD_ROLE }],
    ['was of somebody else, for no role, and failed', { status: 'Failed' }],
  ])('goes on after an update that %s', (_, update) => {
    expect(decide(ours, { roleArn: OTHER_ROLE }, { update: anUpdate(update) })).toEqual({ action: 'remember', roleArn: OTHER_ROLE });
  });

  test('fails with the update that failed', () => {
    const errors = [
      { code: 'ConfigurationConflict', message: 'Conflicts\n  found', resourceIds: ['ServiceAccount aws-node', 'DaemonSet.apps aws-node'] },
      { code: 'AdmissionRequestDenied', message: 'denied', resourceIds: [] },
    ];
    expect(decide(ours, { roleArn: OTHER_ROLE, status: 'UPDATING' }, { update: anUpdate({ status: 'Failed', roleArn: ROLE, errors }) })).toEqual({
      action: 'fail',
      message: `update u-1 of add-on vpc-cni of cluster blue to ${ROLE} ended Failed: ConfigurationConflict: Conflicts found (ServiceAccount aws-node, DaemonSet.apps aws-node); `
        + 'AdmissionRequestDenied: denied. Remove the cause (for a ConfigurationConflict: set the fields that it names back, or put them into the configuration values '
        + 'of the add-on), then deploy again; to see it once more, run: aws eks describe-update --name blue --addon-name vpc-cni --update-id u-1',
    });
  });

  test('fails with the update that was cancelled, for whatever reason', () => {
    expect(decide(ours, { roleArn: OTHER_ROLE }, { update: anUpdate({ status: 'Cancelled', roleArn: ROLE }) })).toEqual({
      action: 'fail', message: expect.stringMatching(/ ended Cancelled: EKS gives no reason\. Remove the cause/),
    });
  });

  test.each(['CREATE_FAILED', 'DELETE_FAILED'])('fails for one that is %s', status => {
    expect(decide(ours, { roleArn: OTHER_ROLE, status })).toEqual({
      action: 'fail',
      message: `add-on vpc-cni of cluster blue has become ${status}, in which EKS does not change its role ${OTHER_ROLE}: ${REPAIR}, then deploy again`,
    });
  });

  test('waits until the deadline, and fails from then on', () => {
    const updating: Partial<AddonState> = { roleArn: OTHER_ROLE, status: 'UPDATING' };
    expect(decide(ours, updating, { now: 1_709_999 })).toEqual({ action: 'wait' });
    expect(decide(ours, updating, { now: 1_710_400 })).toEqual({
      action: 'fail',
      message: 'add-on vpc-cni of cluster blue is still UPDATING after 1710 s, and EKS does one update at a time: '
        + 'wait until it is ACTIVE, or raise `rolloutTimeout`, then deploy again',
    });
    expect(decide(ours, updating, { now: 1_710_000 })).toMatchObject({ action: 'fail' });
  });
});

describe('towards the earlier role', () => {
  test.each<[string, Partial<AddonState> | undefined]>([
    ['no add-on', undefined],
    ['one without a role', {}],
    ['one with the role of somebody else', { roleArn: THIRD_ROLE }],
    ['one with the role of somebody else, in whatever state', { roleArn: THIRD_ROLE, status: 'DELETING' }],
  ])('is done with %s', (_, addon) => {
    expect(decide(earlier, addon)).toEqual({ action: 'done' });
  });

  test('gives back the role that is remembered', () => {
    expect(decide(earlier, { roleArn: ROLE, earlierRoleArn: OTHER_ROLE })).toEqual({ action: 'update', roleArn: OTHER_ROLE });
  });

  test('takes ours away where none is', () => {
    expect(decide(earlier, { roleArn: ROLE })).toEqual({ action: 'update', roleArn: undefined });
  });

  test.each([OTHER_ROLE, THIRD_ROLE, undefined])('forgets it once the role is not ours any more, but %s', roleArn => {
    expect(decide(earlier, { roleArn, earlierRoleArn: OTHER_ROLE })).toEqual({ action: 'forget' });
  });

  test.each(['CREATING', 'UPDATING', 'DELETING'])('waits for one that is %s', status => {
    expect(decide(earlier, { roleArn: ROLE, status })).toEqual({ action: 'wait' });
    expect(decide(earlier, { roleArn: OTHER_ROLE, earlierRoleArn: OTHER_ROLE, status })).toEqual({ action: 'wait' });
  });

  test.each<[string, Partial<AddonState>, string, string | undefined]>([
    ['the one that is remembered', { earlierRoleArn: OTHER_ROLE }, OTHER_ROLE, OTHER_ROLE],
    ['none', {}, 'no role', undefined],
  ])('fails when the update to %s does', (_, addon, named, roleArn) => {
    expect(decide(earlier, { roleArn: ROLE, ...addon }, { update: anUpdate({ status: 'Failed', roleArn }) })).toEqual({
      action: 'fail', message: expect.stringMatching(new RegExp(`^update u-1 of add-on vpc-cni of cluster blue to ${named} ended Failed: .*, then delete again; `)),
    });
  });

  test('does not mind an update of somebody else that failed', () => {
    expect(decide(earlier, { roleArn: ROLE, earlierRoleArn: OTHER_ROLE }, { update: anUpdate({ status: 'Failed', roleArn: THIRD_ROLE }) }))
      .toEqual({ action: 'update', roleArn: OTHER_ROLE });
  });

  test.each(['CREATE_FAILED', 'DELETE_FAILED'])('fails for one that is %s and has ours', status => {
    expect(decide(earlier, { roleArn: ROLE, status })).toEqual({
      action: 'fail',
      message: `add-on vpc-cni of cluster blue has become ${status}, in which EKS does not change its role ${ROLE}: ${REPAIR}, then delete again`,
    });
  });

  test('fails after the deadline', () => {
    expect(decide(earlier, { roleArn: ROLE, status: 'DELETING' }, { now: 1_710_000 })).toEqual({
      action: 'fail', message: expect.stringMatching(/ is still DELETING after 1710 s, .*then delete again$/),
    });
  });
});
