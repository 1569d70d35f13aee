import { join } from 'node:path';
import { isWritten } from './written-tests';
import { withoutVolatile } from '../e2e/fault';
import { API_SERVER_FAULTS } from '../e2e/fault-api-server';
import { NODE_AND_POD_FAULTS } from '../e2e/fault-nodes-and-pods';
import { nameOf } from '../e2e/fault-scenario';
import { WEBHOOK_FAULTS } from '../e2e/fault-webhook';
import { RELIABILITY } from '../e2e/reliability-table';

const SCENARIOS = [...API_SERVER_FAULTS, ...WEBHOOK_FAULTS, ...NODE_AND_POD_FAULTS].map(scenario => `faults-kubernetes.e2e.test.ts: ${nameOf(scenario)}`);

describe('docs/reliability.md', () => {
  const tests = RELIABILITY.documented().map(({ test: name }) => name);

  test('every scenario has its row', () => {
    expect(SCENARIOS.filter(name => !tests.includes(name))).toEqual([]);
  });

  test('every row has its test', () => {
    expect(tests.filter(name => !SCENARIOS.includes(name) && !isWritten(join(__dirname, '../e2e'), name))).toEqual([]);
  });

  test('no two scenarios have the same name', () => {
    expect(new Set(SCENARIOS).size).toBe(SCENARIOS.length);
  });
});

test.each([
  ['aws-node-x7k2p on ip-10-0-0-4.us-east-1.compute.internal', 'aws-node-… on ip-….compute.internal'],
  ['connect ECONNREFUSED 127.0.0.1:4711', 'connect ECONNREFUSED 127.0.0.1:…'],
  ['on 4 nodes in 17 s', 'on 4 nodes in … s'],
  ['tried for 90 s', 'tried for 90 s'],
  ['killed Logs: /aws/lambda/Stack-Function-AB12\n    at invoke (/tmp/a/b.js:1:2)\n    at next (c.js)', 'killed Logs: /aws/lambda/…'],
])('a message without what differs from run to run: %s', (message, expected) => {
  expect(withoutVolatile(message)).toEqual(expected);
});
