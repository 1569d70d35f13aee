import { Annotations as Acknowledge, App, Aspects, Stack, aws_eks as eks, aws_iam as iam, type aws_lambda as lambda } from 'aws-cdk-lib';
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions';
import { define, newStack } from './clusters';
import { IpFamily, KubernetesAccess, NodeRoles, VpcCniServiceAccountRole } from '../lib';

const ROLE = 'arn:aws:iam::111122223333:role/node';
const PARTITION = { Ref: 'AWS::Partition' };
const arn = (...rest: string[]) => ({ 'Fn::Join': ['', ['arn:', PARTITION, ...rest]] });
const CNI_POLICY = arn(':iam::aws:policy/AmazonEKS_CNI_Policy');
const ANY_ROLE = arn(':iam::111122223333:role/*');
const OWN_POLICIES = arn(':iam::111122223333:policy/*');

const given = (stack: Stack, name = 'node') => iam.Role.fromRoleArn(stack, `Role${name}`, `arn:aws:iam::111122223333:role/${name}`);
const owned = (stack: Stack, props: Partial<iam.RoleProps> = {}, id = 'Node') => new iam.Role(stack, id, { assumedBy: new iam.ServicePrincipal('ec2.amazonaws.com'), ...props });

function only(template: Template, type: string): [string, Record<string, any>] {
  const found = Object.entries(template.findResources(type));
  expect(found).toHaveLength(1);
  return found[0];
}

/** The policy of the function, by its logical id. */
function policy(template: Template): [string, Record<string, any>] {
  return Object.entries(template.findResources('AWS::IAM::Policy')).find(([id]) => id.includes('NodeRolePoliciesAccessPolicy'))!;
}

const statements = (template: Template) => policy(template)[1].Properties.PolicyDocument.Statement;

function defined(nodeRoles: (stack: Stack) => NodeRoles, ipFamily?: IpFamily) {
  const stack = newStack();
  const construct = define({ nodeRoles: nodeRoles(stack), ipFamily }, stack);
  return { stack, construct, template: Template.fromStack(stack) };
}

describe('properties', () => {
  test('without node roles nothing is there that would change them', () => {
    const { stack, construct, template } = { ...defined(() => undefined as unknown as NodeRoles) };
    template.resourceCountIs('Custom::NodeRolePolicies', 0);
    expect(only(template, 'Custom::AwsNodeRollout')[1].Properties).not.toHaveProperty('NodeRoles');
    expect(stack.resolve(construct.rolloutSummary)).toEqual({ 'Fn::GetAtt': [only(template, 'Custom::AwsNodeRollout')[0], 'Summary'] });
  });

  test('given roles, each once, and the policy of the partition', () => {
    const { template } = defined(stack => NodeRoles.of(given(stack), given(stack, 'other'), iam.Role.fromRoleArn(stack, 'Again', ROLE)));
    template.hasResourceProperties('Custom::NodeRolePolicies', {
      ClusterName: 'my-cluster', RoleArns: [ROLE, 'arn:aws:iam::111122223333:role/other'], CniPolicyArn: CNI_POLICY,
    });
    template.hasResourceProperties('Custom::AwsNodeRollout', { NodeRoles: [ROLE, 'arn:aws:iam::111122223333:role/other'] });
  });

  test('managed node groups', () => {
    const { template } = defined(() => NodeRoles.managedNodegroups());
    template.hasResourceProperties('Custom::NodeRolePolicies', { ClusterName: 'my-cluster', RoleArns: Match.absent(), CniPolicyArn: CNI_POLICY });
    template.hasResourceProperties('Custom::AwsNodeRollout', { NodeRoles: [ANY_ROLE] });
  });

  test('the summary has both sentences', () => {
    const { stack, construct, template } = defined(stack_ => NodeRoles.of(given(stack_)));
    const [[rollout], [policies]] = [only(template, 'Custom::AwsNodeRollout'), only(template, 'Custom::NodeRolePolicies')];
    expect(stack.resolve(construct.rolloutSummary)).toEqual(
      { 'Fn::Join': ['; ', [{ 'Fn::GetAtt': [rollout, 'Summary'] }, { 'Fn::GetAtt': [policies, 'Summary'] }]] });
  });

  test('the whole of it', () => {
    expect(defined(() => NodeRoles.managedNodegroups()).template.toJSON()).toMatchSnapshot();
  });

  test.each([
    [[], 'NodeRoles.of() needs at least one role, got: none; give the roles of the nodes, or leave `nodeRoles` out to leave them alone'],
    [['arn:aws:iam::111122223333:user/me'],
      '`roles` of NodeRoles.of must have an ARN of the form arn:PARTITION:iam::ACCOUNT:role/NAME, got: \'arn:aws:iam::111122223333:user/me\'; give the ARN of an IAM role'],
  ])('fails for %j', (arns, message) => {
    const stack = newStack();
    const roles = arns.map((roleArn, index) => Object.assign(given(stack, String(index)), { roleArn }));
    expect(() => NodeRoles.of(...roles)).toThrow(new Error(message));
  });
});

describe('order of changes', () => {
  test('the last to be created and the first to be deleted, with all that it needs', () => {
    const { template } = defined(() => NodeRoles.managedNodegroups());
    const [, { DependsOn }] = only(template, 'Custom::NodeRolePolicies');
    const [rollout] = only(template, 'Custom::AwsNodeRollout');
    expect(DependsOn).toContain(rollout);
    const own = Object.entries(template.toJSON().Resources as Record<string, { Type: string }>).filter(([id]) => id.startsWith('VpcCniNodeRolePoliciesAccess'));
    expect(own.map(([, { Type }]) => Type).sort()).toEqual([
      'AWS::EKS::AccessEntry', 'AWS::IAM::Policy', 'AWS::IAM::Policy', 'AWS::IAM::Role', 'Custom::AWSCDK-EKS-KubernetesResource',
    ]);
    expect(DependsOn).toEqual(expect.arrayContaining(own.map(([id]) => id)));
  });

  test('the function has time for its watch', () => {
    const { template } = defined(() => NodeRoles.managedNodegroups());
    const machines = Object.entries(template.findResources('AWS::StepFunctions::StateMachine')).filter(([id]) => id.includes('NodeRolePolicies'));
    expect(machines).toHaveLength(1);
    expect(JSON.stringify(machines[0][1].Properties.DefinitionString)).toContain('\\"IntervalSeconds\\":1,\\"MaxAttempts\\":900');
  });
});

describe('permissions', () => {
  const read = ['iam:ListAttachedRolePolicies', 'iam:ListRolePolicies', 'iam:GetRolePolicy'];
  const documents = { Effect: 'Allow', Action: ['iam:GetPolicy', 'iam:GetPolicyVersion'], Resource: [arn(':iam::aws:policy/*'), OWN_POLICIES] };
  const getRole = { Effect: 'Allow', Action: 'iam:GetRole', Resource: ANY_ROLE };
  const tags = { 'ForAllValues:StringLike': { 'aws:TagKeys': 'cdk-vpc-cni-service-account-role:detached:*' } };
  const cluster = arn(':eks:eu-west-1:111122223333:cluster/my-cluster');
  const change = (Resource: unknown, PolicyARN: unknown) => [
    { Effect: 'Allow', Action: ['iam:AttachRolePolicy', 'iam:DetachRolePolicy'], Resource, Condition: { ArnLike: { 'iam:PolicyARN': PolicyARN } } },
    { Effect: 'Allow', Action: ['iam:TagRole', 'iam:UntagRole'], Resource, Condition: tags },
  ];

  test.each<[string, IpFamily | undefined, unknown]>([
    ['the policy of AWS alone in an IPv4 cluster', IpFamily.IP_V4, [CNI_POLICY]],
    ['policies of the account as well in an IPv6 cluster', IpFamily.IP_V6, [CNI_POLICY, OWN_POLICIES]],
    ['policies of the account as well where the family is read at deployment', undefined, [CNI_POLICY, OWN_POLICIES]],
  ])('are for the given roles and %s', (_, ipFamily, policies) => {
    const { template } = defined(stack => NodeRoles.of(given(stack), given(stack, 'other')), ipFamily);
    const roles = [ROLE, 'arn:aws:iam::111122223333:role/other'];
    expect(statements(template)).toEqual([
      { Effect: 'Allow', Action: 'eks:DescribeCluster', Resource: cluster },
      getRole,
      { Effect: 'Allow', Action: read, Resource: roles },
      documents,
      ...change(roles, policies),
    ]);
  });

  test('are for any role where the managed node groups tell which', () => {
    expect(statements(defined(() => NodeRoles.managedNodegroups(), IpFamily.IP_V4).template)).toEqual([
      { Effect: 'Allow', Action: ['eks:DescribeCluster', 'eks:ListNodegroups'], Resource: cluster },
      { Effect: 'Allow', Action: 'eks:DescribeNodegroup', Resource: arn(':eks:eu-west-1:111122223333:nodegroup/my-cluster/*') },
      { Effect: 'Allow', Action: 'iam:ListRoles', Resource: '*' },
      getRole,
      { Effect: 'Allow', Action: read, Resource: ANY_ROLE },
      documents,
      ...change(ANY_ROLE, [CNI_POLICY]),
    ]);
  });

  test('in Kubernetes are to list events', () => {
    const { template } = defined(() => NodeRoles.managedNodegroups());
    const manifests = Object.entries(template.findResources('Custom::AWSCDK-EKS-KubernetesResource'));
    const [, { Properties }] = manifests.find(([id]) => id.includes('NodeRolePolicies'))!;
    const [role, binding] = JSON.parse(Properties.Manifest);
    expect(role.rules).toEqual([{ apiGroups: [''], resources: ['events'], verbs: ['list'] }]);
    expect(role.metadata.namespace).toEqual('kube-system');
    template.hasResourceProperties('AWS::EKS::AccessEntry', { KubernetesGroups: [binding.subjects[0].name], AccessPolicies: Match.absent() });
    expect(binding.subjects[0].name).toEqual(role.metadata.name);
    expect(new Set(manifests.map(([, manifest]) => JSON.parse(manifest.Properties.Manifest)[0].metadata.name)).size).toBe(2);
  });

  test('go to an existing role', () => {
    const stack = newStack();
    const role = iam.Role.fromRoleArn(stack, 'Existing', 'arn:aws:iam::111122223333:role/existing');
    define({ kubernetesAccess: KubernetesAccess.existingRole(role), nodeRoles: NodeRoles.managedNodegroups() }, stack);
    const template = Template.fromStack(stack);
    template.resourceCountIs('Custom::AWSCDK-EKS-KubernetesResource', 0);
    expect(policy(template)[1].Properties.Roles).toEqual(['existing']);
  });
});

describe('an update', () => {
  const policyId = (nodeRoles: (stack: Stack) => NodeRoles, ipFamily?: IpFamily) => policy(defined(nodeRoles, ipFamily).template)[0];

  test('keeps the permissions for roles that are taken out until it is over', () => {
    const ids = [
      policyId(stack => NodeRoles.of(given(stack))),
      policyId(stack => NodeRoles.of(given(stack, 'other'))),
      policyId(stack => NodeRoles.of(given(stack), given(stack, 'other'))),
      policyId(() => NodeRoles.managedNodegroups()),
      policyId(() => NodeRoles.managedNodegroups(), IpFamily.IP_V4),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('and for a role of the app that it replaces', () => {
    const ids = [{}, { roleName: 'first' }, { roleName: 'second' }, { path: '/eks/' }].map(props => policyId(stack => NodeRoles.of(owned(stack, props))));
    expect(new Set(ids).size).toBe(ids.length);
  });

  test('leaves them alone otherwise', () => {
    expect(policyId(stack => NodeRoles.of(owned(stack)))).toEqual(policyId(stack => NodeRoles.of(owned(stack, { description: 'another' }))));
    expect(policyId(stack => NodeRoles.of(given(stack)))).toEqual(policyId(stack => NodeRoles.of(given(stack))));
  });
});

describe('a warning', () => {
  const SHARED = 'cdk-vpc-cni-service-account-role:sharedNodeRole';
  const OWNED = 'cdk-vpc-cni-service-account-role:ownedNodeRole';
  const CNI = iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEKS_CNI_Policy');
  const warnings = (stack: Stack) => Annotations.fromStack(stack).findWarning('*', Match.anyValue()).map(({ id, entry }) => [id, entry.data]);
  const shared = (...uses: string[]) =>
    `node roles must not be shared with another cluster, whose aws-node may work with what is detached from them, got: ${uses.join(', ')}; `
    + `give the nodes of each cluster a role of their own, or see that aws-node has a role of its own there, too [ack: ${SHARED}]`;
  const attaching = (...paths: string[]) =>
    `node roles that the app defines should not have AmazonEKS_CNI_Policy themselves, got: ${paths.map(path => `'${path}'`).join(', ')}; `
    + `CloudFormation attaches it again when their policies change: take it out of the definition once this construct is deployed [ack: ${OWNED}]`;
  const nodegroup = (stack: Stack, clusterName: string, role: iam.IRole, id = 'Nodegroup') =>
    new eks.CfnNodegroup(stack, id, { clusterName, nodeRole: role.roleArn, subnets: ['subnet-1'] });

  function otherConstruct(stack: Stack, clusterName: string, nodeRoles: NodeRoles): void {
    const cluster = eks.Cluster.fromClusterAttributes(stack, 'OtherCluster', { clusterName });
    const kubectlLayer = stack.node.findChild('KubectlLayer') as lambda.ILayerVersion;
    new VpcCniServiceAccountRole(stack, 'Other', { cluster, kubectlLayer, nodeRoles });
  }

  test('is not given without need', () => {
    const stack = newStack();
    const role = owned(stack, { managedPolicies: [iam.ManagedPolicy.fromAwsManagedPolicyName('AmazonEKSWorkerNodePolicy')] });
    define({ nodeRoles: NodeRoles.of(role, given(stack)) }, stack);
    nodegroup(stack, 'my-cluster', role);
    nodegroup(stack, 'other-cluster', owned(stack, {}, 'OtherNode'), 'OtherNodegroup');
    expect(warnings(stack)).toEqual([]);
  });

  test('tells of nodes of another cluster, wherever in the app', () => {
    const stack = newStack();
    const role = owned(stack);
    define({ nodeRoles: NodeRoles.of(given(stack), role) }, stack);
    nodegroup(new Stack(stack.node.root as App, 'Elsewhere', { env: { account: '111122223333', region: 'eu-west-1' } }), 'other-cluster', role);
    nodegroup(stack, 'third-cluster', role);
    expect(warnings(stack)).toEqual([['/Stack/VpcCni/NodeRolePolicies', shared('\'Stack/Node\' is also that of \'Stack/Nodegroup\'', '\'Stack/Node\' is also that of \'Elsewhere/Nodegroup\'')]]);
  });

  test('tells of another construct with the role', () => {
    const stack = newStack();
    define({ nodeRoles: NodeRoles.of(given(stack)) }, stack);
    otherConstruct(stack, 'other-cluster', NodeRoles.of(iam.Role.fromRoleArn(stack, 'Same', ROLE), given(stack, 'own')));
    expect(warnings(stack)).toEqual([
      ['/Stack/VpcCni/NodeRolePolicies', shared('\'Stack/Rolenode\' is also that of \'Stack/Other/NodeRolePolicies\'')],
      ['/Stack/Other/NodeRolePolicies', shared('\'Stack/Same\' is also that of \'Stack/VpcCni/NodeRolePolicies\'')],
    ]);
  });

  test('is not given for constructs with roles of their own, or with those of managed node groups', () => {
    const stack = newStack();
    define({ nodeRoles: NodeRoles.of(given(stack)) }, stack);
    otherConstruct(stack, 'other-cluster', NodeRoles.managedNodegroups());
    expect(warnings(stack)).toEqual([]);
  });

  test('is given for the roles of managed node groups, too', () => {
    const stack = newStack();
    const role = owned(stack, { managedPolicies: [CNI] });
    define({ nodeRoles: NodeRoles.managedNodegroups() }, stack);
    owned(stack, { managedPolicies: [CNI] }, 'Other');
    nodegroup(stack, 'my-cluster', role);
    nodegroup(stack, 'other-cluster', role, 'OtherNodegroup');
    expect(warnings(stack)).toEqual([
      ['/Stack/VpcCni/NodeRolePolicies', shared('\'role of Stack/Nodegroup\' is also that of \'Stack/OtherNodegroup\'')],
      ['/Stack/VpcCni/NodeRolePolicies', attaching('Stack/Node')],
    ]);
  });

  test('sees what aspects add', () => {
    const stack = newStack();
    const role = given(stack);
    define({ nodeRoles: NodeRoles.of(role) }, stack);
    Aspects.of(stack).add({ visit: node => { if (node === stack) nodegroup(stack, 'other-cluster', role); } });
    expect(warnings(stack)).toHaveLength(1);
  });

  test('tells of a role of the app that has the policy in its definition', () => {
    const stack = newStack();
    const [role, later] = [owned(stack, { managedPolicies: [CNI] }), owned(stack, {}, 'Later')];
    define({ nodeRoles: NodeRoles.of(role, later, owned(stack, {}, 'Without')) }, stack);
    later.addManagedPolicy(CNI);
    expect(warnings(stack)).toEqual([['/Stack/VpcCni/NodeRolePolicies', attaching('Stack/Node', 'Stack/Later')]]);
  });

  test('can be acknowledged', () => {
    const stack = newStack();
    const role = owned(stack, { managedPolicies: [CNI] });
    const construct = define({ nodeRoles: NodeRoles.of(role) }, stack);
    nodegroup(stack, 'other-cluster', role);
    [SHARED, OWNED].forEach(id => Acknowledge.of(construct).acknowledgeWarning(id));
    expect(warnings(stack)).toEqual([]);
  });
});
