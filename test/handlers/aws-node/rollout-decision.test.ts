import { INJECTED, OTHER_ROLE, ROLE, START, anInput, at, containers, correct, old, silent, terminating, uninjected, unready } from './builders';
import type { Pod } from '../../../lib/handlers/aws-node/kubernetes';
import { decide } from '../../../lib/handlers/aws-node/rollout-decision';
import type { RolloutInput } from '../../../lib/handlers/aws-node/rollout-state';
import { ROLE_ANNOTATION, STS_ANNOTATION } from '../../../lib/private/annotations';

type Differences = Parameters<typeof anInput>[1];

const deletes = (...names: string[]) => `delete ${names.map(name => `aws-node-${name}`).join(' ')}`;
const WAIT = 'wait';
const DONE = 'done';

function actionOf(input: RolloutInput): string {
  const decision = decide(input);
  return decision.action === 'delete' ? `delete ${decision.pods.map(({ name }) => name).join(' ')}` : decision.action;
}

function messageOf(pods: Pod[], differences?: Differences): string {
  const decision = decide(anInput(pods, differences));
  if (decision.action !== 'fail') {
    throw new Error(`expected to fail, got ${JSON.stringify(decision)}`);
  }
  return decision.message;
}

function summaryOf(pods: Pod[], differences?: Differences): string {
  const decision = decide(anInput(pods, differences));
  if (decision.action !== 'done') {
    throw new Error(`expected to be done, got ${JSON.stringify(decision)}`);
  }
  return decision.summary;
}

const finished = (pod: Pod): Pod => ({ ...pod, finished: true, ready: false, trouble: 'Evicted: low on memory' });
const neverSeen = (pod: Pod): Pod => (
  { ...pod, ready: false, readyChangedAt: pod.createdAt, containers: pod.containers.map(one => ({ ...one, ready: undefined })) });
const unscheduled = (pod: Pod): Pod => ({ ...neverSeen(pod), scheduled: false, trouble: 'Unschedulable: 0/3 nodes are available' });
/** Its containers are, in this order, Ready or not, or no kubelet has told of them. */
const withReady = (pod: Pod, ...ready: (boolean | undefined)[]): Pod => (
  { ...pod, ready: false, containers: pod.containers.map((one, index) => ({ ...one, ready: ready[index] })) });
const missing = (desiredNumberScheduled: number): Differences => ({ daemonSet: { desiredNumberScheduled, numberUnavailable: 1 } });
const withMaximum = (maxUnavailable: number | string | undefined, differences: Differences = {}): Differences => ({
  ...differences, daemonSet: { maxUnavailable, ...differences.daemonSet },
});

test.each<[string, Pod[], Differences, string]>([
  // the canary
  ['restarts one pod first, by name', [old('b'), old('a'), old('c')], withMaximum('100%'), deletes('a')],
  ['waits while the canary terminates', [terminating(old('a'), at(70)), old('b')], withMaximum('100%'), WAIT],
  ['waits while the canary is missing', [old('b')], withMaximum('100%', missing(2)), WAIT],
  ['waits while the canary starts', [unready(correct('a')), old('b')], withMaximum('100%'), WAIT],
  ['waits while the canary is not Ready for long enough', [correct('a', at(50)), old('b')], withMaximum('100%', { daemonSet: { minReadySeconds: 10 } }), WAIT],
  ['waits for a canary of an earlier attempt', [unready(correct('a', at(-600))), old('b')], withMaximum('100%', { now: at(10) }), WAIT],
  ['takes a pod that is down as canary: that takes nothing down', [old('a'), unready(old('b'))], withMaximum(2), deletes('b')],
  ['takes a pod that is down when there is no budget', [unready(old('b')), old('a')], withMaximum(1), deletes('b')],
  ['takes a pod that is down when all are', [unready(old('b')), unready(old('a'))], {}, deletes('a')],
  ['takes the pod of a silent node last', [silent(old('a')), unready(old('b'))], withMaximum(1), deletes('b')],
  ['takes the pod of a silent node when nothing else may be taken', [silent(old('a')), old('b')], withMaximum(1), deletes('a')],
  ['waits when there is no budget and nothing is down but what is gone', [terminating(old('a'), at(0)), old('b')], withMaximum(1), WAIT],
  ['takes the pod of a node that joined as canary', [correct('new', at(-60)), old('a'), old('b')], {}, deletes('a')],
  // batches
  ['restarts as many as may be unavailable', [correct('a'), old('b'), old('c'), old('d')], withMaximum(2), deletes('b', 'c')],
  ['rounds a percentage up', [correct('a'), old('b'), old('c'), old('d')], withMaximum('26%'), deletes('b', 'c')],
  ['restarts one by one without a maximum', [correct('a'), old('b'), old('c')], withMaximum(undefined), deletes('b')],
  ['counts a pod that terminates', [correct('a'), old('b'), old('c'), terminating(old('d'), at(70))], withMaximum(2), deletes('b')],
  ['counts a pod that starts', [correct('a'), old('b'), old('c'), unready(correct('d'))], withMaximum(2), deletes('b')],
  ['counts a pod that is missing', [correct('a'), old('b'), old('c')], withMaximum(2, missing(4)), deletes('b')],
  ['counts a pod on a silent node', [correct('a'), old('b'), old('c'), silent(correct('d', at(-60)))], withMaximum(2), deletes('b')],
  ['counts a pod that was evicted', [correct('a'), old('b'), old('c'), finished(old('d'))], withMaximum(2), deletes('b')],
  ['counts what only the status knows', [correct('a'), old('b'), old('c')], withMaximum(2, { daemonSet: { numberUnavailable: 2 } }), WAIT],
  ['is not fooled by Ready pods of nodes that are gone', [correct('a'), old('b'), old('c'), unready(correct('d'))],
    withMaximum(1, { daemonSet: { desiredNumberScheduled: 2 } }), WAIT],
  ['waits without a budget', [correct('a'), old('b'), unready(correct('c'))], {}, WAIT],
  ['restarts a pod that is down without a budget', [correct('a'), old('b'), unready(old('c'))], withMaximum(1), deletes('c')],
  ['restarts no more such pods at a time than may be unavailable', [correct('a'), unready(old('b')), unready(old('c')), unready(old('d'))],
    withMaximum(2), deletes('b', 'c')],
  ['counts those on their way', [correct('a'), unready(old('b')), unready(old('c')), terminating(old('d'), at(70))], withMaximum(2), deletes('b')],
  ['restarts the pod of a silent node', [correct('a'), correct('b'), silent(old('c'))], {}, deletes('c')],
  ['deletes no pod twice', [correct('a'), terminating(old('b'), at(70))], withMaximum(2), WAIT],
  ['leaves an evicted pod to the DaemonSet controller', [correct('a'), finished(old('b'))], withMaximum(2), WAIT],
  // the webhook lets pods pass
  ['gives the webhook time', [uninjected('a', at(57)), old('b')], withMaximum('100%'), WAIT],
  ['restarts that pod again, and no other', [uninjected('a', at(5)), old('b')], withMaximum(2, { now: at(10) }), deletes('a')],
  ['restarts one that is down again when there is no budget for those that work', [uninjected('a', at(20)), unready(uninjected('b', at(20)))], withMaximum(1), deletes('b')],
  ['is patient for two minutes', [uninjected('a', at(120)), old('b')], { now: at(160), triedAgain: true }, deletes('a')],
  ['does not blame the webhook for the pod of a silent node', [silent(uninjected('a', at(121))), old('b')], { now: at(140), triedAgain: true }, deletes('a')],
  ['waits longer each time', [uninjected('a', at(40)), old('b')], { now: at(59) }, WAIT],
  ['but does restart it', [uninjected('a', at(40)), old('b')], { now: at(61) }, deletes('a')],
  ['waits half a minute at most', [uninjected('a', at(110)), old('b')], { now: at(141) }, deletes('a')],
  ['goes back to one at a time', [correct('a'), uninjected('b', at(20)), uninjected('c', at(20)), old('d')], withMaximum(3), deletes('b')],
  ['goes back to one at a time for one that is down', [correct('a', at(10)), unready(uninjected('b', at(20))), old('c')], withMaximum(3), deletes('b')],
  ['waits for one that was evicted since', [correct('a', at(10)), uninjected('b', at(20)), finished(uninjected('c', at(30))), old('d')], withMaximum(4), WAIT],
  ['gives each its time in a batch, too', [correct('a', at(58), { readyChangedAt: at(59) }), uninjected('b', at(57)), old('c')], withMaximum(3), deletes('c')],
  ['prefers one that is down', [correct('a'), uninjected('b', at(20)), unready(uninjected('c', at(20)))], withMaximum(2), deletes('c')],
  ['does not take one that works without a budget', [correct('a'), uninjected('b', at(20)), silent(correct('c', at(-60)))], withMaximum(1), WAIT],
  ['restarts what is down anyway when there is no budget to try again', [unready(old('a')), uninjected('b', at(20))], withMaximum(1), deletes('a')],
  ['but not what is being tried again', [uninjected('a', at(20)), unready(uninjected('b', at(57))), silent(correct('c', at(-60)))], withMaximum(2), WAIT],
  ['tries again what it has missed after a long time, before it calls it a fault', [uninjected('a', at(121)), old('b')], { now: at(160) }, deletes('a')],
  ['goes on in batches after the webhook has proven itself', [correct('a', at(30)), uninjected('b', at(20)), uninjected('c', at(20)), old('d')],
    withMaximum(3), deletes('b', 'c', 'd')],
  // the endpoints
  ['minds no endpoints where none were asked for', [old('a')], { serviceAccount: { annotations: { [ROLE_ANNOTATION]: ROLE, [STS_ANNOTATION]: 'false' } } }, deletes('a')],
  ['goes on with the endpoints that were asked for', [old('a')], {
    desired: { kind: 'with-role', roleArn: ROLE, stsRegionalEndpoints: 'true' },
    serviceAccount: { annotations: { [ROLE_ANNOTATION]: ROLE, [STS_ANNOTATION]: 'true' } },
  }, deletes('a')],
  // the end
  ['is done when all are correct and available', [correct('a'), correct('b', at(-60))], {}, DONE],
  ['is done with nothing when no node is to run a pod', [], {}, DONE],
  ['is not done while a pod starts', [correct('a'), unready(correct('b', at(50)))], {}, WAIT],
  ['is not done while a pod is missing', [correct('a')], missing(2), WAIT],
  ['is not done while a pod terminates', [correct('a'), terminating(correct('b'), at(70))], {}, WAIT],
  ['is not done within half a minute of the end of its grace', [correct('a'), terminating(correct('b'), at(30))], {}, WAIT],
  ['is not done while one container of a pod starts', [correct('a'), withReady(correct('b', at(50)), true, true, false)], {}, WAIT],
  ['is not done while a new pod is unseen by its kubelet', [correct('a'), neverSeen(correct('b', at(-240)))], {}, WAIT],
  ['is not done while its kubelet has seen some of a pod', [correct('a'), withReady(correct('b', at(-301)), undefined, false, undefined)], {}, WAIT],
  ['is not done while the status disagrees', [correct('a')], { daemonSet: { numberUnavailable: 1 } }, WAIT],
  ['is done without pods of silent nodes', [correct('a'), terminating(old('b'), at(29)), silent(correct('c', at(-60)))], { daemonSet: { numberUnavailable: 2 } }, DONE],
  ['is done without a pod that no kubelet has ever seen', [correct('a'), neverSeen(correct('b', at(-301)))], { daemonSet: { numberUnavailable: 1 } }, DONE],
  ['is done without a pod of a silent node whose init container is not Ready', [correct('a'), withReady(correct('b', at(-60)), false, true, true)], {}, DONE],
  ['proves nothing by silent nodes alone', [terminating(old('b'), at(29))], {}, WAIT],
  ['waits for the DaemonSet controller', [old('a')], { daemonSet: { generation: 2, observedGeneration: 1 } }, WAIT],
])('%s', (_, pods, differences, expected) => {
  expect(actionOf(anInput(pods, differences))).toBe(expected);
});

describe('without the role', () => {
  const without = (serviceAccount = {}): Differences => ({ desired: { kind: 'without-role', roleArn: ROLE }, serviceAccount: { annotations: serviceAccount } });
  const before = (name: string) => correct(name, at(-600));
  const injectedAgain = (name: string) => uninjected(name, at(20), { containers: containers({ ...INJECTED, AWS_ROLE_ARN: OTHER_ROLE }) });

  test.each<[string, Pod[], Differences, string]>([
    ['restarts nothing when nothing carries it', [old('a'), old('b')], without(), DONE],
    ['does not mind others that are down', [unready(old('a')), finished(old('b'))], without(), DONE],
    ['restarts one that carries it', [before('a'), before('b')], without(), deletes('a')],
    ['goes on when it is back', [uninjected('a'), before('b'), before('c'), before('d')], { ...without(), daemonSet: { maxUnavailable: 2 } }, deletes('b', 'c')],
    ['restarts a canary that the role broke', [unready(before('a')), old('b')], without(), deletes('a')],
    ['restarts it though all are down', [unready(before('a')), unready(old('b'))], without(), deletes('a')],
    ['waits until what it restarted is Ready', [unready(uninjected('a', at(50))), old('b')], without(), WAIT],
    ['waits while a pod is missing', [old('b')], { ...without(), daemonSet: { desiredNumberScheduled: 2 } }, WAIT],
    ['restarts a new pod that still got it', [correct('a', at(20)), old('b')], without(), deletes('a')],
    ['restarts a pod that did not get what was put back', [uninjected('a', at(20)), old('b')], without({ [ROLE_ANNOTATION]: OTHER_ROLE }), deletes('a')],
    ['waits while one terminates that never carried it', [terminating(old('a'), at(70))], without(), WAIT],
    ['does not mind one that carries it and has ended', [finished(before('a'))], without(), DONE],
    ['gives none up that never carried it', [unready(old('a')), before('b')], { ...without(), now: at(400), daemonSet: { maxUnavailable: 2 } }, deletes('b')],
    ['is done when it did', [injectedAgain('a'), injectedAgain('b')], without({ [ROLE_ANNOTATION]: OTHER_ROLE }), DONE],
    ['restarts what an earlier attempt has left without the role of before', [injectedAgain('a'), old('b')], without({ [ROLE_ANNOTATION]: OTHER_ROLE }), deletes('b')],
    ['but not where no pod ever had that role', [old('a'), old('b')], without({ [ROLE_ANNOTATION]: OTHER_ROLE }), DONE],
    ['is done when pods on silent nodes are to go', [old('a'), terminating(before('b'), at(29))], without(), DONE],
  ])('%s', (_, pods, differences, expected) => {
    expect(actionOf(anInput(pods, differences))).toBe(expected);
  });

  test('is done when there is no DaemonSet or service account any more', () => {
    const gone = (object: string) => ({ action: 'done', summary: `${object} kube-system/aws-node of cluster blue is gone: no pod is left to take the role from` });
    expect(decide({ ...anInput([], without()), daemonSet: undefined })).toEqual(gone('DaemonSet'));
    expect(decide({ ...anInput([], without()), serviceAccount: undefined })).toEqual(gone('service account'));
  });

  test('says what it did', () => {
    expect(summaryOf([uninjected('a'), old('b')], without())).toBe(`restarted 1 aws-node pod; none carries ${ROLE} after 60 s`);
  });

  test('fails when the webhook goes on injecting it', () => {
    expect(messageOf([correct('a', at(130)), old('b')], { ...without(), now: at(140), triedAgain: true })).toBe(
      'the pod identity webhook of cluster blue gives new aws-node pods another environment than service account kube-system/aws-node asks for, '
      + `now that ${ROLE} is taken away, for more than 120 s by now: aws-node-a on node-a (AWS_ROLE_ARN is still ${ROLE} in aws-vpc-cni-init, aws-node, aws-eks-nodeagent). `
      + 'Check that MutatingWebhookConfiguration pod-identity-webhook exists, that nothing excludes these pods '
      + '(label eks.amazonaws.com/skip-pod-identity-webhook, annotation eks.amazonaws.com/skip-containers, variables set in the DaemonSet itself) '
      + 'and that its calls do not time out (API server audit log). Then deploy or delete again');
  });

  test('fails when it does so in spite of what was put back', () => {
    expect(messageOf([correct('a', at(130)), old('b')], { ...without({ [ROLE_ANNOTATION]: OTHER_ROLE }), now: at(140), triedAgain: true }))
      .toContain(`aws-node-a on node-a (AWS_ROLE_ARN is still ${ROLE} in aws-vpc-cni-init, aws-node, aws-eks-nodeagent). `);
  });

  test('fails when somebody sets the annotation again', () => {
    expect(messageOf([before('a')], without({ [ROLE_ANNOTATION]: ROLE }))).toBe(
      `service account kube-system/aws-node in cluster blue carries eks.amazonaws.com/role-arn=${ROLE} again, although it was taken away: `
      + 'something else manages the annotation (the managed vpc-cni add-on with a role of its own, or a GitOps tool): stop it, then deploy or delete again. No further pod is restarted');
  });
});

describe('the summary', () => {
  test.each<[string, Pod[], Differences, string]>([
    ['restarts and verifies', [correct('a'), correct('b'), correct('c', at(-60))], { now: at(41) },
      'restarted 2 and verified 3 aws-node pods (3 containers each) on 3 nodes in 41 s'],
    ['counts one of the first second', [correct('a', at(0))], {}, 'restarted 1 and verified 1 aws-node pod (3 containers each) on 1 node in 60 s'],
    ['counts different containers', [correct('a'), correct('b', at(5), { containers: containers(INJECTED).slice(1) })], {},
      'restarted 2 and verified 2 aws-node pods (2 to 3 containers each) on 2 nodes in 60 s'],
    ['has nothing to tell of no pods', [], {}, 'restarted and verified no aws-node pods: no node is to run one'],
    ['names whom it left out', [correct('a'), terminating(old('b'), at(29))], { daemonSet: { numberUnavailable: 1 } },
      'restarted 1 and verified 1 aws-node pod (3 containers each) on 1 node in 60 s; left out: aws-node-b on node-b (node not reporting)'],
    ['names some of many', [correct('a'), ...['b', 'c', 'd', 'e', 'f'].map(name => terminating(old(name), at(29)))], { daemonSet: { numberUnavailable: 5 } },
      'restarted 1 and verified 1 aws-node pod (3 containers each) on 1 node in 60 s; left out: aws-node-b on node-b (node not reporting), '
      + 'aws-node-c on node-c (node not reporting), aws-node-d on node-d (node not reporting), and 2 more'],
  ])('%s', (_, pods, differences, summary) => {
    expect(summaryOf(pods, differences)).toBe(summary);
  });
});

describe('fails', () => {
  const STOP = 'something else manages the annotation (the managed vpc-cni add-on with a role of its own, or a GitOps tool): '
    + 'stop it, then deploy again. No further pod is restarted';

  test('without the DaemonSet or the service account', () => {
    const gone = (object: string) => ({
      action: 'fail', message: `${object} kube-system/aws-node of cluster blue is gone: install the Amazon VPC CNI plugin again, then deploy again`,
    });
    expect(decide({ ...anInput([]), daemonSet: undefined })).toEqual(gone('DaemonSet'));
    expect(decide({ ...anInput([]), serviceAccount: undefined })).toEqual(gone('service account'));
  });

  test.each<[string, Record<string, string>, Differences, string]>([
    ['the role is gone', {}, {}, `has no annotation eks.amazonaws.com/role-arn, although it was set to ${ROLE}`],
    ['there is another role', { [ROLE_ANNOTATION]: OTHER_ROLE }, {}, `carries eks.amazonaws.com/role-arn=${OTHER_ROLE}, although it was set to ${ROLE}`],
    ['the endpoints are gone', { [ROLE_ANNOTATION]: ROLE }, { desired: { kind: 'with-role', roleArn: ROLE, stsRegionalEndpoints: 'true' } },
      'has no annotation eks.amazonaws.com/sts-regional-endpoints, although it was set to true'],
    ['there are other endpoints', { [ROLE_ANNOTATION]: ROLE, [STS_ANNOTATION]: 'false' },
      { desired: { kind: 'with-role', roleArn: ROLE, stsRegionalEndpoints: 'true' } },
      'carries eks.amazonaws.com/sts-regional-endpoints=false, although it was set to true'],
  ])('before it restarts anything when %s', (_, annotations, differences, found) => {
    expect(messageOf([old('a')], { serviceAccount: { annotations }, ...differences }))
      .toBe(`service account kube-system/aws-node in cluster blue ${found}: ${STOP}`);
  });

  test('when the webhook does not inject', () => {
    expect(messageOf([uninjected('a', at(121)), old('b')], { now: at(130), triedAgain: true })).toBe(
      'the pod identity webhook of cluster blue does not give new aws-node pods what service account kube-system/aws-node asks for, for more than 120 s by now: '
      + 'aws-node-a on node-a (AWS_ROLE_ARN is not set in aws-vpc-cni-init, aws-node, aws-eks-nodeagent; '
      + 'AWS_WEB_IDENTITY_TOKEN_FILE is not set in aws-vpc-cni-init, aws-node, aws-eks-nodeagent). '
      + 'Check that MutatingWebhookConfiguration pod-identity-webhook exists, that nothing excludes these pods '
      + '(label eks.amazonaws.com/skip-pod-identity-webhook, annotation eks.amazonaws.com/skip-containers, variables set in the DaemonSet itself) '
      + 'and that its calls do not time out (API server audit log). Then deploy again');
  });

  test.each<[string, Pod[]]>([
    ['one of them', [uninjected('a', at(121)), uninjected('b', at(60))]],
    ['all since it last did', [{ ...unready(correct('a', at(5))), readyChangedAt: at(100) }, uninjected('b', at(140))]],
  ])('when it does not inject %s', (_, pods) => {
    expect(messageOf(pods, { now: at(150), triedAgain: true })).toContain('for more than 120 s by now');
  });

  test('but not within the time that a pod had to be Ready for', () => {
    const minReady = (minReadySeconds: number): Differences => ({ now: at(250), triedAgain: true, daemonSet: { minReadySeconds } });
    const pods = [correct('a', at(5)), uninjected('b', at(212))];
    expect(messageOf(pods, minReady(80))).toContain('for more than 120 s by now');
    expect(actionOf(anInput(pods, minReady(90)))).toBe(deletes('b'));
  });

  test('but not when it has just proven itself', () => {
    expect(actionOf(anInput([uninjected('a', at(121)), correct('b', at(100))], { now: at(140), triedAgain: true }))).toBe(deletes('a'));
  });

  test('when a pod does not become Ready', () => {
    expect(messageOf([unready(correct('a', at(5))), old('b')], { now: at(306) })).toBe(
      'aws-node does not become Ready within 5 min in cluster blue: aws-node-a on node-a (not Ready: '
      + 'container aws-node: CrashLoopBackOff: back-off 20s, container aws-eks-nodeagent: CrashLoopBackOff: back-off 20s). '
      + '0 of 2 aws-node pods verified; no further pod is restarted. '
      + 'Check the permissions of the role, its trust policy and the logs of that container, then deploy again');
  });

  test('with what the scheduler says', () => {
    expect(messageOf([unscheduled(correct('a', at(5)))], { now: at(306) }))
      .toContain('aws-node-a on node-a (not Ready: Unschedulable: 0/3 nodes are available). ');
  });

  test('not before it had five minutes since the start, or since it was Ready last', () => {
    const pod = unready(correct('a', at(-3600)));
    expect(actionOf(anInput([pod], { now: START + 300_000 }))).toBe(WAIT);
    expect(messageOf([pod], { now: START + 300_001 })).toContain('aws-node does not become Ready within 5 min');
    expect(actionOf(anInput([{ ...unready(correct('a', at(5))), readyChangedAt: at(400) }], { now: at(699) }))).toBe(WAIT);
  });

  test('at the deadline, with what is still wrong', () => {
    const pods = [correct('a'), old('b'), terminating(old('c'), at(0)), unready(correct('d', at(1700))), finished(old('e'))];
    expect(messageOf(pods, { now: at(1710), daemonSet: { desiredNumberScheduled: 6 } })).toBe(
      'aws-node is not rolled out in cluster blue after 1710 s: 1 of 6 aws-node pods verified, 4 unavailable of at most 1 (maxUnavailable of the DaemonSet). '
      + 'Still wrong: aws-node-d on node-d (not Ready: container aws-node: CrashLoopBackOff: back-off 20s, container aws-eks-nodeagent: CrashLoopBackOff: back-off 20s); '
      + 'aws-node-c on node-c (node not reporting; AWS_ROLE_ARN is not set in aws-vpc-cni-init, aws-node, aws-eks-nodeagent; '
      + 'AWS_WEB_IDENTITY_TOKEN_FILE is not set in aws-vpc-cni-init, aws-node, aws-eks-nodeagent); '
      + 'aws-node-e on node-e (not Ready: Evicted: low on memory; AWS_ROLE_ARN is not set in aws-vpc-cni-init, aws-node, aws-eks-nodeagent; '
      + 'AWS_WEB_IDENTITY_TOKEN_FILE is not set in aws-vpc-cni-init, aws-node, aws-eks-nodeagent); and 1 more; '
      + '1 pod missing, which the DaemonSet controller does not create (kubectl describe daemonset aws-node -n kube-system). '
      + 'Repair or remove these nodes, or raise `rolloutTimeout`, then deploy again');
  });

  test.each<[string, Pod[], Differences, string]>([
    ['a pod that terminates', [terminating(correct('a'), at(1710))], {}, 'aws-node-a on node-a (terminating). '],
    ['a pod that is missing', [correct('a')], { daemonSet: { desiredNumberScheduled: 2 } }, '1 pod missing, which the DaemonSet controller does not create'],
    ['a pod that says nothing', [correct('a', at(1700))], { daemonSet: { minReadySeconds: 60 } }, 'aws-node-a on node-a (not Ready: no reason reported). '],
    ['of a pod that says nothing only what it lacks', [uninjected('a', at(1700))], { daemonSet: { minReadySeconds: 60 } }, 'aws-node-a on node-a (AWS_ROLE_ARN is not set in '],
    ['first what holds the others up', [terminating(correct('a'), at(1710)), correct('b', at(1709))], {},
      'aws-node-b on node-b (not Ready: no reason reported); aws-node-a on node-a (terminating). '],
  ])('at the deadline, naming %s', (_, pods, differences, wrong) => {
    expect(messageOf(pods, { ...differences, now: at(1710) })).toContain(`Still wrong: ${wrong}`);
  });

  test('at the deadline even when only the controller is late', () => {
    expect(messageOf([correct('a')], { now: at(1710), daemonSet: { observedGeneration: 0 } })).toContain('Still wrong: the status of the DaemonSet lags. ');
  });
});

test.each<[string, Pod[], Differences, string]>([
  ['restarts the canary', [old('a')], {}, 'canary'],
  ['restarts a batch', [correct('a'), old('b')], {}, 'batch'],
  ['restarts one again', [uninjected('a')], {}, 'again: it came up without its environment'],
  ['waits for the DaemonSet controller', [old('a')], { daemonSet: { generation: 2 } }, 'the DaemonSet controller has not seen the latest DaemonSet yet'],
  ['waits for its status', [correct('a')], { daemonSet: { numberUnavailable: 1 } }, 'the status of the DaemonSet: 1 unavailable, at most 1'],
  ['waits for three pods', [correct('a'), ...['b', 'c', 'd'].map(name => unready(correct(name)))], {},
    '3 not Ready (aws-node-b on node-b, aws-node-c on node-c, aws-node-d on node-d): 3 unavailable, at most 1'],
])('says why it %s', (_, pods, differences, why) => {
  expect(decide(anInput(pods, differences))).toMatchObject({ why });
});

test.each<[Pod[], object]>([
  [[correct('a'), correct('b'), old('c')], { restarted: 2, verified: 2, total: 3, percent: 66 }],
  [[], { restarted: 0, verified: 0, total: 0, percent: 100 }],
])('counts in percent (%#)', (pods, progress) => {
  expect(decide(anInput(pods)).progress).toMatchObject(progress);
});

test('says that it waits before it tries again', () => {
  expect(decide(anInput([uninjected('a', at(57)), old('b')]))).toMatchObject({
    why: '1 to be restarted again, for want of their environment (aws-node-a on node-a): 0 unavailable, at most 1',
  });
});

test('says what it waits for', () => {
  const pods = [correct('a'), old('b'), terminating(old('c'), at(70)), unready(correct('d')), silent(correct('e', at(-60))), finished(old('f'))];
  expect(decide(anInput(pods, { daemonSet: { desiredNumberScheduled: 7 } }))).toEqual({
    action: 'wait',
    why: '1 terminating (aws-node-c on node-c), 1 missing, 1 not Ready (aws-node-d on node-d), '
      + '1 to be replaced by the DaemonSet controller (aws-node-f on node-f), 1 on nodes that do not report (aws-node-e on node-e): 5 unavailable, at most 1',
    progress: { restarted: 2, verified: 1, total: 7, percent: 14, elapsedSeconds: 60 },
  });
});
