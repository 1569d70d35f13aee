import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AwsNodeGuardProperties } from '../handlers/aws-node/resource-properties';

export interface AwsNodeGuardProps {
  readonly serviceToken: string;
  readonly properties: AwsNodeGuardProperties;
}

/** Checks before anything changes; after the annotations are gone again on delete, moves the pods off the role. */
export class AwsNodeGuard extends Construct {
  constructor(scope: Construct, id: string, props: AwsNodeGuardProps) {
    super(scope, id);
    new CustomResource(this, 'Resource', { resourceType: 'Custom::AwsNodeGuard', ...props });
  }
}
