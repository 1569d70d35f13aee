import { mkdtempSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { KubernetesClient } from '../../../lib/handlers/aws-node/kubernetes-client';
import { createCertificates } from '../../../local-stack/kubernetes/certificates';
import { type Answer, ScriptedApiServer, hang, ok, reset, status } from '../shared/scripted-api-server';

const server = new ScriptedApiServer();

// a busy machine takes its time
jest.setTimeout(30_000);

const metadata = { name: 'aws-node', uid: 'daemonset-uid', namespace: 'kube-system', creationTimestamp: '2026-11-24T10:00:00Z' };
const serviceAccount = { metadata: { ...metadata, annotations: { a: 'b' } } };
const pod = (name: string, owner = 'daemonset-uid') => ({
  metadata: { ...metadata, name, uid: `uid-${name}`, ownerReferences: [{ apiVersion: 'apps/v1', kind: 'DaemonSet', name: 'aws-node', uid: owner }] },
  spec: { nodeName: `node-${name}`, containers: [{ name: 'aws-node' }] },
  status: { phase: 'Running' },
});

function client(differences: Partial<ConstructorParameters<typeof KubernetesClient>[0]> = {}) {
  return new KubernetesClient({ ...server.props, ...differences });
}

test('asks with a token of its own each time', async () => {
  server.answers = [ok(serviceAccount)];
  const kubernetes = client();
  expect(await kubernetes.getServiceAccount()).toEqual({ annotations: { a: 'b' } });
  await kubernetes.getServiceAccount();
  expect(server.asked.map(({ call, authorization }) => [call, authorization])).toEqual([
    ['GET /api/v1/namespaces/kube-system/serviceaccounts/aws-node', 'Bearer token-1'],
    ['GET /api/v1/namespaces/kube-system/serviceaccounts/aws-node', 'Bearer token-2'],
  ]);
});

test('finds nothing', async () => {
  server.answers = [status(404)];
  expect(await client().getDaemonSet()).toBeUndefined();
  expect(await client().getServiceAccount()).toBeUndefined();
  expect(server.asked).toHaveLength(2);
});

test('merges annotations', async () => {
  server.answers = [ok(serviceAccount)];
  await client().patchServiceAccountAnnotations({ a: '1', b: null });
  expect(server.asked).toEqual([expect.objectContaining({
    call: 'PATCH /api/v1/namespaces/kube-system/serviceaccounts/aws-node',
    contentType: 'application/merge-patch+json',
    body: { metadata: { annotations: { a: '1', b: null } } },
  })]);
});

test('lists page by page, only the pods of the DaemonSet', async () => {
  server.answers = [
    ok({ metadata: { continue: 'next' }, items: [pod('a'), pod('b', 'somebody-else')] }),
    ok({ metadata: { resourceVersion: '7' }, items: [pod('c')] }),
  ];
  const { pods, resourceVersion } = await client().listPods('k8s-app=aws-node', 'daemonset-uid');
  expect([pods.map(({ name }) => name), resourceVersion]).toEqual([['a', 'c'], '7']);
  const call = 'GET /api/v1/namespaces/kube-system/pods?';
  expect(server.asked.map(one => one.call)).toEqual([`${call}labelSelector=k8s-app=aws-node&limit=50`, `${call}continue=next&labelSelector=k8s-app=aws-node&limit=50`]);
});

test('lists nothing', async () => {
  server.answers = [ok({ items: [] })];
  expect(await client().listPods('k8s-app=aws-node', 'daemonset-uid')).toEqual({ pods: [], resourceVersion: undefined });
});

test('lists from the start again when the next page is gone', async () => {
  const first = ok({ metadata: { continue: 'next' }, items: [pod('a')] });
  server.answers = [first, status(410), first, ok({ metadata: {}, items: [pod('b')] })];
  expect((await client().listPods('k8s-app=aws-node', 'daemonset-uid')).pods.map(({ name }) => name)).toEqual(['a', 'b']);
});

test('gives up when the next page is always gone', async () => {
  const first = ok({ metadata: { continue: 'next' }, items: [pod('a')] });
  server.answers = [first, status(410), first, status(410), first, status(410), first, status(410, { message: 'too old' })];
  await expect(client().listPods('k8s-app=aws-node', 'daemonset-uid')).rejects.toThrow('list pods of kube-system in cluster blue failed: 410, too old');
});

test.each([200, 404, 409])('deletes a pod of that uid, and takes %i for an answer', async code => {
  server.answers = [status(code)];
  await client().deletePod({ name: 'x', uid: 'uid-x' });
  expect(server.asked).toEqual([expect.objectContaining({
    call: 'DELETE /api/v1/namespaces/kube-system/pods/x', body: { preconditions: { uid: 'uid-x' } },
  })]);
});

test('fails to delete a pod', async () => {
  server.answers = [status(422, { message: 'invalid' })];
  await expect(client().deletePod({ name: 'x', uid: 'uid-x' })).rejects.toThrow('delete pod kube-system/x in cluster blue failed: 422, invalid');
});

test.each<[string, object, number]>([
  ['when its grace ends', { metadata: { deletionTimestamp: '2026-11-24T10:00:30Z' } }, Date.parse('2026-11-24T10:00:30Z')],
  ['now, if it does not tell', {}, expect.closeTo(Date.now(), -6)],
])('what it has deleted is to go %s, before any watch tells', async (_, answerToDelete, deletionTimestamp) => {
  const objects: [RegExp, object][] = [
    [/^\/apis.*\/daemonsets\/aws-node$/, { metadata, spec: { selector: { matchLabels: { 'k8s-app': 'aws-node' } }, template: {} } }],
    [/serviceaccounts\/aws-node$/, serviceAccount],
    [/pods\?labelSelector/, { metadata: {}, items: [pod('a')] }],
    [/pods\/a$/, answerToDelete],
  ];
  server.answers = [(request, response) => {
    const found = objects.find(([path]) => path.test(request.url!));
    return found ? ok(found[1])(request, response) : response.writeHead(200).flushHeaders();
  }];
  const kubernetes = client();
  const watch = kubernetes.watch();
  expect(await watch.look()).toMatchObject({ daemonSet: { uid: 'daemonset-uid' }, serviceAccount: { annotations: { a: 'b' } }, pods: [{ name: 'a' }] });
  await kubernetes.deletePod({ name: 'a', uid: 'uid-a' });
  expect((await watch.look()).pods).toEqual([expect.objectContaining({ name: 'a', deletionTimestamp })]);
  watch.close();
});

test.each<[string, Answer]>([
  ['it is busy', status(429)],
  ['it has waited for us too long', status(408)],
  ['it is broken', status(500)],
  ['it is not there', status(503)],
  ['the connection breaks', reset],
  ['it does not know us yet', status(401)],
  ['it does not let us yet', status(403)],
])('tries again when %s', async (_, answer) => {
  server.answers = [answer, answer, ok(serviceAccount)];
  expect(await client({ patienceMs: 10_000 }).getServiceAccount()).toBeDefined();
  expect(server.asked).toHaveLength(3);
});

test('tries again when it is asked to, and when', async () => {
  server.answers = [status(429, {}, { 'retry-after': '1' }), ok(serviceAccount)];
  const before = Date.now();
  await client({ patienceMs: 10_000 }).getServiceAccount();
  expect(Date.now() - before).toBeGreaterThanOrEqual(1000);
  expect(Date.now() - before).toBeLessThan(15_000);
});

test.each<[string, Answer, string]>([
  ['401', status(401),
    "get serviceaccount kube-system/aws-node in cluster blue failed: 401, the cluster does not know this function's role (tried for 2 s): "
    + 'its access entry, or its line in aws-auth, is missing or was removed; see `kubernetesAccess`'],
  ['403', status(403, { message: 'serviceaccounts "aws-node" is forbidden' }),
    'get serviceaccount kube-system/aws-node in cluster blue failed: 403, serviceaccounts "aws-node" is forbidden (tried for 2 s): '
    + 'the Role or RoleBinding of this function in kube-system is missing, or its access entry has another Kubernetes group; see `kubernetesAccess`'],
  ['500', status(500, { message: 'etcd is down' }), 'get serviceaccount kube-system/aws-node in cluster blue failed: 500, etcd is down'],
  ['what is empty', (_, response) => response.writeHead(502).end(), 'get serviceaccount kube-system/aws-node in cluster blue failed: 502, HTTP-Code: 502'],
  ['what is nothing', (_, response) => response.writeHead(502).end('null'), 'get serviceaccount kube-system/aws-node in cluster blue failed: 502, null'],
  ['what has no message', status(502, { a: 1 }), 'get serviceaccount kube-system/aws-node in cluster blue failed: 502, {"a":1}'],
  ['what is no JSON', (_, response) => response.writeHead(502).end('<html>'), 'get serviceaccount kube-system/aws-node in cluster blue failed: 502, <html>'],
])('gives up on %s after a while', async (_, answer, message) => {
  server.answers = [answer];
  const error = await client().getServiceAccount().then(() => undefined, (thrown: Error) => thrown);
  expect(error!.message).toBe(message);
  expect(server.asked.length).toBeGreaterThan(1);
});

test('gives up on a cluster that cannot be reached', async () => {
  server.answers = [reset];
  await expect(client().getServiceAccount()).rejects.toThrow(
    /^get serviceaccount kube-system\/aws-node in cluster blue failed: .*socket hang up.* \(tried for 2 s, at https:.*\): the endpoint of the cluster must be reachable: with `vpc` from its subnets and security groups, else from the internet, /);
});

test('gives up on a server of another authority', async () => {
  server.answers = [ok(serviceAccount)];
  const stranger = createCertificates(mkdtempSync(join(server.directory, 'stranger-'))).caData;
  await expect(client({ certificateAuthority: stranger }).getServiceAccount()).rejects.toThrow(/certificate/);
  expect(server.asked).toEqual([]);
});

test('does not wait for a server that never answers', async () => {
  server.answers = [hang];
  await expect(client({ requestTimeoutMs: 300, patienceMs: 2_000 }).getServiceAccount()).rejects.toThrow('aborted');
  expect(server.asked.length).toBeGreaterThan(1);
});

test('does not try again what is wrong in itself', async () => {
  server.answers = [status(422, { message: 'invalid' })];
  await expect(client().patchServiceAccountAnnotations({ 'not valid': '1' }))
    .rejects.toThrow('patch serviceaccount kube-system/aws-node in cluster blue failed: 422, invalid');
  expect(server.asked).toHaveLength(1);
});

test('a token that is refused is made anew before the next try', async () => {
  server.answers = [status(401), ok(serviceAccount)];
  server.forgotten = 0;
  await client({ patienceMs: 10_000 }).getServiceAccount();
  expect(server.forgotten).toBe(1);
  server.answers = [status(403), ok(serviceAccount)];
  await client({ patienceMs: 10_000 }).getServiceAccount();
  expect(server.forgotten).toBe(1);
});

describe('a watch', () => {
  const query = { labelSelector: 'k8s-app=aws-node', resourceVersion: '7', fieldSelector: undefined };
  const stream = (...events: object[]): Answer => (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' }).flushHeaders();
    events.forEach(event => response.write(`${JSON.stringify(event)}\n`));
  };

  function opened(differences?: Parameters<typeof client>[0]) {
    const events: [string, object][] = [];
    let ends = 0;
    const connection = client(differences).openWatch('pods of kube-system', {
      path: '/api/v1/namespaces/kube-system/pods', query, onEvent: (type, object) => events.push([type, object]), onEnd: () => { ends++; },
    });
    return { events, connection, ends: () => ends };
  }

  async function until(isTrue: () => boolean): Promise<void> {
    while (!isTrue()) {
      await new Promise(resolve => setTimeout(resolve, 10));
    }
  }

  test('hands on what the API server tells, until it ends', async () => {
    let response: ServerResponse;
    server.answers = [(request, answer) => {
      response = answer;
      stream({ type: 'ADDED', object: { a: 1 } }, { type: 'ERROR', object: { code: 410 } })(request, answer);
    }];
    const { events, connection, ends } = opened();
    await connection;
    await until(() => events.length === 2);
    expect(events).toEqual([['ADDED', { a: 1 }], ['ERROR', { code: 410 }]]);
    expect(server.asked).toEqual([expect.objectContaining({
      call: 'GET /api/v1/namespaces/kube-system/pods?watch=true&labelSelector=k8s-app=aws-node&resourceVersion=7', authorization: 'Bearer token-1',
    })]);
    expect(ends()).toBe(0);
    response!.end();
    await until(() => ends() === 1);
  });

  test('ends when it is closed', async () => {
    let isOpen = true;
    server.answers = [(request, response) => {
      request.socket.on('close', () => { isOpen = false; });
      stream({ type: 'ADDED', object: {} })(request, response);
    }];
    const { connection, ends } = opened();
    (await connection).close();
    await until(() => !isOpen && ends() === 1);
  });

  test('ends when the connection breaks', async () => {
    server.answers = [(request, response) => {
      stream({ type: 'ADDED', object: {} })(request, response);
      setTimeout(() => request.socket.destroy(), 50);
    }];
    const { connection, ends } = opened();
    await connection;
    await until(() => ends() === 1);
  });

  test('goes on after the time that the answer may take', async () => {
    server.answers = [stream()];
    const { connection, ends } = opened({ requestTimeoutMs: 2_000 });
    const open = await connection;
    await new Promise(resolve => setTimeout(resolve, 2_100));
    expect(ends()).toBe(0);
    open.close();
  });

  test('is tried again while the API server refuses', async () => {
    server.answers = [status(403), status(500), stream()];
    const { connection } = opened({ patienceMs: 10_000 });
    (await connection).close();
    expect(server.asked).toHaveLength(3);
  });

  test.each<[string, Answer, RegExp, number]>([
    ['refuses', status(403), /^watch pods of kube-system in cluster blue failed: 403, .*Forbidden \(tried for 2 s\): the Role or RoleBinding/, 30_000],
    ['does not know us', status(401), /^watch pods of kube-system in cluster blue failed: 401, the cluster does not know this function's role/, 30_000],
    ['never answers', hang, /^watch pods of kube-system in cluster blue failed: .*\(tried for 2 s, at https:/, 100],
  ])('fails when the API server %s', async (_, answer, message, requestTimeoutMs) => {
    server.answers = [answer];
    const { connection, ends } = opened({ requestTimeoutMs });
    await expect(connection).rejects.toThrow(message);
    expect([server.asked.length > 1, ends()]).toEqual([true, 0]);
  });
});
