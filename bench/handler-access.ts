import { App, Stack, aws_eks_v2 as eks, aws_lambda as lambda } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { VpcCniServiceAccountRole } from '../lib';

export interface HandlerAccess {
  readonly group: string;
  /** Role and RoleBinding. */
  readonly manifest: string;
}

/** What the construct lets its handler do in Kubernetes, out of its template. */
export function handlerAccess(clusterName: string): HandlerAccess {
  const stack = new Stack(new App(), 'Stack');
  new VpcCniServiceAccountRole(stack, 'VpcCni', {
    cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName }),
    kubectlLayer: lambda.LayerVersion.fromLayerVersionArn(stack, 'KubectlLayer', 'arn:aws:lambda:us-east-1:111122223333:layer:kubectl:1'),
  });
  const template = Template.fromStack(stack);
  const [{ Properties: { Manifest } }] = Object.values(template.findResources('Custom::AWSCDK-EKS-KubernetesResource'));
  const [group] = Object.values(template.findResources('AWS::EKS::AccessEntry')).flatMap(({ Properties }) => Properties.KubernetesGroups ?? []);
  return { group, manifest: JSON.stringify({ apiVersion: 'v1', kind: 'List', items: JSON.parse(Manifest) }) };
}
