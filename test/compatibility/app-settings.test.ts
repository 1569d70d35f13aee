import {
  App, CliCredentialsStackSynthesizer, DefaultStackSynthesizer, type IStackSynthesizer, LegacyStackSynthesizer, PermissionsBoundary,
  RemovalPolicies, Stack, Stage, aws_iam as iam, pipelines,
} from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import { testKinds } from './template-kinds';
import { VpcCniServiceAccountRole } from '../../lib';
import { CLUSTERS, CONTEXT, type ClusterKind, define, newStack } from '../clusters';
import { type Resource, ours } from '../resources';

const ENV = { account: '111122223333', region: 'eu-west-1' };
const KINDS = Object.keys(CLUSTERS) as ClusterKind[];
const BOUNDARY = { 'Fn::Join': ['', ['arn:', { Ref: 'AWS::Partition' }, ':iam::111122223333:policy/boundary']] };

/** Where the assets of the construct are, by a synthesizer of the app's own. */
const SYNTHESIZERS: Readonly<Record<string, [synthesizer: () => IStackSynthesizer, bucket: unknown]>> = {
  'DefaultStackSynthesizer with a qualifier and a bucket': [
    () => new DefaultStackSynthesizer({ qualifier: 'custom', fileAssetsBucketName: 'my-assets-${Qualifier}', bucketPrefix: 'prefix/' }),
    'my-assets-custom',
  ],
  'CliCredentialsStackSynthesizer with a qualifier': [
    () => new CliCredentialsStackSynthesizer({ qualifier: 'custom' }),
    'cdk-custom-assets-111122223333-eu-west-1',
  ],
  'LegacyStackSynthesizer, which tells the bucket at deployment': [
    () => new LegacyStackSynthesizer(),
    { Ref: expect.stringMatching(/^AssetParameters\w+S3Bucket/) },
  ],
};

beforeEach(() => {
  // With its flags of old or new apps, CDK tells what it thinks of its own constructs.
  jest.spyOn(console, 'error').mockReturnValue();
  jest.spyOn(console, 'warn').mockReturnValue();
});

testKinds('App', {
  'in a pipeline, with a permissions boundary for its stage and a qualifier': () => {
    const app = new App({ context: { ...CONTEXT, '@aws-cdk/core:bootstrapQualifier': 'custom' } });
    const pipelineStack = new Stack(app, 'Pipeline', { env: ENV });
    const input = pipelines.CodePipelineSource.connection('owner/repository', 'main', {
      connectionArn: 'arn:aws:codestar-connections:eu-west-1:111122223333:connection/1',
    });
    const pipeline = new pipelines.CodePipeline(pipelineStack, 'Pipeline', {
      synth: new pipelines.ShellStep('Synth', { input, commands: ['npx cdk synth'] }),
    });
    const stage = new Stage(app, 'Prod', { env: ENV, permissionsBoundary: PermissionsBoundary.fromName('boundary') });
    const stack = new Stack(stage, 'Stack');
    define({}, stack);
    pipeline.addStage(stage);
    const template = Template.fromStack(stack);
    expectBoundaryOnEveryRole(template);
    const publishing = JSON.stringify(Template.fromStack(pipelineStack).findResources('AWS::CodeBuild::Project'));
    for (const { S3Bucket, S3Key } of codeOf(template)) {
      expect(S3Bucket).toEqual('cdk-custom-assets-111122223333-eu-west-1');
      expect(publishing).toContain(S3Key.replace('.zip', ''));
    }
  },

  'with a permissions boundary by the context': () => {
    const app = new App({ context: { ...CONTEXT, '@aws-cdk/core:permissionsBoundary': { name: 'boundary' } } });
    const stack = new Stack(app, 'Stack', { env: ENV });
    define({}, stack);
    expectBoundaryOnEveryRole(Template.fromStack(stack));
  },

  ...Object.fromEntries(KINDS.map(kind => [`with iam.PermissionsBoundary.of() on it, ${kind} cluster`, () => {
    const stack = newStack();
    const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', CLUSTERS[kind](stack));
    iam.PermissionsBoundary.of(construct).apply(iam.ManagedPolicy.fromManagedPolicyName(stack, 'Boundary', 'boundary'));
    expectBoundaryOnEveryRole(Template.fromStack(stack));
  }])),

  ...Object.fromEntries(Object.entries(SYNTHESIZERS).map(([name, [synthesizer, bucket]]) => [`with a ${name}`, () => {
    const stack = new Stack(new App({ context: CONTEXT }), 'Stack', { env: ENV, synthesizer: synthesizer() });
    define({}, stack);
    const buckets = codeOf(Template.fromStack(stack)).map(({ S3Bucket }) => S3Bucket);
    expect(buckets).toEqual(buckets.map(() => bucket));
  }])),

  ...Object.fromEntries(KINDS.map(kind => [`with all feature flags of a new app, or none, ${kind} cluster`, () => {
    expect(essence(kind, CURRENTLY_RECOMMENDED_FLAGS)).toEqual(essence(kind, {}));
  }])),

  'with RemovalPolicies.of(it).retain()': () => expectRetained(policies => policies.retain(), 'Retain'),
  'with RemovalPolicies.of(it).retainOnUpdateOrDelete()': () => expectRetained(policies => policies.retainOnUpdateOrDelete(), 'RetainExceptOnCreate'),
});

function expectBoundaryOnEveryRole(template: Template): void {
  const roles = ours(template, 'AWS::IAM::Role');
  expect(roles).not.toEqual([]);
  for (const [logicalId, { Properties: { PermissionsBoundary: boundary } }] of roles) {
    expect({ logicalId, boundary }).toEqual({ logicalId, boundary: BOUNDARY });
  }
}

function codeOf(template: Template): { S3Bucket: string; S3Key: string }[] {
  const functions = ours(template, 'AWS::Lambda::Function');
  expect(functions).not.toEqual([]);
  return functions.map(([, { Properties }]) => Properties.Code);
}

/** All that the construct defines; of policies, single permissions. */
function essence(kind: ClusterKind, flags: Record<string, unknown>): object {
  const stack = new Stack(new App({ context: { ...flags, 'aws:cdk:disable-asset-staging': true } }), 'Stack', { env: ENV });
  new VpcCniServiceAccountRole(stack, 'VpcCni', CLUSTERS[kind](stack));
  const template = Template.fromStack(stack);
  const permissions = ours(template, 'AWS::IAM::Policy').flatMap(([id, { Properties }]) => {
    const statements: Record<'Effect' | 'Action' | 'Resource', unknown>[] = Properties.PolicyDocument.Statement;
    return statements.flatMap(({ Effect, Action, Resource: on }) => [Action].flat().flatMap(action =>
      [on].flat().map(resource => `${id}: ${Effect} ${action} on ${JSON.stringify(rendered(resource, template))}`)));
  });
  const others = ours(template).filter(([, { Type }]) => Type !== 'AWS::IAM::Policy');
  return { permissions: permissions.sort(), others: rendered(Object.fromEntries(others), template) };
}

/** With names in the place of references, and in one order: flags decide how such things are written. */
function rendered(value: unknown, template: Template): unknown {
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  if (Array.isArray(value)) {
    const inner = value.map(one => rendered(one, template));
    return inner.every(one => typeof one === 'string') ? inner.sort() : inner;
  }
  const object = value as Resource;
  if (object.Ref === 'AWS::Partition') {
    return 'aws';
  }
  if (object.Ref) {
    return /OIDC|OpenIdConnect/.test(template.toJSON().Resources[object.Ref]?.Type) ? '<OIDC provider>' : `<${object.Ref}>`;
  }
  if (object['Fn::Join']) {
    const [delimiter, parts] = object['Fn::Join'] as [string, unknown[]];
    return parts.map(part => rendered(part, template)).map(part => typeof part === 'string' ? part : JSON.stringify(part)).join(delimiter);
  }
  return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, rendered(inner, template)]));
}

function expectRetained(apply: (policies: RemovalPolicies) => void, policy: string): void {
  for (const kind of KINDS) {
    const stack = newStack();
    apply(RemovalPolicies.of(new VpcCniServiceAccountRole(stack, 'VpcCni', CLUSTERS[kind](stack))));
    const resources = ours(Template.fromStack(stack));
    expect(resources.map(([, { Type }]) => Type)).toEqual(expect.arrayContaining([
      'AWS::IAM::Role', 'Custom::AwsNodeGuard', 'Custom::AWSCDK-EKS-KubernetesPatch', 'Custom::AwsNodeRollout',
    ]));
    expect(resources.filter(([, { DeletionPolicy, UpdateReplacePolicy }]) => DeletionPolicy !== policy || UpdateReplacePolicy !== 'Retain')).toEqual([]);
  }
}
