import { onEvent } from '../../../lib/handlers/cluster-identity/index.lambda';
import { deleteEvent } from '../shared/events';

test('hands events to the handler', async () => {
  jest.spyOn(console, 'log').mockImplementation();
  await expect(onEvent(deleteEvent('never-created', { ClusterName: 'blue' }))).resolves.toEqual({});
});
