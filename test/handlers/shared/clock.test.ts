import { systemClock } from '../../../lib/handlers/shared/clock';

test('tells the time, which passes while it sleeps', async () => {
  const before = Date.now();
  await systemClock.sleep(20);
  expect(systemClock.now() - before).toBeGreaterThanOrEqual(19);
});
