import { properties } from './node-role-world';
import { isComplete, onEvent } from '../../../lib/handlers/node-role-policies/index.lambda';
import { createEvent, deleteEvent } from '../shared/events';

test('begins', async () => {
  expect(await onEvent(createEvent(properties('a')))).toEqual({
    PhysicalResourceId: expect.stringMatching(/^cdk-vpc-cni-service-account-role:detached:[0-9a-f]{8}$/), Data: { StartedAt: expect.any(String) },
  });
});

test('has nothing to put back without a role', async () => {
  expect(await isComplete({ ...deleteEvent('id', properties()), Data: { StartedAt: '2026-11-24T10:00:00.123Z' } })).toEqual({ IsComplete: true });
});
