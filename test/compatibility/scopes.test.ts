import { App, NestedStack, Stack, Stage, aws_eks as eks, aws_eks_v2 as eksv2 } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { IConstruct } from 'constructs';
import { testKinds } from './template-kinds';
import { VpcCniServiceAccountRole } from '../../lib';
import { CLUSTERS, CONTEXT, type ClusterKind, define, layer, newStack } from '../clusters';
import { only, requires } from '../resources';

const KINDS = Object.keys(CLUSTERS) as ClusterKind[];
const OWNED = KINDS.filter(kind => kind.endsWith('owned'));

/** With the node group that a cluster comes with and another one: what is to come after the construct. */
const NEW_CLUSTERS: Readonly<Record<string, (stack: Stack) => { cluster: eks.Cluster | eksv2.Cluster; nodegroups: IConstruct[] }>> = {
  'aws-eks cluster': stack => {
    const cluster = newEksV1Cluster(stack, eks.AuthenticationMode.API_AND_CONFIG_MAP);
    return { cluster, nodegroups: [cluster.defaultNodegroup!, cluster.addNodegroupCapacity('more')] };
  },
  // aws-auth names the roles of the nodes, too, so they have to come before.
  'aws-eks cluster in mode CONFIG_MAP': stack => {
    const cluster = newEksV1Cluster(stack, eks.AuthenticationMode.CONFIG_MAP);
    return { cluster, nodegroups: [cluster.defaultNodegroup!.node.defaultChild!, cluster.addNodegroupCapacity('more').node.defaultChild!] };
  },
  'aws-eks-v2 cluster': stack => {
    const cluster = new eksv2.Cluster(stack, 'Cluster', {
      version: eksv2.KubernetesVersion.V1_34,
      kubectlProviderOptions: { kubectlLayer: layer(stack) },
      defaultCapacityType: eksv2.DefaultCapacityType.NODEGROUP,
    });
    return { cluster, nodegroups: [cluster.defaultNodegroup!, cluster.addNodegroupCapacity('more')] };
  },
};

function newEksV1Cluster(stack: Stack, authenticationMode: eks.AuthenticationMode): eks.Cluster {
  return new eks.Cluster(stack, 'Cluster', { version: eks.KubernetesVersion.V1_34, kubectlLayer: layer(stack), authenticationMode });
}

testKinds('App', {
  'two constructs for two clusters in one stack': () => {
    const stack = newStack();
    const kubectlLayer = layer(stack);
    for (const clusterName of ['one', 'two']) {
      const cluster = eksv2.Cluster.fromClusterAttributes(stack, `Cluster-${clusterName}`, { clusterName });
      new VpcCniServiceAccountRole(stack, clusterName, { cluster, kubectlLayer });
    }
    const template = Template.fromStack(stack);
    const rollouts = Object.entries(template.findResources('Custom::AwsNodeRollout'));
    expect(rollouts.map(([logicalId, { Properties: { ClusterName } }]) => [logicalId.slice(0, 3), ClusterName])).toEqual([['one', 'one'], ['two', 'two']]);
    // Neither waits for the other, nor goes with it.
    const [one, two] = rollouts.map(([logicalId]) => [...requires(template, logicalId)]);
    expect(one.filter(logicalId => logicalId.startsWith('two'))).toEqual([]);
    expect(two.filter(logicalId => logicalId.startsWith('one'))).toEqual([]);
    const manifests = Object.values(template.findResources('Custom::AWSCDK-EKS-KubernetesResource')).map(({ Properties: { Manifest } }) => JSON.parse(Manifest));
    const [first, second] = manifests.map(([{ metadata: { name } }]) => name);
    expect(first).not.toEqual(second);
  },

  ...Object.fromEntries(KINDS.map(kind => [`in a nested stack, ${kind} cluster in the parent`, () => {
    const stack = newStack();
    const nested = new NestedStack(stack, 'Nested');
    new VpcCniServiceAccountRole(nested, 'VpcCni', CLUSTERS[kind](stack));
    const [template, parent] = [nested, stack].map(one => Template.fromStack(one));
    const [annotation] = only(template, 'Custom::AWSCDK-EKS-KubernetesPatch');
    const [guard, { Properties: { Owner } }] = only(template, 'Custom::AwsNodeGuard');
    const [rollout] = only(template, 'Custom::AwsNodeRollout');
    expect(Owner).toEqual({ 'Fn::Join': ['', ['Stack/Nested/VpcCni in stack ', { Ref: 'AWS::StackName' }]] });
    expect([...requires(template, rollout)]).toEqual(expect.arrayContaining([guard, annotation]));
    parent.resourceCountIs('Custom::AwsNodeRollout', 0);
    if (kind.endsWith('owned')) {
      const [kubectlIsReady] = only(parent, 'AWS::SSM::Parameter');
      expect(requires(parent, stack.getLogicalId(nested.nestedStackResource!))).toContain(kubectlIsReady);
    }
  }])),

  ...Object.fromEntries(OWNED.map(kind => [`in another stack than the ${kind} cluster`, () => {
    const { cluster } = CLUSTERS[kind](newStack());
    const stack = new Stack(cluster.node.root as App, 'Other', { env: cluster.env });
    new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });
    const [, { Properties: { ClusterName } }] = only(Template.fromStack(stack), 'Custom::AwsNodeRollout');
    expect(ClusterName).toEqual({ 'Fn::ImportValue': expect.stringContaining('Stack:ExportsOutputRef') });
    expect(stack.dependencies.map(({ stackName }) => stackName)).toEqual(['Stack']);
  }])),

  'in two stages, on clusters of one name in accounts that the app does not know': () => {
    const app = new App({ context: CONTEXT });
    const stacks = ['Dev', 'Prod'].map(id => new Stack(new Stage(app, id), 'Stack'));
    stacks.forEach(stack => define({}, stack));
    expect(stacks.map(stack => only(Template.fromStack(stack), 'Custom::AwsNodeGuard')[1].Properties.Owner)).toEqual(
      ['Dev/Stack/VpcCni in stack Dev-Stack', 'Prod/Stack/VpcCni in stack Prod-Stack']);
  },

  ...Object.fromEntries(Object.entries(NEW_CLUSTERS).map(([name, create]) => [`with a new ${name}, before its node groups`, () => {
    const stack = newStack();
    const { cluster, nodegroups } = create(stack);
    const construct = new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });
    nodegroups.forEach(nodegroup => nodegroup.node.addDependency(construct));
    const template = Template.fromStack(stack);
    const [rollout] = only(template, 'Custom::AwsNodeRollout');
    const logicalIds = Object.keys(template.findResources('AWS::EKS::Nodegroup'));
    expect(logicalIds).toHaveLength(nodegroups.length);
    for (const logicalId of logicalIds) {
      expect(requires(template, logicalId)).toContain(rollout);
    }
  }])),
});
