import { log } from '../../../lib/handlers/shared/log';

test('writes one line of JSON with the message and its fields', () => {
  const write = jest.spyOn(console, 'log').mockImplementation();
  log('two\nlines', { arn: 'arn:x', count: 2 });
  log('no fields');
  expect(write.mock.calls).toEqual([
    ['{"message":"two\\nlines","arn":"arn:x","count":2}'],
    ['{"message":"no fields"}'],
  ]);
});
