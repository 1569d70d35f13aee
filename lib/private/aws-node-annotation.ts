import { Construct } from 'constructs';
import { OWNER_ANNOTATION, ROLE_ANNOTATION, STS_ANNOTATION } from './annotations';
import type { Kubectl } from './kubectl';

export interface AwsNodeAnnotationProps {
  readonly kubectl: Kubectl;
  readonly owner: string;
  readonly roleArn: string;
  readonly stsRegionalEndpoints?: boolean;
}

/** The annotations of the service account `aws-node` (G7, G8). A patch: CDK's manifest would delete the service account on delete. */
export class AwsNodeAnnotation extends Construct {
  constructor(scope: Construct, id: string, props: AwsNodeAnnotationProps) {
    super(scope, id);
    const annotations = {
      [OWNER_ANNOTATION]: props.owner,
      [ROLE_ANNOTATION]: props.roleArn,
      ...(props.stsRegionalEndpoints !== undefined && { [STS_ANNOTATION]: String(props.stsRegionalEndpoints) }),
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
