import { App, CfnOutput, CustomResource, Duration, RemovalPolicy, Stack, aws_eks as eks, aws_iam as iam, aws_lambda as lambda, aws_logs as logs, custom_resources } from 'aws-cdk-lib';

// What the local AWS must do as AWS does, as small as it can be. Every event of the handler shows in its log group.
const app = new App();
const context = (key: string): string | undefined => app.node.tryGetContext(key);

const clusterName = context('cluster')!;
const issuer = context('issuer')!;
const stack = new Stack(app, 'Smoke', { env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION } });

const provider = new iam.CfnOIDCProvider(stack, 'Issuer', { url: `https://${issuer}`, clientIdList: ['sts.amazonaws.com'] });

const onEvent = `
exports.handler = async (event) => {
  console.log(JSON.stringify({ seen: event.RequestType, id: event.PhysicalResourceId, properties: event.ResourceProperties, old: event.OldResourceProperties }));
  const { fail, id, conditions, size } = event.ResourceProperties;
  if (fail === event.RequestType) throw new Error('asked to fail on ' + fail);
  return { PhysicalResourceId: id, Data: { Conditions: JSON.parse(conditions ?? '{}'), Padding: 'x'.repeat(Number(size ?? 0)) } };
};`;
const isComplete = `
const { STSClient, GetCallerIdentityCommand } = require('@aws-sdk/client-sts');
exports.handler = async (event) => {
  const isLate = event.RequestType === 'Delete' || event.ResourceProperties.fail !== 'Late';
  if (!isLate) throw new Error('asked to fail late');
  await new STSClient({}).send(new GetCallerIdentityCommand({}));
  return { IsComplete: Math.random() < 0.5 };
};`;

const handler = (id: string, code: string, runtime: lambda.Runtime) => {
  const logGroup = new logs.LogGroup(stack, `${id}Log`, { removalPolicy: RemovalPolicy.DESTROY });
  const role = new iam.Role(stack, `${id}Role`, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
  logGroup.grantWrite(role);
  return new lambda.Function(stack, id, { code: lambda.Code.fromInline(code), handler: 'index.handler', runtime, logGroup, role, timeout: Duration.seconds(20) });
};
const framework = new custom_resources.Provider(stack, 'Framework', {
  onEventHandler: handler('OnEvent', onEvent, lambda.Runtime.NODEJS_22_X),
  isCompleteHandler: handler('IsComplete', isComplete, lambda.Runtime.NODEJS_24_X),
  queryInterval: Duration.seconds(5),
  totalTimeout: Duration.minutes(5),
  logGroup: new logs.LogGroup(stack, 'FrameworkLog', { removalPolicy: RemovalPolicy.DESTROY }),
});

const conditions = new CustomResource(stack, 'Conditions', {
  serviceToken: framework.serviceToken,
  properties: {
    id: context('id') ?? 'first',
    fail: context('fail'),
    size: context('size'),
    conditions: JSON.stringify({ [`${issuer}:sub`]: 'system:serviceaccount:kube-system:aws-node', [`${issuer}:aud`]: 'sts.amazonaws.com' }),
  },
});
conditions.node.addDependency(provider);

const role = new iam.Role(stack, 'Role', {
  assumedBy: new iam.FederatedPrincipal(provider.attrArn, { StringEquals: conditions.getAtt('Conditions') }, 'sts:AssumeRoleWithWebIdentity'),
  roleName: context('roleName'),
});
new eks.CfnAccessEntry(stack, 'AccessEntry', {
  clusterName,
  principalArn: role.roleArn,
  kubernetesGroups: ['smokers'],
  accessPolicies: [{ policyArn: 'arn:aws:eks::aws:cluster-access-policy/AmazonEKSClusterAdminPolicy', accessScope: { type: 'cluster' } }],
});
if (context('failAfter')) {
  const failing = new CustomResource(stack, 'Failing', { serviceToken: framework.serviceToken, properties: { id: 'failing', fail: 'Late' } });
  failing.node.addDependency(role);
}
new CfnOutput(stack, 'RoleArn', { value: role.roleArn });
new CfnOutput(stack, 'ProviderArn', { value: provider.attrArn });
