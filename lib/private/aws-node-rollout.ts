import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AwsNodeRolloutProperties } from '../handlers/aws-node/resource-properties';

export interface AwsNodeRolloutProps {
  readonly serviceToken: string;
  readonly properties: AwsNodeRolloutProperties;
}

/** Restarts the pods (G9), waits for them (G10) and reads every container back (G11). */
export class AwsNodeRollout extends Construct {
  public readonly summary: string;

  constructor(scope: Construct, id: string, props: AwsNodeRolloutProps) {
    super(scope, id);
    const resource = new CustomResource(this, 'Resource', { resourceType: 'Custom::AwsNodeRollout', ...props });
    this.summary = resource.getAttString('Summary');
  }
}
