import { CustomResource } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import type { AwsNodeGuardProperties } from '../handlers/aws-node/resource-properties';

export interface AwsNodeGuardProps {
  readonly serviceToken: string;
  readonly properties: AwsNodeGuardProperties;
}

/** Checks before anything changes; after the annotations are gone again on delete, moves the pods off the role. */
export class AwsNodeGuard extends Construct {
  /** The physical id, which remembers the role that the service account had before. */
  public readonly id: string;

  constructor(scope: Construct, id: string, props: AwsNodeGuardProps) {
    super(scope, id);
    const resource = new CustomResource(this, 'Resource', { resourceType: 'Custom::AwsNodeGuard', ...props });
    this.id = resource.ref;
  }
}
