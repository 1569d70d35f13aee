import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, CfnOutput, Stack, aws_eks as eks } from 'aws-cdk-lib';
import type { AppSettings } from './app';
import { VpcCniServiceAccountRole } from '../../lib';

export interface AwsAuthSettings extends AppSettings {
  /** Whether the construct has been taken out of the app again. */
  readonly removed?: boolean;
}

const app = new App();
const settings: AwsAuthSettings = JSON.parse(app.node.tryGetContext('settings'));
const stack = new Stack(app, settings.stackName, {
  env: { account: process.env.CDK_DEFAULT_ACCOUNT, region: process.env.CDK_DEFAULT_REGION },
});
const cluster = new eks.Cluster(stack, 'Cluster', {
  clusterName: settings.clusterName,
  version: eks.KubernetesVersion.of('1.35'),
  kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
  defaultCapacity: 0,
  authenticationMode: eks.AuthenticationMode.CONFIG_MAP,
});
// As long as it is there, the ConfigMap is.
cluster.awsAuth.addAccount('111122223333');
if (!settings.removed) {
  const vpcCni = new VpcCniServiceAccountRole(stack, 'VpcCni', { cluster });
  new CfnOutput(stack, 'RoleArn', { value: vpcCni.role.roleArn });
}
