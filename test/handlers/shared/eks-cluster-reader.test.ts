import { EKSClient } from '@aws-sdk/client-eks';
import { answering, network } from './aws-client';
import { aCluster } from './cluster';
import { ClusterNotFoundError } from '../../../lib/handlers/shared/cluster';
import { EksClusterReader } from '../../../lib/handlers/shared/eks-cluster-reader';

const expected = aCluster();
const described = {
  name: expected.name,
  arn: expected.arn,
  status: 'ACTIVE',
  endpoint: expected.endpoint,
  certificateAuthority: { data: expected.certificateAuthority },
  identity: { oidc: { issuer: expected.issuer } },
  resourcesVpcConfig: { vpcId: expected.vpcId },
};

function readerOf(cluster: object): EksClusterReader {
  return new EksClusterReader(answering(new EKSClient(), () => ({ cluster })));
}

test('asks for the cluster by its name', async () => {
  const calls: unknown[] = [];
  await new EksClusterReader(answering(new EKSClient(), (...call) => {
    calls.push(call);
    return { cluster: described };
  })).describe('blue');
  expect(calls).toEqual([['DescribeCluster', { name: 'blue' }]]);
});

test('takes a cluster that tells no family for an IPv4 one, and without compute configuration for one without Auto Mode', async () => {
  await expect(readerOf(described).describe('blue')).resolves.toEqual(expected);
});

test.each([
  ['ipFamily', { kubernetesNetworkConfig: { ipFamily: 'ipv6' } }, { ipFamily: 'ipv6' }],
  ['ipFamily', { kubernetesNetworkConfig: { ipFamily: 'ipv4' } }, { ipFamily: 'ipv4' }],
  ['autoMode', { computeConfig: { enabled: true } }, { autoMode: true }],
  ['autoMode', { computeConfig: { enabled: false } }, { autoMode: false }],
])('reads %s', async (_, differences, difference) => {
  await expect(readerOf({ ...described, ...differences }).describe('blue')).resolves.toEqual({ ...expected, ...difference });
});

test.each([
  ['endpoint', { endpoint: undefined }],
  ['certificate authority', { certificateAuthority: undefined }],
  ['certificate', { certificateAuthority: {} }],
  ['identity', { identity: undefined }],
  ['OIDC identity', { identity: {} }],
  ['issuer', { identity: { oidc: {} } }],
])('fails for a cluster that has no %s yet, and says what to wait for', async (_, differences) => {
  const reader = readerOf({ ...described, status: 'CREATING', ...differences });
  await expect(reader.describe('blue')).rejects.toThrow(
    /^cluster blue is CREATING, without an endpoint or an OIDC issuer yet: deploy again when it is ACTIVE$/);
});

test('fails by name when EKS does not know the cluster', async () => {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'ResourceNotFoundException' };
  const reader = new EksClusterReader(new EKSClient(network(404, headers, '{"message":"No cluster found for name: blue."}')));
  const failure = reader.describe('blue');
  await expect(failure).rejects.toThrow(ClusterNotFoundError);
  await expect(failure).rejects.toThrow(expect.objectContaining({
    name: 'ClusterNotFoundError', message: 'cluster blue does not exist in this account and region: check `cluster`',
  }));
});

test('names call and cluster in any other failure', async () => {
  const headers = { 'content-type': 'application/json', 'x-amzn-errortype': 'AccessDeniedException' };
  const message = 'User: handler is not authorized to perform: eks:DescribeCluster on resource: blue';
  const reader = new EksClusterReader(new EKSClient(network(403, headers, JSON.stringify({ message }))));
  await expect(reader.describe('blue')).rejects.toThrow(`eks:DescribeCluster failed on cluster blue: AccessDeniedException: ${message}`);
});
