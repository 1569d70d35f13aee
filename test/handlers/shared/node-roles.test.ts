import { EKSClient, InvalidRequestException, ResourceNotFoundException } from '@aws-sdk/client-eks';
import { answering, network } from './aws-client';
import { EksNodeRoles } from '../../../lib/handlers/shared/node-roles';

const arn = (name: string) => `arn:aws:iam::111122223333:role/${name}`;
const user = 'arn:aws:iam::111122223333:user/admin';
const $metadata = {};

interface Input { readonly clusterName: string; readonly nodegroupName?: string; readonly principalArn?: string; readonly nextToken?: string }
type Answers = Partial<Record<'ListNodegroups' | 'DescribeNodegroup' | 'ListAccessEntries' | 'DescribeAccessEntry', (input: Input) => unknown>>;

function rolesOf(answers: Answers, calls: unknown[] = []): Promise<string[]> {
  const eks = answering(new EKSClient(network(500, {}, '')), (call, input) => {
    calls.push([call, input]);
    return answers[call as keyof Answers]?.(input as Input) ?? {};
  });
  return new EksNodeRoles(eks).find('blue');
}

const nodegroups = (all: Record<string, { nodeRole?: string; amiType?: string }>): Answers => ({
  ListNodegroups: () => ({ nodegroups: Object.keys(all) }),
  DescribeNodegroup: ({ nodegroupName }) => ({ nodegroup: all[nodegroupName!] }),
});
const accessEntries = (types: Record<string, string>): Answers => ({
  ListAccessEntries: () => ({ accessEntries: Object.keys(types) }),
  DescribeAccessEntry: ({ principalArn }) => ({ accessEntry: { principalArn, type: types[principalArn!] } }),
});
const fails = (error: Error) => () => {
  throw error;
};

test('are those of managed node groups and of access entries of Linux nodes, each once', async () => {
  const calls: unknown[] = [];
  const answers = {
    ...nodegroups({ one: { nodeRole: arn('a') }, two: { nodeRole: arn('a') }, three: { nodeRole: arn('b'), amiType: 'AL2023_x86_64_STANDARD' } }),
    ...accessEntries({ [arn('a')]: 'EC2_LINUX', [arn('karpenter')]: 'EC2_LINUX', [arn('windows')]: 'EC2_WINDOWS', [arn('auto')]: 'EC2', [arn('admin')]: 'STANDARD' }),
  };
  expect(await rolesOf(answers, calls)).toEqual([arn('a'), arn('b'), arn('karpenter')]);
  expect(calls).toContainEqual(['ListNodegroups', { clusterName: 'blue' }]);
  expect(calls).toContainEqual(['ListAccessEntries', { clusterName: 'blue' }]);
  expect(calls).toContainEqual(['DescribeNodegroup', { clusterName: 'blue', nodegroupName: 'two' }]);
  expect(calls).toContainEqual(['DescribeAccessEntry', { clusterName: 'blue', principalArn: arn('karpenter') }]);
});

test('are those of managed node groups alone where these are asked for', async () => {
  const calls: unknown[] = [];
  const eks = answering(new EKSClient(network(500, {}, '')), (call, input) => {
    calls.push(call);
    return nodegroups({ one: { nodeRole: arn('a') }, two: { nodeRole: arn('b') }, three: { nodeRole: arn('a') } })[call as keyof Answers]!(input as Input);
  });
  expect(await new EksNodeRoles(eks).findOfNodegroups('blue')).toEqual([arn('a'), arn('b')]);
  expect(new Set(calls)).toEqual(new Set(['ListNodegroups', 'DescribeNodegroup']));
});

test('are not those of Windows nodes', async () => {
  expect(await rolesOf(nodegroups({ windows: { nodeRole: arn('w'), amiType: 'WINDOWS_FULL_2022_x86_64' }, own: { nodeRole: arn('own'), amiType: 'CUSTOM' } })))
    .toEqual([arn('own')]);
});

test('are not looked for among users', async () => {
  const calls: unknown[] = [];
  expect(await rolesOf(accessEntries({ [user]: 'STANDARD' }), calls)).toEqual([]);
  expect(calls).toEqual([['ListNodegroups', { clusterName: 'blue' }], ['ListAccessEntries', { clusterName: 'blue' }]]);
});

test('are read page by page', async () => {
  const pageOf = (name: string, first: string[], second: string[]) => ({ nextToken }: Input) => nextToken ? { [name]: second } : { [name]: first, nextToken: 'more' };
  expect(await rolesOf({
    ListNodegroups: pageOf('nodegroups', ['a'], ['b']),
    DescribeNodegroup: ({ nodegroupName }) => ({ nodegroup: { nodeRole: arn(nodegroupName!) } }),
    ListAccessEntries: pageOf('accessEntries', [arn('c')], [arn('d')]),
    DescribeAccessEntry: () => ({ accessEntry: { type: 'EC2_LINUX' } }),
  })).toEqual([arn('a'), arn('b'), arn('c'), arn('d')]);
});

test('are those of the node groups alone where the cluster has no access entries', async () => {
  const message = 'The cluster\'s authentication mode must be set to one of [API, API_AND_CONFIG_MAP] to perform this operation.';
  expect(await rolesOf({
    ...nodegroups({ one: { nodeRole: arn('a') } }),
    ListAccessEntries: fails(new InvalidRequestException({ $metadata, message })),
  })).toEqual([arn('a')]);
});

test('are left out with a node group or an access entry that goes meanwhile', async () => {
  const gone = fails(new ResourceNotFoundException({ $metadata, message: 'gone' }));
  expect(await rolesOf({ ...nodegroups({ one: {} }), DescribeNodegroup: gone, ...accessEntries({ [arn('a')]: 'EC2_LINUX' }), DescribeAccessEntry: gone })).toEqual([]);
});

test.each([
  ['ListNodegroups', new Error('denied')],
  ['DescribeNodegroup', new Error('denied')],
  ['ListAccessEntries', new InvalidRequestException({ $metadata, message: 'denied' })],
  ['ListAccessEntries', new ResourceNotFoundException({ $metadata, message: 'denied' })],
  ['ListAccessEntries', new Error('another authentication mode')],
  ['DescribeAccessEntry', new Error('denied')],
])('fail with what was asked when %s does (%#)', async (call, error) => {
  const answers = { ...nodegroups({ one: { nodeRole: arn('a') } }), ...accessEntries({ [arn('a')]: 'EC2_LINUX' }), [call]: fails(error) };
  await expect(rolesOf(answers)).rejects.toThrow(expect.objectContaining({
    message: `the node roles of cluster blue cannot be read: ${error}`, cause: error,
  }));
});
