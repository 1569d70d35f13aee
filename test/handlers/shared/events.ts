import type {
  CloudFormationCustomResourceCreateEvent,
  CloudFormationCustomResourceDeleteEvent,
  CloudFormationCustomResourceEventCommon,
  CloudFormationCustomResourceUpdateEvent,
} from 'aws-lambda';

type Overrides = Partial<Omit<CloudFormationCustomResourceEventCommon, 'ResourceProperties'>>;

export function createEvent<P extends object>(properties: P, overrides: Overrides = {}): CloudFormationCustomResourceCreateEvent<P> {
  return { ...common(properties), RequestType: 'Create', ...overrides };
}

export function updateEvent<P extends object>(
  physicalId: string, oldProperties: P, properties: P, overrides: Overrides = {},
): CloudFormationCustomResourceUpdateEvent<P> {
  return { ...common(properties), RequestType: 'Update', PhysicalResourceId: physicalId, OldResourceProperties: oldProperties, ...overrides };
}

export function deleteEvent<P extends object>(
  physicalId: string, properties: P, overrides: Overrides = {},
): CloudFormationCustomResourceDeleteEvent<P> {
  return { ...common(properties), RequestType: 'Delete', PhysicalResourceId: physicalId, ...overrides };
}

function common<P extends object>(properties: P): CloudFormationCustomResourceEventCommon<P> {
  const ServiceToken = 'arn:aws:lambda:eu-west-1:111122223333:function:framework-on-event';
  return {
    ServiceToken,
    ResponseURL: 'https://cloudformation.invalid/response',
    StackId: 'arn:aws:cloudformation:eu-west-1:111122223333:stack/network/5f3b1c40-0000-11ee-9d5a-0a1b2c3d4e5f',
    RequestId: '8c9e6679-7425-40de-944b-e07fc1f90ae7',
    LogicalResourceId: 'CniRoleClusterIdentity1A2B3C4D',
    ResourceType: 'Custom::Test',
    ResourceProperties: { ...properties, ServiceToken },
  };
}
