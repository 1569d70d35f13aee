import { Construct } from 'constructs';
import type { Kubectl } from './kubectl';

export interface AwsNodeAnnotationProps {
  readonly kubectl: Kubectl;
  readonly roleArn: string;
  readonly stsRegionalEndpoints?: boolean;
}

/** The annotations of the service account `aws-node` (G7, G8). A patch: CDK's manifest would delete the service account on delete. */
export class AwsNodeAnnotation extends Construct {
  constructor(scope: Construct, id: string, props: AwsNodeAnnotationProps) {
    super(scope, id);
    const annotations = {
      'eks.amazonaws.com/role-arn': props.roleArn,
      ...(props.stsRegionalEndpoints !== undefined && { 'eks.amazonaws.com/sts-regional-endpoints': String(props.stsRegionalEndpoints) }),
    };
    const removed = Object.fromEntries(Object.keys(annotations).map(key => [key, null]));
    props.kubectl.patch(this, 'Patch', {
      resourceName: 'serviceaccount/aws-node',
      resourceNamespace: 'kube-system',
      applyPatch: { metadata: { annotations } },
      restorePatch: { metadata: { annotations: removed } },
    });
  }
}
