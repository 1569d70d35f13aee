import type { V1DaemonSet, V1Pod, V1ServiceAccount } from '@kubernetes/client-node';
import { at } from './builders';
import { AwsNodeFollower } from '../../../lib/handlers/aws-node/aws-node-follower';
import type { Pod } from '../../../lib/handlers/aws-node/kubernetes';
import type { KubernetesClient } from '../../../lib/handlers/aws-node/kubernetes-client';
import { PodReader } from '../../../lib/handlers/aws-node/pod-reader';
import type { WatchConnection, WatchEvent, WatchRequest } from '../../../lib/handlers/aws-node/watch-connection';

const OWNER = 'daemonset-uid';

function aDaemonSet(uid = OWNER, maxUnavailable = '10%'): V1DaemonSet {
  return {
    metadata: { uid, resourceVersion: '11' },
    spec: { selector: { matchLabels: { 'k8s-app': 'aws-node' } }, template: {}, updateStrategy: { rollingUpdate: { maxUnavailable } } },
    status: { currentNumberScheduled: 2, desiredNumberScheduled: 2, numberMisscheduled: 0, numberReady: 2 },
  };
}

const aServiceAccount = (annotations: Record<string, string> = {}): V1ServiceAccount => ({ metadata: { annotations, resourceVersion: '12' } });

function aPod(name: string, owner = OWNER): V1Pod {
  return {
    metadata: {
      name, uid: `uid-${name}`, creationTimestamp: new Date(at(0)), ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'aws-node', uid: owner }],
    },
    spec: { nodeName: `node-${name}`, containers: [{ name: 'aws-node' }] },
  };
}

/** The API server as the follower sees it, with the watches that are open. */
class Server {
  daemonSet: V1DaemonSet | undefined = aDaemonSet();
  serviceAccount: V1ServiceAccount | undefined = aServiceAccount();
  pods = ['a', 'b'];
  lists = 0;
  closed = 0;
  refuses?: string;
  slow = Promise.resolve();
  readonly watches = new Map<string, WatchRequest>();
  readonly deleted = new Map<string, number>();

  readonly client = {
    podReader: new PodReader(),
    readDaemonSet: async () => this.daemonSet,
    readServiceAccount: async () => this.serviceAccount,
    listPods: async (labelSelector: string, uid: string) => {
      this.lists++;
      expect([labelSelector, uid]).toEqual(['k8s-app=aws-node', this.daemonSet?.metadata?.uid]);
      return { pods: this.pods.map(name => this.client.podReader.read(aPod(name, uid))), resourceVersion: '13' };
    },
    openWatch: async (what: string, request: WatchRequest) => {
      if (what === this.refuses) {
        throw new Error(`watch ${what} failed`);
      }
      await this.slow;
      this.watches.set(what, request);
      return { close: () => { this.closed++; } } as WatchConnection;
    },
  };

  follower(): AwsNodeFollower {
    return new AwsNodeFollower(this.client as unknown as KubernetesClient, this.deleted);
  }

  tell(resource: string, type: WatchEvent, object: object): void {
    this.watches.get(`${resource} of kube-system`)!.onEvent(type, object);
  }

  end(resource: string): void {
    this.watches.get(`${resource} of kube-system`)!.onEnd();
  }
}

const namesOf = (pods: readonly Pod[]) => pods.map(({ name }) => name);

let server: Server;
let follower: AwsNodeFollower;

beforeEach(() => {
  server = new Server();
  follower = server.follower();
});

async function names(): Promise<string[]> {
  return namesOf((await follower.look()).pods);
}

test('lists once, and watches each from what was listed', async () => {
  expect(await follower.look()).toMatchObject({ daemonSet: { uid: OWNER }, serviceAccount: { annotations: {} }, pods: [{ name: 'a' }, { name: 'b' }] });
  await follower.look();
  expect(server.lists).toBe(1);
  expect([...server.watches].map(([what, { path, query }]) => [what, path, query])).toEqual([
    ['daemonsets of kube-system', '/apis/apps/v1/namespaces/kube-system/daemonsets', { fieldSelector: 'metadata.name=aws-node', resourceVersion: '11', allowWatchBookmarks: 'true' }],
    ['serviceaccounts of kube-system', '/api/v1/namespaces/kube-system/serviceaccounts', { fieldSelector: 'metadata.name=aws-node', resourceVersion: '12', allowWatchBookmarks: 'true' }],
    ['pods of kube-system', '/api/v1/namespaces/kube-system/pods', { labelSelector: 'k8s-app=aws-node', resourceVersion: '13', allowWatchBookmarks: 'true' }],
  ]);
});

test('follows pods that come, change and go', async () => {
  await follower.look();
  server.tell('pods', 'ADDED', aPod('c'));
  server.tell('pods', 'DELETED', aPod('a'));
  server.tell('pods', 'MODIFIED', { ...aPod('b'), status: { phase: 'Failed' } });
  expect((await follower.look()).pods).toMatchObject([{ name: 'b', finished: true }, { name: 'c' }]);
});

test('leaves out the pods of others, and one that is taken from the DaemonSet', async () => {
  await follower.look();
  server.tell('pods', 'ADDED', aPod('c', 'somebody-else'));
  server.tell('pods', 'MODIFIED', aPod('b', 'somebody-else'));
  expect(await names()).toEqual(['a']);
});

test('what was deleted is seen as going, whatever is told of it, until it is gone', async () => {
  await follower.look();
  server.deleted.set('uid-a', at(30));
  server.tell('pods', 'MODIFIED', aPod('a'));
  expect((await follower.look()).pods.map(({ deletionTimestamp }) => deletionTimestamp)).toEqual([undefined, at(30)].reverse());
  server.tell('pods', 'DELETED', aPod('a'));
  expect([await names(), server.deleted.size]).toEqual([['b'], 0]);
});

test('what the API server says of a deletion comes before what we remember', async () => {
  await follower.look();
  server.deleted.set('uid-a', at(30));
  const pod = aPod('a');
  server.tell('pods', 'MODIFIED', { ...pod, metadata: { ...pod.metadata, deletionTimestamp: new Date(at(10)).toISOString() } });
  expect((await follower.look()).pods[0].deletionTimestamp).toBe(at(10));
});

test('follows DaemonSet and service account', async () => {
  await follower.look();
  server.tell('daemonsets', 'MODIFIED', aDaemonSet(OWNER, '50%'));
  server.tell('serviceaccounts', 'MODIFIED', aServiceAccount({ a: 'b' }));
  expect(await follower.look()).toMatchObject({ daemonSet: { maxUnavailable: '50%' }, serviceAccount: { annotations: { a: 'b' } } });
  server.tell('serviceaccounts', 'DELETED', aServiceAccount());
  expect((await follower.look()).serviceAccount).toBeUndefined();
  expect(server.lists).toBe(1);
});

test.each<[string, () => void]>([
  ['a watch ends', () => server.end('serviceaccounts')],
  ['a watch fails', () => server.tell('pods', 'ERROR', { code: 410 })],
  ['the DaemonSet is another one', () => {
    server.daemonSet = aDaemonSet('other-uid');
    server.tell('daemonsets', 'ADDED', server.daemonSet);
  }],
])('lists anew when %s', async (_, happens) => {
  await follower.look();
  server.pods = ['z'];
  happens();
  expect(await names()).toEqual(['z']);
  expect([server.lists, server.closed]).toEqual([2, 3]);
});

describe('a connection may have died without a word', () => {
  const resources = ['daemonsets', 'serviceaccounts', 'pods'];
  let now: jest.SpyInstance;

  beforeEach(async () => {
    now = jest.spyOn(Date, 'now').mockReturnValue(at(0));
    await follower.look();
    now.mockReturnValue(at(60));
  });

  afterEach(() => now.mockRestore());

  test.each(resources)('lists anew after two minutes and a half without a word of %s', async silent => {
    resources.filter(resource => resource !== silent).forEach(resource => server.tell(resource, 'BOOKMARK', {}));
    now.mockReturnValue(at(150));
    await follower.look();
    expect(server.lists).toBe(1);
    now.mockReturnValue(at(150) + 1);
    await follower.look();
    expect([server.lists, server.closed]).toEqual([2, 3]);
  });

  test('does not list anew what tells of changes, or that there are none', async () => {
    server.tell('daemonsets', 'MODIFIED', aDaemonSet());
    server.tell('serviceaccounts', 'BOOKMARK', {});
    server.tell('pods', 'ADDED', aPod('c'));
    now.mockReturnValue(at(60 + 150));
    expect(await names()).toEqual(['a', 'b', 'c']);
    expect(server.lists).toBe(1);
  });
});

test.each(['daemonSet', 'serviceAccount'] as const)('without a %s there is nothing to follow: it looks again each time', async gone => {
  server[gone] = undefined;
  expect(await follower.look()).toMatchObject({ [gone]: undefined, pods: [] });
  expect([server.watches.size, server.lists]).toEqual([0, 0]);
  server.daemonSet = aDaemonSet();
  server.serviceAccount = aServiceAccount();
  expect(await names()).toEqual(['a', 'b']);
});

test('a DaemonSet that goes meanwhile is seen to be gone', async () => {
  await follower.look();
  server.daemonSet = undefined;
  server.tell('daemonsets', 'DELETED', aDaemonSet());
  expect((await follower.look()).daemonSet).toBeUndefined();
});

test('closes what it had opened when a watch is refused', async () => {
  server.refuses = 'pods of kube-system';
  await expect(follower.look()).rejects.toThrow('watch pods of kube-system failed');
  expect(server.closed).toBe(2);
});

test('closes what opens after a watch was refused', async () => {
  server.refuses = 'daemonsets of kube-system';
  let open = () => {};
  server.slow = new Promise(resolve => { open = resolve; });
  await expect(follower.look()).rejects.toThrow('watch daemonsets of kube-system failed');
  expect(server.closed).toBe(0);
  open();
  await new Promise(setImmediate);
  expect(server.closed).toBe(2);
});

describe('waits for a change', () => {
  const waited = async (milliseconds: number) => {
    const before = performance.now();
    await follower.change(milliseconds);
    return performance.now() - before;
  };

  test('that has come since the last look', async () => {
    await follower.look();
    server.tell('pods', 'ADDED', aPod('c'));
    expect(await waited(60_000)).toBeLessThan(1_000);
  });

  test('that comes later', async () => {
    await follower.look();
    setTimeout(() => server.end('pods'), 20);
    expect(await waited(60_000)).toBeLessThan(10_000);
  });

  test('that does not come', async () => {
    await follower.look();
    server.tell('pods', 'ADDED', aPod('c'));
    await follower.look();
    server.tell('pods', 'BOOKMARK', {});
    expect(await waited(50)).toBeGreaterThan(40);
  });
});

test('closes what is open, once', async () => {
  follower.close();
  await follower.look();
  follower.close();
  follower.close();
  expect(server.closed).toBe(3);
});
