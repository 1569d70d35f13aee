import { properties, silenceLog } from './world';
import { AddonRole } from '../../../lib/handlers/aws-node/addon-role';
import { isComplete, onEvent } from '../../../lib/handlers/aws-node/index.lambda';
import { properties as nodeRoleProperties } from '../node-role-policies/node-role-world';
import { createEvent, deleteEvent } from '../shared/events';

const ROLLOUT = { ResourceType: 'Custom::AwsNodeRollout' };
const GUARD = { ResourceType: 'Custom::AwsNodeGuard' };
const NODE_ROLE_POLICIES = { ResourceType: 'Custom::NodeRolePolicies' };
const ID = 'blue/kube-system/aws-node';

test('starts a rollout', async () => {
  expect(await onEvent(createEvent(properties, ROLLOUT))).toEqual({ PhysicalResourceId: ID, Data: { StartedAt: expect.any(String) } });
});

test('asks after the add-on when a rollout is deleted', async () => {
  const reach = jest.spyOn(AddonRole.prototype, 'reach').mockResolvedValue(true);
  const event = { ...deleteEvent(ID, properties, ROLLOUT), Data: { StartedAt: '2026-11-24T10:00:00.123Z' } };
  expect(await isComplete(event)).toEqual({ IsComplete: true });
  expect(reach).toHaveBeenCalledTimes(1);
});

test('undoes nothing of a guard that was never created', async () => {
  const logged = silenceLog();
  expect(await isComplete(deleteEvent('none', properties, GUARD))).toEqual({ IsComplete: true });
  expect(logged).toEqual([{ message: 'nothing to undo: this resource was never created', physicalId: 'none' }]);
});

test('begins with the node roles', async () => {
  expect(await onEvent(createEvent(nodeRoleProperties('a'), NODE_ROLE_POLICIES))).toEqual({
    PhysicalResourceId: expect.stringMatching(/^cdk-vpc-cni-service-account-role:detached:[0-9a-f]{8}$/), Data: { StartedAt: expect.any(String) },
  });
});

test('has nothing to put back without a node role', async () => {
  const event = { ...deleteEvent('id', nodeRoleProperties(), NODE_ROLE_POLICIES), Data: { StartedAt: '2026-11-24T10:00:00.123Z' } };
  expect(await isComplete(event)).toEqual({ IsComplete: true });
});
