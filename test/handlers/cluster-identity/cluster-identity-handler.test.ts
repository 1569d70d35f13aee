import { ClusterIdentityHandler } from '../../../lib/handlers/cluster-identity/cluster-identity-handler';
import { createdBy } from '../../../lib/handlers/cluster-identity/created-by-tag';
import type { ClusterIdentityProperties } from '../../../lib/handlers/cluster-identity/resource-properties';
import { ClusterNotFoundError } from '../../../lib/handlers/shared/cluster';
import { aCluster } from '../shared/cluster';
import { createEvent, deleteEvent, updateEvent } from '../shared/events';
import { FakeOpenIdConnectProviders } from '../shared/fake-open-id-connect-providers';
import type { Moment } from '../shared/fake-open-id-connect-providers';

const STS = 'sts.amazonaws.com';
const CREATED_BY = 'cdk-vpc-cni-service-account-role:created-by';
const host = 'oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF';
const arn = `arn:aws:iam::111122223333:oidc-provider/${host}`;
const properties: ClusterIdentityProperties = { ClusterName: 'blue' };
const given: ClusterIdentityProperties = { ...properties, OpenIdConnectProviderArn: arn };
const creation = createEvent(properties);
const deletion = deleteEvent(arn, properties);
const ours = { clientIds: [STS], tags: { [CREATED_BY]: createdBy(creation) } };
const foreign = { clientIds: [STS, 'other'], tags: { team: 'platform' } };
const response = {
  PhysicalResourceId: arn,
  Data: {
    OpenIdConnectProviderArn: arn,
    TrustConditions: { [`${host}:aud`]: STS, [`${host}:sub`]: 'system:serviceaccount:kube-system:aws-node' },
  },
};

let providers: FakeOpenIdConnectProviders;
let cluster = aCluster();
let logged: { message: string; [field: string]: unknown }[];
/** What happens in the account while the handler sleeps, one after the other. */
let meanwhile: (() => void)[];
let slept: number[];

beforeEach(() => {
  providers = new FakeOpenIdConnectProviders();
  cluster = aCluster();
  logged = [];
  meanwhile = [];
  slept = [];
  jest.spyOn(console, 'log').mockImplementation(line => logged.push(JSON.parse(line)));
});

function handle(event: Parameters<ClusterIdentityHandler['handle']>[0]) {
  const describe = async (name: string) => {
    if (name !== cluster.name) {
      throw new ClusterNotFoundError(name);
    }
    return cluster;
  };
  const sleep = async (milliseconds: number) => {
    slept.push(milliseconds);
    meanwhile.shift()?.();
  };
  return new ClusterIdentityHandler({ describe }, providers, sleep).handle(event);
}

describe.each([
  ['Create', createEvent],
  ['Update', (props: ClusterIdentityProperties) => updateEvent(arn, properties, props)],
] as const)('on %s', (_, event) => {
  test('creates the provider that the account lacks, with its tag', async () => {
    await expect(handle(event(properties))).resolves.toEqual(response);
    expect([...providers.providers]).toEqual([[arn, ours]]);
    expect(logged).toEqual([{ message: 'created the OIDC provider', arn, createdBy: ours.tags[CREATED_BY] }]);
  });

  test('says what is its own, for a policy that names it', async () => {
    const { Data } = await handle(event({ ...properties, ScopedToCluster: 'true' }));
    expect(Data).toEqual({ ...response.Data, VpcId: 'vpc-1', InstanceConditions: { 'aws:ResourceTag/kubernetes.io/cluster/blue': 'owned' } });
  });

  test('takes a provider that it finds and leaves it as it is', async () => {
    providers.providers.set(arn, foreign);
    await expect(handle(event(properties))).resolves.toEqual(response);
    expect([...providers.providers]).toEqual([[arn, foreign]]);
    expect(logged).toEqual([{ message: 'found the OIDC provider', arn }]);
  });

  test('takes a provider that is given and leaves it as it is', async () => {
    providers.providers.set(arn, foreign);
    await expect(handle(event(given))).resolves.toEqual(response);
    expect([...providers.providers]).toEqual([[arn, foreign]]);
    expect(logged).toEqual([{ message: 'the OIDC provider that was given exists', arn }]);
  });

  test.each([['found', properties], ['given', given]])('adds the client id that a provider lacks that is %s', async (__, props) => {
    providers.providers.set(arn, { clientIds: ['other'], tags: {} });
    await expect(handle(event(props))).resolves.toEqual(response);
    expect(providers.providers.get(arn)).toEqual({ clientIds: ['other', STS], tags: {} });
    expect(logged.at(-1)).toEqual({
      message: 'added a client id to the OIDC provider; it stays for good, since others may come to rely on it', arn, clientId: STS,
    });
  });

  test('takes the provider that somebody else creates at the same time', async () => {
    providers.raced = { ...foreign, tags: { [CREATED_BY]: 'somebody' } };
    await expect(handle(event(properties))).resolves.toEqual(response);
    expect([...providers.providers]).toEqual([[arn, providers.raced]]);
    expect(logged).toEqual([{ message: 'found the OIDC provider, created by somebody else meanwhile', arn, createdBy: 'somebody' }]);
  });

  test('takes it even if IAM does not show it at once', async () => {
    providers.create = async () => false;
    meanwhile = [() => undefined, () => providers.providers.set(arn, { clientIds: ['other'], tags: {} })];
    await expect(handle(event(properties))).resolves.toEqual(response);
    expect(providers.providers.get(arn)).toEqual({ clientIds: ['other', STS], tags: {} });
    expect(slept).toHaveLength(2);
  });

  test('fails when IAM never shows the provider that it says exists', async () => {
    providers.create = async () => false;
    await expect(handle(event(properties))).rejects.toThrow(new RegExp(`${arn}.*deploy again`));
  });

  test('waits for a given provider that the same stack made a moment ago', async () => {
    meanwhile = [() => providers.providers.set(arn, foreign)];
    await expect(handle(event(given))).resolves.toEqual(response);
    expect(slept).toHaveLength(1);
  });

  test('fails for a given provider that does not exist, says how to get one, and creates none', async () => {
    const failure = handle(event(given));
    await expect(failure).rejects.toThrow(new RegExp(`${arn} was given.*create it for ${cluster.issuer}, or leave it out`));
    expect(providers.providers.size).toBe(0);
    expect(slept.reduce((sum, milliseconds) => sum + milliseconds)).toBe(15_000);
  });

  test('fails for a given provider of another issuer, before any call, and says which one it takes', async () => {
    const other = `${arn}0`;
    const failure = handle(event({ ...properties, OpenIdConnectProviderArn: other }));
    await expect(failure).rejects.toThrow(new RegExp(`provider of cluster blue is ${arn} .*${other} was given.*leave it out`));
    expect(providers.calls).toEqual([]);
  });

  test('fails for another IP family than the cluster has, before any call', async () => {
    await expect(handle(event({ ...properties, IpFamily: 'ipv6' }))).rejects.toThrow('cluster blue is an ipv4 cluster, but ipv6 was asked for');
    expect(providers.calls).toEqual([]);
  });

  test('accepts the IP family that the cluster has', async () => {
    await expect(handle(event({ ...properties, IpFamily: 'ipv4' }))).resolves.toEqual(response);
  });

  test('fails for a cluster that does not exist, before any call', async () => {
    await expect(handle(event({ ClusterName: 'green' }))).rejects.toThrow(ClusterNotFoundError);
    expect(providers.calls).toEqual([]);
  });

  test.each([['ipv4', 'arn:four'], ['ipv6', 'arn:six']] as const)('chooses the policy of an %s cluster', async (ipFamily, policy) => {
    cluster = aCluster({ ipFamily });
    const { Data } = await handle(event({ ...properties, PolicyArns: { ipv4: 'arn:four', ipv6: 'arn:six' } }));
    expect(Data?.PolicyArn).toBe(policy);
  });

  test.each([
    ['aws-cn', 'cn-north-1', 'oidc.eks.cn-north-1.amazonaws.com.cn/id/A'],
    ['aws-us-gov', 'us-gov-west-1', 'oidc.eks.us-gov-west-1.amazonaws.com/id/B'],
    ['aws', 'eu-west-1', 'oidc-eks.eu-west-1.api.aws/id/C'],
  ])('makes the ARN in partition %s, region %s', async (partition, region, issuer) => {
    cluster = aCluster({ arn: `arn:${partition}:eks:${region}:444455556666:cluster/blue`, issuer: `https://${issuer}` });
    const expected = `arn:${partition}:iam::444455556666:oidc-provider/${issuer}`;
    providers = new FakeOpenIdConnectProviders(`arn:${partition}:iam::444455556666:oidc-provider/`);
    const { PhysicalResourceId, Data } = await handle(event(properties));
    expect(PhysicalResourceId).toBe(expected);
    expect([...providers.providers.keys()]).toEqual([expected]);
    expect(Data).toEqual({
      OpenIdConnectProviderArn: expected,
      TrustConditions: { [`${issuer}:aud`]: 'sts.amazonaws.com', [`${issuer}:sub`]: 'system:serviceaccount:kube-system:aws-node' },
    });
  });

  test.each(['before', 'after'] as const)('takes back what a creation left that failed %s its effect', async moment => {
    providers.failAt(2, moment);
    await expect(handle(event(properties))).rejects.toThrow(new Error('create failed'));
    expect(providers.providers.size).toBe(0);
    expect(logged).toEqual(moment === 'after' ? [{ message: 'deleted the OIDC provider again, since its creation failed', arn }] : []);
  });

  test('leaves the provider of somebody else alone when its own creation failed', async () => {
    providers.create = async () => {
      providers.providers.set(arn, foreign);
      throw new Error('create failed');
    };
    await expect(handle(event(properties))).rejects.toThrow('create failed');
    expect([...providers.providers]).toEqual([[arn, foreign]]);
  });

  test('says what may be left when a failed creation could not be taken back', async () => {
    providers.dieAt(2, 'after');
    const failure = handle(event(properties));
    await expect(failure).rejects.toThrow(expect.objectContaining({
      message: `create failed. OIDC provider ${arn} may exist all the same and could not be taken back (get failed): `
        + `delete it if its tag ${CREATED_BY} is ${ours.tags[CREATED_BY]}`,
      cause: new Error('create failed'),
    }));
    expect(providers.providers.size).toBe(1);
  });
});

describe('on Update to a cluster that was replaced', () => {
  const newHost = 'oidc.eks.eu-west-1.amazonaws.com/id/NEW';
  const newArn = `arn:aws:iam::111122223333:oidc-provider/${newHost}`;

  test('returns another physical id and leaves the old provider to the Delete that follows', async () => {
    await handle(creation);
    cluster = aCluster({ issuer: `https://${newHost}` });
    await expect(handle(updateEvent(arn, properties, properties))).resolves.toMatchObject({ PhysicalResourceId: newArn });
    expect([...providers.providers.keys()]).toEqual([arn, newArn]);
    await handle(deletion);
    expect([...providers.providers.keys()]).toEqual([newArn]);
  });
});

describe('on Delete', () => {
  test('deletes the provider that this resource created', async () => {
    await handle(creation);
    logged = [];
    await handle(deletion);
    expect(providers.providers.size).toBe(0);
    expect(slept).toEqual([]);
    expect(logged).toEqual([{ message: 'deleted the OIDC provider', arn }]);
  });

  test('never describes the cluster, which may be gone', async () => {
    providers.providers.set(arn, ours);
    await handle(deleteEvent(arn, { ClusterName: 'gone' }));
    expect(providers.providers.size).toBe(0);
  });

  test.each(['', '8c9e6679-7425-40de-944b-e07fc1f90ae7', 'arn:aws:iam::111122223333:role/x', `/${arn}`])('does nothing for the physical id "%s"', async physicalId => {
    await handle(deleteEvent(physicalId, properties));
    expect(providers.calls).toEqual([]);
    expect(logged).toEqual([{ message: 'nothing to delete: the physical id is not that of an OIDC provider', physicalId }]);
  });

  test('succeeds when the provider is gone', async () => {
    await handle(deletion);
    expect(providers.calls).toEqual(['get']);
    expect(logged).toEqual([{ message: 'nothing to delete: the OIDC provider is gone', arn }]);
  });

  test.each([
    ['has no tag', {} as Record<string, string>],
    ['another resource of the stack created', { [CREATED_BY]: createdBy({ ...deletion, LogicalResourceId: 'Other' }) }],
    ['another stack created', { [CREATED_BY]: createdBy({ ...deletion, StackId: 'arn:other' }) }],
  ])('keeps a provider that %s', async (_, tags) => {
    providers.providers.set(arn, { clientIds: [STS], tags });
    await handle(deletion);
    expect(providers.providers.has(arn)).toBe(true);
    expect(logged).toEqual([{ message: 'kept the OIDC provider: this resource did not create it', arn, createdBy: tags[CREATED_BY] }]);
  });

  test('keeps a provider that roles trust for as long as it looks, and names them up to ten', async () => {
    providers.providers.set(arn, ours);
    for (let i = 1; i <= 12; i++) {
      providers.roles.set(`arn:role/${i}`, [arn]);
    }
    await handle(deletion);
    expect(providers.providers.has(arn)).toBe(true);
    expect(slept.reduce((sum, milliseconds) => sum + milliseconds)).toBe(15_000);
    const { count, roles } = logged.find(({ message }) => message === 'kept the OIDC provider: roles still trust it')!;
    expect(count).toBe(12);
    expect(roles).toEqual(Array.from({ length: 10 }, (_, i) => `arn:role/${i + 1}`));
  });

  test('deletes it when the role that IAM still showed is gone at the last look', async () => {
    providers.providers.set(arn, ours);
    providers.roles.set('arn:role/ours', [arn]);
    const nothing = () => undefined;
    meanwhile = [nothing, nothing, nothing, nothing, () => providers.roles.delete('arn:role/ours')];
    await handle(deletion);
    expect(providers.providers.size).toBe(0);
  });

  test('deletes it in spite of roles that trust another provider', async () => {
    providers.providers.set(arn, ours);
    providers.roles.set('arn:role/other', [`${arn}0`]);
    await handle(deletion);
    expect(providers.providers.size).toBe(0);
  });
});

interface Scenario {
  readonly title: string;
  readonly event: Parameters<ClusterIdentityHandler['handle']>[0];
  readonly before?: { clientIds: string[]; tags: Record<string, string> };
  readonly raced?: { clientIds: string[]; tags: Record<string, string> };
  readonly roles?: string[];
  readonly calls: string[];
}

const scenarios: Scenario[] = [
  { title: 'Create without a provider', event: creation, calls: ['get', 'create'] },
  { title: 'Create with a provider that lacks the client id', event: creation, before: { clientIds: [], tags: {} }, calls: ['get', 'addClientId'] },
  {
    title: 'Create of a provider that somebody else creates at the same time',
    event: creation,
    raced: { clientIds: [], tags: {} },
    calls: ['get', 'create', 'get', 'addClientId'],
  },
  { title: 'Create with a given provider', event: createEvent(given), before: foreign, calls: ['get'] },
  { title: 'Update without a provider', event: updateEvent(arn, properties, properties), calls: ['get', 'create'] },
  { title: 'Delete of our own provider', event: deletion, before: ours, calls: ['get', 'rolesThatTrust', 'delete'] },
  { title: 'Delete of a foreign provider', event: deletion, before: foreign, calls: ['get'] },
  {
    title: 'Delete of our own provider that a role trusts',
    event: deletion,
    before: ours,
    roles: ['arn:role/other'],
    calls: ['get', ...Array<string>(6).fill('rolesThatTrust')],
  },
];

describe.each(scenarios)('run again: $title', ({ event, before, raced, roles = [], calls }) => {
  const moments: Moment[] = ['before', 'after'];
  const kills = calls.flatMap((call, i) => moments.map(moment => ({ call, moment, position: i + 1 })));

  function account(): FakeOpenIdConnectProviders {
    const fake = new FakeOpenIdConnectProviders();
    if (before) {
      fake.providers.set(arn, before);
    }
    fake.raced = raced;
    roles.forEach(role => fake.roles.set(role, [arn]));
    return fake;
  }

  async function undisturbed() {
    providers = account();
    const result = await handle(event);
    return { result, providers: [...providers.providers], calls: providers.calls };
  }

  test('makes the calls that are killed below', async () => {
    expect((await undisturbed()).calls).toEqual(calls);
  });

  test('ends the same when it is handled twice', async () => {
    const expected = await undisturbed();
    await expect(handle(event)).resolves.toEqual(expected.result);
    expect([...providers.providers]).toEqual(expected.providers);
  });

  test.each(kills)('ends the same after it was killed $moment call $position ($call)', async ({ position, moment }) => {
    const expected = await undisturbed();
    providers = account();
    providers.dieAt(position, moment);
    await expect(handle(event)).rejects.toThrow('failed');
    providers.revive();
    await expect(handle(event)).resolves.toEqual(expected.result);
    expect([...providers.providers]).toEqual(expected.providers);
  });
});
