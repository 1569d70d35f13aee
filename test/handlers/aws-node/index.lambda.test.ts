import { properties, silenceLog } from './world';
import { isComplete, onEvent } from '../../../lib/handlers/aws-node/index.lambda';
import { createEvent, deleteEvent } from '../shared/events';

const ROLLOUT = { ResourceType: 'Custom::AwsNodeRollout' };
const GUARD = { ResourceType: 'Custom::AwsNodeGuard' };
const ID = 'blue/kube-system/aws-node';

test('starts a rollout', async () => {
  expect(await onEvent(createEvent(properties, ROLLOUT))).toEqual({ PhysicalResourceId: ID, Data: { StartedAt: expect.any(String) } });
});

test('has nothing to do when a rollout is deleted', async () => {
  expect(await isComplete(deleteEvent(ID, properties, ROLLOUT))).toEqual({ IsComplete: true });
});

test('undoes nothing of a guard that was never created', async () => {
  const logged = silenceLog();
  expect(await isComplete(deleteEvent('none', properties, GUARD))).toEqual({ IsComplete: true });
  expect(logged).toEqual([{ message: 'nothing to undo: this resource was never created', physicalId: 'none' }]);
});
