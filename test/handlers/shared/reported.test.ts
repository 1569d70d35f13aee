import { reported } from '../../../lib/handlers/shared/reported';
import { silenceLog } from '../aws-node/world';

async function errorOf(thrown: unknown): Promise<Error> {
  return reported(async () => { throw thrown; })({}).then(() => { throw new Error('did not throw'); }, error => error);
}

test('hands on what comes back', async () => {
  expect(await reported(async (event: number) => event + 1)(1)).toBe(2);
});

test('reports the message alone, and logs the stack', async () => {
  const logged = silenceLog();
  const error = await errorOf(new Error('no cluster'));
  expect([error.message, error.stack]).toEqual(['no cluster', '']);
  expect(logged).toEqual([{ message: 'failed', stack: expect.stringContaining('reported.test.ts') }]);
});

test('reports what is no error, and not more than CloudFormation takes', async () => {
  silenceLog();
  expect((await errorOf('text')).message).toBe('text');
  expect((await errorOf(new Error('x'.repeat(1800)))).message).toBe('x'.repeat(1800));
  expect((await errorOf(new Error('x'.repeat(1801)))).message).toBe(`${'x'.repeat(1800)}…`);
});
