import { EKSClient } from '@aws-sdk/client-eks';
import { EksPodIdentity } from '../../../lib/handlers/aws-node/pod-identity';
import { answering, network } from '../shared/aws-client';

const client = () => new EKSClient(network(500, {}, ''));

test('asks for the association of aws-node', async () => {
  const asked: unknown[] = [];
  const eks = answering(client(), (call, input) => {
    asked.push([call, input]);
    return { associations: [{ associationId: 'a-123' }] };
  });
  expect(await new EksPodIdentity(eks).findAssociation('blue')).toEqual({ id: 'a-123', addonName: undefined });
  expect(asked).toEqual([['ListPodIdentityAssociations', { clusterName: 'blue', namespace: 'kube-system', serviceAccount: 'aws-node' }]]);
});

test('tells the add-on that owns it', async () => {
  const ownerArn = 'arn:aws:eks:eu-west-1:111122223333:addon/blue/vpc-cni/1a2b';
  const eks = answering(client(), () => ({ associations: [{ associationId: 'a-123', ownerArn }] }));
  expect(await new EksPodIdentity(eks).findAssociation('blue')).toEqual({ id: 'a-123', addonName: 'vpc-cni' });
});

test('finds none', async () => {
  expect(await new EksPodIdentity(answering(client(), () => ({ associations: [] }))).findAssociation('blue')).toBeUndefined();
});

test('finds one on a later page', async () => {
  const pages = [{ nextToken: 'more' }, { associations: [{ associationId: 'a-123' }] }];
  expect(await new EksPodIdentity(answering(client(), () => pages.shift())).findAssociation('blue')).toMatchObject({ id: 'a-123' });
});

test('names the call that failed', async () => {
  const cause = new Error('denied');
  const eks = answering(client(), () => { throw cause; });
  await expect(new EksPodIdentity(eks).findAssociation('blue')).rejects.toThrow(expect.objectContaining({
    message: 'eks:ListPodIdentityAssociations failed on cluster blue: Error: denied', cause,
  }));
});
