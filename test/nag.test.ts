import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { App, Stack, Validations, aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { CURRENTLY_RECOMMENDED_FLAGS } from 'aws-cdk-lib/cx-api';
import * as nag from 'cdk-nag';
import { type IConstruct, Node } from 'constructs';
import { CLUSTERS, type ClusterKind, layer, newStack } from './clusters';
import { IpFamily, KubernetesAccess, NodeRoles, VpcCniServiceAccountRole } from '../lib';

/** Every pack that cdk-nag ships. */
const PACKS = Object.entries(nag).filter(([name]) => name.endsWith('Checks')) as [string, new () => nag.NagPack][];

const SECURITY = readFileSync(join(__dirname, '../docs/security.md'), 'utf8').split('## Rules of cdk-nag')[1];

/** What a pack finds on what a construct defines: not on the rest of the app, nor on the cluster's own kubectl. */
function findings(Pack: new () => nag.NagPack, stack: Stack, construct: IConstruct): string[] {
  Template.fromStack(stack);
  return new Pack().validateScope(stack).violations.flatMap(({ ruleName, violatingResources }) => violatingResources
    .map(({ constructPath }) => constructPath ?? '')
    .filter(path => path.startsWith(construct.node.path))
    .map(path => `${ruleName} at ${path}`));
}

test('the packs are all there', () => {
  expect(PACKS.map(([name]) => name)).toEqual(expect.arrayContaining(
    ['AwsSolutionsChecks', 'HIPAASecurityChecks', 'NIST80053R5Checks', 'PCIDSS321Checks']));
});

type Case = [kind: ClusterKind, ipFamily: IpFamily | undefined, nodeRoles: 'given' | 'managed' | undefined];

const CASES = (Object.keys(CLUSTERS) as ClusterKind[]).flatMap<Case>(kind => [
  [kind, IpFamily.IP_V4, undefined],
  [kind, IpFamily.IP_V6, 'given'],
  ...kind.endsWith('imported') ? [[kind, undefined, 'managed']] as Case[] : [],
]);

function define(...[kind, ipFamily, nodeRoles]: Case) {
  const stack = newStack();
  const role = nodeRoles && new iam.Role(stack, 'NodeRole', { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com') });
  const props = { ...CLUSTERS[kind](stack, ipFamily), ipFamily, nodeRoles: role && (nodeRoles === 'given' ? NodeRoles.of(role) : NodeRoles.managedNodegroups()) };
  return { stack, construct: new VpcCniServiceAccountRole(stack, 'VpcCni', props) };
}

describe.each(PACKS)('%s', (_, Pack) => {
  test.each(CASES)('finds nothing on %s, %s, node roles %s', (kind, ipFamily, nodeRoles) => {
    const { stack, construct } = define(kind, ipFamily, nodeRoles);
    expect(findings(Pack, stack, construct)).toEqual([]);
  });
});

test.each(Object.keys(CLUSTERS) as ClusterKind[])('finds nothing on a cluster of another stack, %s', kind => {
  const { cluster } = CLUSTERS[kind](newStack());
  const stack = new Stack(cluster.node.root as App, 'Other', { env: cluster.env });
  const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster, kubectlLayer: layer(stack) });
  expect(findings(nag.AwsSolutionsChecks, stack, construct)).toEqual([]);
});

test.each(Object.keys(CLUSTERS) as ClusterKind[])('finds nothing in an app with the feature flags of a new one, %s', kind => {
  // CDK prints what it thinks of its own constructs.
  jest.spyOn(console, 'error').mockReturnValue();
  const stack = newStack(CURRENTLY_RECOMMENDED_FLAGS);
  const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', CLUSTERS[kind](stack));
  expect(findings(nag.AwsSolutionsChecks, stack, construct)).toEqual([]);
});

test('finds nothing on what the construct adds to an existing role', () => {
  const stack = newStack();
  const role = new iam.Role(stack, 'Existing', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  new VpcCniServiceAccountRole(stack, 'VpcCni', { ...CLUSTERS['aws-eks-v2 imported'](stack), kubernetesAccess: KubernetesAccess.existingRole(role) });
  expect(findings(nag.AwsSolutionsChecks, stack, role)).toEqual([]);
});

test('no acknowledgement without a finding, nor without its place in the documentation', () => {
  const acknowledged = new Set<string>();
  const addMetadata = Node.prototype.addMetadata;
  jest.spyOn(Node.prototype, 'addMetadata').mockImplementation(function (this: Node, type, data, options) {
    if (type === Validations.ACKNOWLEDGED_RULES_METADATA_KEY) {
      Object.keys(data).forEach(id => acknowledged.add(id));
    } else {
      addMetadata.call(this, type, data, options);
    }
  });
  const found = new Set(CASES.flatMap(each => {
    const { stack, construct } = define(...each);
    return PACKS.flatMap(([, Pack]) => findings(Pack, stack, construct).map(finding => finding.split(' at ')[0]));
  }));
  expect([...acknowledged].sort()).toEqual([...found].sort());
  const rules = new Set([...acknowledged].map(id => /-(\w+)(?:\[|$)/.exec(id)![1]));
  expect([...SECURITY.matchAll(/^\| (`\w+`(?:, `\w+`)*) \|/gm)].flatMap(([, cell]) => cell.match(/\w+/g)).sort()).toEqual([...rules].sort());
});
