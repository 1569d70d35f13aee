import { KubernetesDenials } from '../../../lib/handlers/node-role-policies/kubernetes-denials';
import { ScriptedApiServer, ok, status } from '../shared/scripted-api-server';

const server = new ScriptedApiServer();

// a busy machine takes its time
jest.setTimeout(30_000);

const SINCE = Date.parse('2026-11-24T10:00:00.500Z');
const LIST = 'GET /api/v1/namespaces/kube-system/events?';
const SELECTOR = 'fieldSelector=reason=MissingIAMPermissions,involvedObject.kind=Pod';
const message = 'Unauthorized operation: failed to call ec2:CreateTags due to missing permissions.';

const event = (fields: object, name = 'aws-node-abcde') => ({
  metadata: { name: `${name}.1`, creationTimestamp: '2026-11-24T09:00:00Z' },
  involvedObject: { kind: 'Pod', namespace: 'kube-system', name },
  action: 'ec2:CreateTags',
  message,
  ...fields,
});
const since = async (...items: object[]) => {
  server.answers = [ok({ items })];
  return new KubernetesDenials(server.props).since(SINCE);
};

test('are what the plugin has told its pods, page by page', async () => {
  const later = { eventTime: '2026-11-24T10:00:00.600000Z' };
  server.answers = [ok({ metadata: { continue: 'next' }, items: [event(later)] }), ok({ items: [event({ ...later, action: 'ec2:DescribeTags' }, 'aws-node-fghij')] })];
  expect(await new KubernetesDenials(server.props).since(SINCE)).toEqual([
    { pod: 'aws-node-abcde', action: 'ec2:CreateTags' },
    { pod: 'aws-node-fghij', action: 'ec2:DescribeTags' },
  ]);
  expect(server.asked.map(({ call }) => call)).toEqual([`${LIST}${SELECTOR}&limit=500`, `${LIST}continue=next&${SELECTOR}&limit=500`]);
});

test.each([
  [{ eventTime: '2026-11-24T10:00:00.501000Z' }],
  [{ eventTime: '2026-11-24T09:00:00Z', series: { count: 2, lastObservedTime: '2026-11-24T10:00:00.600000Z' } }],
  [{ lastTimestamp: '2026-11-24T10:00:01Z' }],
  [{ metadata: { creationTimestamp: '2026-11-24T10:00:01Z' } }],
])('are later than that: %j', async fields => {
  expect(await since(event(fields))).toEqual([{ pod: 'aws-node-abcde', action: 'ec2:CreateTags' }]);
});

test.each([
  [{}],
  [{ eventTime: '2026-11-24T10:00:00.500000Z' }],
  [{ eventTime: '2026-11-24T09:00:00Z', series: { count: 2, lastObservedTime: '2026-11-24T10:00:00Z' }, lastTimestamp: '2026-11-24T10:00:00Z' }],
])('are not earlier: %j', async fields => {
  expect(await since(event(fields))).toEqual([]);
});

test('are not those of other pods', async () => {
  const later = { eventTime: '2026-11-24T10:00:01Z' };
  expect(await since(event(later, 'other-aws-node-abcde'), { ...event(later), involvedObject: {} })).toEqual([]);
});

test('are told in the words of the event where it names no action', async () => {
  expect(await since(event({ eventTime: '2026-11-24T10:00:01Z', action: undefined }))).toEqual([{ pod: 'aws-node-abcde', action: message }]);
});

test('fail with what was asked', async () => {
  server.answers = [status(403, { message: 'events is forbidden' })];
  await expect(new KubernetesDenials(server.props).since(SINCE)).rejects.toThrow(
    /^list events of kube-system in cluster blue failed: 403, events is forbidden \(tried for 2 s\): the Role or RoleBinding/);
});
