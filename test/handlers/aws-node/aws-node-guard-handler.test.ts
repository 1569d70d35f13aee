import { OTHER_ROLE, ROLE } from './builders';
import { World, properties, silenceLog } from './world';
import type { AddonState } from '../../../lib/handlers/aws-node/addon';
import { AwsNodeGuardHandler } from '../../../lib/handlers/aws-node/aws-node-guard-handler';
import type { AwsNodeGuardProperties } from '../../../lib/handlers/aws-node/resource-properties';
import { OWNER_ANNOTATION, ROLE_ANNOTATION, STS_ANNOTATION } from '../../../lib/private/annotations';
import { aCluster } from '../shared/cluster';
import { createEvent, deleteEvent, updateEvent } from '../shared/events';

const ID = 'blue/kube-system/aws-node';
const THIRD_ROLE = 'arn:aws:iam::111122223333:role/third';
const REMEMBERS_ROLE = `${ID}?${new URLSearchParams({ 'role-arn': OTHER_ROLE })}`;
const REMEMBERS_STS = `${ID}?sts-regional-endpoints=false`;
const StartedAt = expect.stringMatching(/^2026-11-24T10:/);
const withSts: AwsNodeGuardProperties = { ...properties, StsRegionalEndpoints: 'true' };

let world: World;
let logged: ReturnType<typeof silenceLog>;

beforeEach(() => {
  world = new World().withNodes(3);
  logged = silenceLog();
});

function handler() {
  return new AwsNodeGuardHandler(world.ports);
}

describe('create', () => {
  test.each<[string, Record<string, string>, AwsNodeGuardProperties, string]>([
    ['nothing of a service account without annotations', {}, properties, ID],
    ['nothing of annotations of others', { 'meta.helm.sh/release-name': 'cni' }, properties, ID],
    ['another role', { [ROLE_ANNOTATION]: OTHER_ROLE }, properties, REMEMBERS_ROLE],
    ['not our own role', { [ROLE_ANNOTATION]: ROLE }, properties, ID],
    ['other endpoints, which an update may set', { [STS_ANNOTATION]: 'false' }, properties, REMEMBERS_STS],
    ['other endpoints', { [STS_ANNOTATION]: 'false' }, withSts, REMEMBERS_STS],
    ['both', { [ROLE_ANNOTATION]: OTHER_ROLE, [STS_ANNOTATION]: 'false' }, withSts, `${REMEMBERS_ROLE}&sts-regional-endpoints=false`],
  ])('remembers %s, changes nothing, is complete at once', async (_, annotations, given, PhysicalResourceId) => {
    world.kubernetes.annotate(annotations);
    const event = createEvent(given);
    const response = await handler().onEvent(event);
    expect(response).toEqual({ PhysicalResourceId, Data: { StartedAt } });
    expect(await handler().isComplete({ ...event, ...response, PhysicalResourceId })).toEqual({ IsComplete: true });
    expect([world.kubernetes.patches, world.kubernetes.deleted]).toEqual([[], []]);
  });

  test('fails when the cluster is missing', async () => {
    world.clusters.clear();
    await expect(handler().onEvent(createEvent(properties))).rejects.toThrow('cluster blue does not exist in this account and region: check `cluster`');
  });

  test('fails when the preflight does', async () => {
    world.association = { id: 'a-123' };
    await expect(handler().onEvent(createEvent(properties))).rejects.toThrow('has Pod Identity association a-123');
  });
});

describe('update', () => {
  beforeEach(() => world.kubernetes.annotate({ [OWNER_ANNOTATION]: properties.Owner, [ROLE_ANNOTATION]: ROLE }));

  test('keeps its id, whatever the service account carries by now', async () => {
    world.kubernetes.annotate({ [ROLE_ANNOTATION]: 'arn:aws:iam::111122223333:role/third' });
    const { PhysicalResourceId } = await handler().onEvent(updateEvent(REMEMBERS_ROLE, properties, withSts));
    expect(PhysicalResourceId).toBe(REMEMBERS_ROLE);
  });

  test.each<[string, Record<string, string | null>, AwsNodeGuardProperties, AwsNodeGuardProperties, Record<string, string>]>([
    ['another role', { [ROLE_ANNOTATION]: OTHER_ROLE }, properties, properties, { [ROLE_ANNOTATION]: ROLE }],
    ['no role', { [ROLE_ANNOTATION]: null }, properties, properties, { [ROLE_ANNOTATION]: ROLE }],
    ['no mark', { [OWNER_ANNOTATION]: null }, properties, properties, { [OWNER_ANNOTATION]: properties.Owner }],
    ['other endpoints', { [STS_ANNOTATION]: 'false' }, withSts, withSts, { [STS_ANNOTATION]: 'true' }],
    ['another role, where ours changes', { [ROLE_ANNOTATION]: OTHER_ROLE }, { ...properties, RoleArn: 'before' }, properties, { [ROLE_ANNOTATION]: ROLE }],
  ])('puts ours back where somebody has left %s', async (_, annotations, before, now, patch) => {
    world.kubernetes.annotate(annotations);
    await handler().onEvent(updateEvent(ID, before, now));
    expect(world.kubernetes.patches).toEqual([patch]);
  });

  test('puts ours back where the add-on has put its own, and leaves the add-on to the rollout', async () => {
    world.addon.install({ roleArn: OTHER_ROLE });
    world.kubernetes.annotate({ [ROLE_ANNOTATION]: OTHER_ROLE });
    await handler().onEvent(updateEvent(ID, properties, properties));
    expect(world.kubernetes.patches).toEqual([{ [ROLE_ANNOTATION]: ROLE }]);
    expect(world.addon.calls).toEqual([]);
  });

  test.each<[string, AwsNodeGuardProperties, AwsNodeGuardProperties]>([
    ['it changes', properties, { ...properties, RoleArn: 'after', Owner: 'App/After in stack App' }],
    ['it goes back before it was changed', { ...properties, RoleArn: 'after', Owner: 'App/After in stack App' }, properties],
    ['endpoints are new', properties, withSts],
  ])('leaves our annotation to the patch where %s', async (_, before, now) => {
    await handler().onEvent(updateEvent(ID, before, now));
    expect(world.kubernetes.patches).toEqual([]);
  });

  test('knows the mark that it had before by another name, and no other', async () => {
    world.kubernetes.annotate({ [OWNER_ANNOTATION]: 'App/Before in stack App' });
    const before = { ...properties, Owner: 'App/Before in stack App' };
    await expect(handler().onEvent(updateEvent(ID, before, properties))).resolves.toBeDefined();
    await expect(handler().onEvent(updateEvent(ID, properties, properties))).rejects.toThrow('is annotated by another VpcCniServiceAccountRole, App/Before in stack App');
  });

  test('does the preflight again', async () => {
    world.kubernetes.daemonSet = undefined;
    await expect(handler().onEvent(updateEvent(ID, properties, properties))).rejects.toThrow('cluster blue has no DaemonSet kube-system/aws-node');
  });

  test('is like a create for another cluster', async () => {
    world.clusters.set('green', aCluster({ name: 'green' }));
    world.kubernetes.annotate({ [ROLE_ANNOTATION]: OTHER_ROLE });
    const { PhysicalResourceId } = await handler().onEvent(updateEvent(REMEMBERS_STS, properties, { ...properties, ClusterName: 'green' }));
    expect(PhysicalResourceId).toBe(REMEMBERS_ROLE.replace('blue', 'green'));
    expect(world.connectedTo).toEqual(['green']);
  });

  test('is like a create where the id is not ours', async () => {
    world.kubernetes.annotate({ [ROLE_ANNOTATION]: OTHER_ROLE });
    const { PhysicalResourceId } = await handler().onEvent(updateEvent('none', properties, properties));
    expect(PhysicalResourceId).toBe(REMEMBERS_ROLE);
  });

  test.each<[string, Record<string, string>, AwsNodeGuardProperties]>([
    ['had none', {}, properties],
    ['keeps them', { [STS_ANNOTATION]: 'true' }, withSts],
  ])('restores no endpoints where it %s', async (_, annotations, given) => {
    world.kubernetes.annotate(annotations);
    await handler().onEvent(updateEvent(REMEMBERS_STS, given, given));
    expect(world.kubernetes.patches).toEqual([]);
  });

  test('remembers neither our old nor our new role there', async () => {
    world.kubernetes.annotate({ [ROLE_ANNOTATION]: OTHER_ROLE });
    const { PhysicalResourceId } = await handler().onEvent(updateEvent('green/kube-system/aws-node', { ...properties, RoleArn: OTHER_ROLE }, properties));
    expect(PhysicalResourceId).toBe(ID);
  });

  test.each<[string, Record<string, string>, string, (string | null)[]]>([
    ['removes the endpoints that it set', { [STS_ANNOTATION]: 'true' }, ID, [null]],
    ['puts back those that were there', { [STS_ANNOTATION]: 'true' }, REMEMBERS_STS, ['false']],
    ['puts them back when ours are gone', {}, REMEMBERS_STS, ['false']],
    ['leaves what somebody else has set since', { [STS_ANNOTATION]: 'false' }, ID, []],
    ['has nothing to do when they are the same', { [STS_ANNOTATION]: 'false' }, REMEMBERS_STS, []],
    ['has nothing to do when they are gone', {}, ID, []],
  ])('without endpoints %s', async (_, annotations, id, patches) => {
    world.kubernetes.annotate(annotations);
    const { PhysicalResourceId } = await handler().onEvent(updateEvent(id, withSts, properties));
    expect(PhysicalResourceId).toBe(id);
    expect(world.kubernetes.patches).toEqual(patches.map(value => ({ [STS_ANNOTATION]: value })));
  });
});

describe('delete', () => {
  afterEach(() => expect(world.kubernetes.openWatches).toBe(0));

  async function remove(physicalId: string, given = properties) {
    const event = deleteEvent(physicalId, given);
    const response = await handler().onEvent(event);
    expect(response.PhysicalResourceId).toBe(physicalId);
    for (let invocations = 1; ; invocations++) {
      // as the framework hands it on: as JSON
      const { IsComplete } = await handler().isComplete(JSON.parse(JSON.stringify({ ...event, ...response })));
      if (IsComplete) {
        return invocations;
      }
    }
  }

  /** Pods that carry our role, of a service account that does not any more. */
  async function used(annotationsAfter: Record<string, string | null> = { [ROLE_ANNOTATION]: null }) {
    world.kubernetes.annotate({ [ROLE_ANNOTATION]: ROLE });
    for (const pod of await world.kubernetes.listPods()) {
      await world.kubernetes.deletePod(pod);
    }
    world.clock.advance(60_000);
    expect(await world.roles()).toEqual([ROLE, ROLE, ROLE]);
    world.kubernetes.deleted.length = 0;
    world.kubernetes.annotate(annotationsAfter);
    world.clock.advance(1_000);
  }

  test('restarts the pods until none carries our role', async () => {
    await used();
    await remove(ID);
    expect(await world.roles()).toEqual([undefined, undefined, undefined]);
    expect(world.kubernetes.deleted).toHaveLength(3);
    expect(world.kubernetes.patches).toEqual([]);
  });

  test('hands over between invocations', async () => {
    await used();
    world.kubernetes.addNodes(...[0, 1, 2].map(index => ({ name: `node-${index}`, startupMs: 100_000 })));
    expect(await remove(ID)).toBeGreaterThan(1);
    expect(await world.roles()).toEqual([undefined, undefined, undefined]);
  });

  test('puts the role of before back, and the pods have it again', async () => {
    await used();
    await remove(REMEMBERS_ROLE);
    expect(world.kubernetes.patches).toEqual([{ [ROLE_ANNOTATION]: OTHER_ROLE }]);
    expect(logged[0]).toEqual({
      message: 'put the annotations of service account kube-system/aws-node back', annotations: { [ROLE_ANNOTATION]: OTHER_ROLE },
    });
    expect(await world.roles()).toEqual([OTHER_ROLE, OTHER_ROLE, OTHER_ROLE]);
  });

  test('gives the annotation to the add-on that has a role of its own, whatever was there before', async () => {
    await used();
    world.addon.install({ roleArn: THIRD_ROLE });
    await remove(REMEMBERS_ROLE);
    expect(world.kubernetes.patches).toEqual([{ [ROLE_ANNOTATION]: THIRD_ROLE }]);
    expect(await world.roles()).toEqual([THIRD_ROLE, THIRD_ROLE, THIRD_ROLE]);
    expect(world.addon.calls).toEqual([]);
  });

  test('leaves the annotation that the add-on has set already', async () => {
    await used({ [ROLE_ANNOTATION]: THIRD_ROLE });
    world.addon.install({ roleArn: THIRD_ROLE });
    await remove(REMEMBERS_ROLE);
    expect(world.kubernetes.patches).toEqual([]);
  });

  test.each<[string, Partial<AddonState>]>([
    ['has no role', {}],
    ['remembers one, and has none', { earlierRoleArn: THIRD_ROLE }],
    ['has ours', { roleArn: ROLE }],
  ])('puts the role of before back where the add-on %s', async (_, addon) => {
    await used();
    world.addon.install(addon);
    await remove(REMEMBERS_ROLE);
    expect(world.kubernetes.patches).toEqual([{ [ROLE_ANNOTATION]: OTHER_ROLE }]);
  });

  test('takes our role away where the patch before us did not', async () => {
    await used({});
    await remove(ID);
    expect(world.kubernetes.patches).toEqual([{ [ROLE_ANNOTATION]: null }]);
    expect(await world.roles()).toEqual([undefined, undefined, undefined]);
  });

  test.each([
    ['its own mark', properties.Owner, undefined],
    ['not the mark of another', 'Other/VpcCni in stack Other', 'Other/VpcCni in stack Other'],
  ])('takes away %s', async (_, owner, left) => {
    world.kubernetes.annotate({ [OWNER_ANNOTATION]: owner });
    await handler().onEvent(deleteEvent(ID, properties));
    expect((await world.kubernetes.getServiceAccount())!.annotations[OWNER_ANNOTATION]).toBe(left);
  });

  test("leaves somebody else's newer role, and gives it to the pods that carried ours", async () => {
    await used({ [ROLE_ANNOTATION]: 'arn:aws:iam::111122223333:role/newer' });
    await remove(REMEMBERS_ROLE);
    expect(world.kubernetes.patches).toEqual([]);
    expect(new Set(await world.roles())).toEqual(new Set(['arn:aws:iam::111122223333:role/newer']));
  });

  test('puts the endpoints of before back where we had set them', async () => {
    await remove(REMEMBERS_STS, withSts);
    expect(world.kubernetes.patches).toEqual([{ [STS_ANNOTATION]: 'false' }]);
  });

  test('but not where we had not', async () => {
    await remove(REMEMBERS_STS);
    expect(world.kubernetes.patches).toEqual([]);
  });

  test('restarts nothing when nothing carries our role', async () => {
    expect(await remove(ID)).toBe(1);
    expect(world.kubernetes.deleted).toEqual([]);
    expect(logged.at(-1)).toMatchObject({ message: 'rollout done', restarted: 0 });
  });

  test('succeeds when the cluster is gone', async () => {
    world.clusters.clear();
    await remove(REMEMBERS_ROLE);
    const line = { message: 'nothing to undo: the cluster is gone', clusterName: 'blue' };
    expect(logged).toEqual([line, line]);
  });

  test('succeeds when the DaemonSet is gone', async () => {
    world.kubernetes.daemonSet = undefined;
    await remove(REMEMBERS_ROLE);
    expect(world.kubernetes.patches).toEqual([{ [ROLE_ANNOTATION]: OTHER_ROLE }]);
    expect(logged.at(-1)).toMatchObject({ summary: 'DaemonSet kube-system/aws-node of cluster blue is gone: no pod is left to take the role from' });
  });

  test('succeeds when the service account is gone', async () => {
    world.kubernetes.removeServiceAccount();
    await remove(REMEMBERS_ROLE);
    expect(world.kubernetes.patches).toEqual([]);
    expect(logged[0]).toEqual({ message: 'nothing to put back: service account kube-system/aws-node is gone', PhysicalResourceId: REMEMBERS_ROLE });
  });

  test('succeeds when there never was anything', async () => {
    const physicalId = 'AWSCDK::CustomResourceProviderFramework::MISSING_PHYSICAL_ID';
    await remove(physicalId);
    expect(world.connectedTo).toEqual([]);
    const line = { message: 'nothing to undo: this resource was never created', physicalId };
    expect(logged).toEqual([line, line]);
  });

  test('fails on any other trouble with the cluster', async () => {
    world.ports.clusters.describe = async () => { throw new Error('AccessDenied'); };
    await expect(remove(ID)).rejects.toThrow('AccessDenied');
  });

  test('fails when the pods do not come back', async () => {
    await used();
    world.kubernetes.behaviour.isGoodRole = role => role !== undefined;
    await expect(remove(ID)).rejects.toThrow('aws-node does not become Ready within 5 min in cluster blue');
    expect(world.kubernetes.deleted).toHaveLength(1);
  });
});
