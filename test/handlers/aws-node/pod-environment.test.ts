import { INJECTED, OTHER_ROLE, ROLE, at, containers, old } from './builders';
import type { RoleEnvironment } from '../../../lib/handlers/aws-node/pod-environment';
import { carriesRole, lacksRole } from '../../../lib/handlers/aws-node/pod-environment';

const desired: RoleEnvironment = { roleArn: ROLE };
const REGIONAL = { AWS_STS_REGIONAL_ENDPOINTS: 'regional' };

describe('what a pod lacks', () => {
  test.each<[string, Record<string, string>, RoleEnvironment, string[]]>([
    ['nothing with role and token file', INJECTED, desired, []],
    ['role and token file without anything', {}, desired, ['AWS_ROLE_ARN is not set', 'AWS_WEB_IDENTITY_TOKEN_FILE is not set']],
    ['the role with another role', { ...INJECTED, AWS_ROLE_ARN: OTHER_ROLE }, desired, [`AWS_ROLE_ARN is ${OTHER_ROLE}`]],
    ['the token file without it', { AWS_ROLE_ARN: ROLE }, desired, ['AWS_WEB_IDENTITY_TOKEN_FILE is not set']],
    ['nothing with the default of the webhook', { ...INJECTED, ...REGIONAL }, desired, []],
    ['nothing with regional endpoints as asked', { ...INJECTED, ...REGIONAL }, { ...desired, stsRegionalEndpoints: 'true' }, []],
    ['regional endpoints that were asked for', INJECTED, { ...desired, stsRegionalEndpoints: 'true' }, ['AWS_STS_REGIONAL_ENDPOINTS is not set']],
    ['regional endpoints when it has legacy ones', { ...INJECTED, AWS_STS_REGIONAL_ENDPOINTS: 'legacy' }, { ...desired, stsRegionalEndpoints: 'true' },
      ['AWS_STS_REGIONAL_ENDPOINTS is legacy']],
    ['nothing without the endpoints that were declined', INJECTED, { ...desired, stsRegionalEndpoints: 'false' }, []],
    ['the absence of endpoints that were declined', { ...INJECTED, ...REGIONAL }, { ...desired, stsRegionalEndpoints: 'false' },
      ['AWS_STS_REGIONAL_ENDPOINTS is regional']],
    ['a restart when it has endpoints of an annotation that is gone', { ...INJECTED, ...REGIONAL }, { ...desired, restartBefore: at(0) },
      ['AWS_STS_REGIONAL_ENDPOINTS is regional from before the annotation was taken away']],
    ['nothing without those', INJECTED, { ...desired, restartBefore: at(0) }, []],
    ['nothing when it was made since', { ...INJECTED, ...REGIONAL }, { ...desired, restartBefore: at(-3600) }, []],
  ])('%s', (_, env, environment, reasons) => {
    const pod = old('a', { containers: containers(env) });
    const names = ['aws-vpc-cni-init', 'aws-node', 'aws-eks-nodeagent'];
    expect(lacksRole(pod, environment)).toEqual(names.flatMap(container => reasons.map(reason => ({ container, reason }))));
  });

  test('counts init containers too', () => {
    const [, ...others] = containers(INJECTED);
    const pod = old('a', { containers: [{ name: 'aws-vpc-cni-init', init: true, env: {} }, ...others] });
    expect(lacksRole(pod, desired).map(({ container }) => container)).toEqual(['aws-vpc-cni-init', 'aws-vpc-cni-init']);
  });
});

test('a pod carries a role when one container does', () => {
  const [init, ...others] = containers({});
  expect(carriesRole(old('a', { containers: [init, ...others] }), ROLE)).toEqual([]);
  expect(carriesRole(old('a', { containers: [init, { ...others[0], env: INJECTED }] }), OTHER_ROLE)).toEqual([]);
  expect(carriesRole(old('a', { containers: [init, { ...others[0], env: INJECTED }] }), ROLE))
    .toEqual([{ container: 'aws-node', reason: `AWS_ROLE_ARN is still ${ROLE}` }]);
});
