import { CfnElement, CfnResource, Stack, aws_lambda as lambda } from 'aws-cdk-lib';
import type { IConstruct } from 'constructs';

const HIPAA = 'HIPAA.Security';
const NIST_R4 = 'NIST.800.53.R4';
const NIST_R5 = 'NIST.800.53.R5';
const PCI = 'PCI.DSS.321';
const SERVERLESS = 'Serverless';
const SOLUTIONS = 'AwsSolutions';

interface Exception {
  readonly rule: string;
  readonly packs: string[];
  readonly reason: string;
}

/** Rules of cdk-nag that are not met on purpose, by the type of the resource. */
const EXCEPTIONS: Record<string, Exception[]> = {
  'AWS::Lambda::Function': [
    {
      rule: 'LambdaDLQ',
      packs: [HIPAA, NIST_R5, SERVERLESS],
      reason: 'Answers CloudFormation, which shows every failure as an event of the stack; a queue would have no reader',
    },
    {
      rule: 'LambdaConcurrency',
      packs: [HIPAA, NIST_R5],
      reason: 'Runs once per change of the stack; reserved concurrency would take from the account what it does not use',
    },
    {
      rule: 'LambdaInsideVPC',
      packs: [HIPAA, NIST_R4, NIST_R5, PCI],
      reason: 'Calls AWS APIs or the public endpoint of the cluster, over TLS and with IAM credentials, and listens to nothing',
    },
    {
      rule: 'LambdaTracing',
      packs: [SERVERLESS],
      reason: 'Runs once per change of the stack, one call after the other; its log has each step with its time',
    },
  ],
  'AWS::IAM::Policy': [
    {
      rule: 'IAMNoInlinePolicy',
      packs: [HIPAA, NIST_R4, NIST_R5, PCI],
      reason: 'Names resources of this one construct, belongs to one role and goes with it; there is nothing to share it with',
    },
  ],
  'AWS::Logs::LogGroup': [
    {
      rule: 'CloudWatchLogGroupEncrypted',
      packs: [HIPAA, NIST_R4, NIST_R5, PCI],
      reason: 'Holds names of pods, nodes and roles and no secret; CloudWatch Logs encrypts it with a key of its own',
    },
  ],
  'AWS::StepFunctions::StateMachine': [
    { rule: 'SF1', packs: [SOLUTIONS], reason: 'Repeats one call until the handler is done; the handler itself logs each step' },
    { rule: 'SF2', packs: [SOLUTIONS], reason: 'Repeats one call until the handler is done; the handler itself logs each step' },
    { rule: 'StepFunctionStateMachineXray', packs: [SERVERLESS], reason: 'Repeats one call until the handler is done; the handler itself logs each step' },
  ],
};

/** What CDK chooses for the functions of its own that it puts into the construct. */
const CDK_RUNTIME = { reason: 'A function of CDK: aws-cdk-lib chooses its runtime, and moves it on in its updates' };
const CDK_EXCEPTIONS: Exception[] = [
  { rule: 'L1', packs: [SOLUTIONS], ...CDK_RUNTIME },
  { rule: 'LambdaLatestVersion', packs: [SERVERLESS], ...CDK_RUNTIME },
];
const FRAMEWORK_EXCEPTIONS: Exception[] = [
  ...CDK_EXCEPTIONS,
  { rule: 'LambdaDefaultMemorySize', packs: [SERVERLESS], reason: 'A function of CDK that hands events on: the least memory is enough' },
];

/** Tells cdk-nag why each finding on what `root` defines is accepted. */
export function acknowledgeExceptions(root: IConstruct): void {
  for (const child of root.node.findAll()) {
    if (CfnResource.isCfnResource(child)) {
      const exceptions = [...EXCEPTIONS[child.cfnResourceType] ?? [], ...functionExceptions(child)].filter(({ rule }) => !isMet(rule, child));
      acknowledge(child, Object.fromEntries(exceptions.flatMap(({ rule, packs, reason }) => packs.map(pack => [`${pack}-${rule}`, reason]))));
    }
  }
}

/** Tells cdk-nag why the wildcard is accepted that CDK's `grantInvoke()` puts behind the ARN of each function in `scope`. */
export function acknowledgeInvocations(scope: IConstruct): void {
  for (const fn of scope.node.findAll()) {
    // CloudFormation itself invokes the framework's onEvent.
    if (fn instanceof lambda.Function && fn.node.id !== 'framework-onEvent') {
      const logicalId = Stack.of(fn).getLogicalId(fn.node.defaultChild as CfnElement);
      acknowledge(scope, {
        [`AwsSolutions-IAM5[Resource::<${logicalId}.Arn>:*]`]: 'Stands for the versions of one single function of the construct; CDK grants an invocation so',
      });
    }
  }
}

/** Tells cdk-nag why the wildcard in a resource that `construct` may act on is accepted. */
export function acknowledgeWildcard(construct: IConstruct, resource: string, reason: string): void {
  construct.node.addValidation({
    // Only by then is a reference to another stack what cdk-nag will find.
    validate: () => {
      acknowledge(construct, { [`AwsSolutions-IAM5[Resource::${flattened(Stack.of(construct).resolve(resource))}]`]: reason });
      return [];
    },
  });
}

/**
 * Tells cdk-nag why findings on a construct are accepted, by their exact ids.
 *
 * Written as metadata: the oldest aws-cdk-lib has no `Validations.acknowledge()`, and before 2.269 it refuses ids that contain `::`.
 */
export function acknowledge(construct: IConstruct, reasons: Record<string, string>): void {
  if (Object.keys(reasons).length > 0) {
    construct.node.addMetadata('aws:cdk:acknowledged-rules', reasons);
  }
}

type Resolved = string | { Ref: string } | { 'Fn::GetAtt': string[] } | { 'Fn::ImportValue': string } | { 'Fn::Join': [string, Resolved[]] };

/** As cdk-nag writes it in a finding. */
function flattened(value: Resolved): string {
  if (typeof value === 'string') return value;
  if ('Ref' in value) return `<${value.Ref}>`;
  if ('Fn::GetAtt' in value) return `<${value['Fn::GetAtt'].join('.')}>`;
  if ('Fn::ImportValue' in value) return value['Fn::ImportValue'];
  const [delimiter, parts] = value['Fn::Join'];
  return parts.map(flattened).join(delimiter);
}

/** Only a function in a VPC meets what others do not. */
function isMet(rule: string, resource: CfnResource): boolean {
  return rule === 'LambdaInsideVPC' && resource instanceof lambda.CfnFunction && resource.vpcConfig !== undefined;
}

function functionExceptions(resource: CfnResource): Exception[] {
  if (!(resource instanceof lambda.CfnFunction)) {
    return [];
  }
  if (resource.handler?.startsWith('framework.')) {
    return FRAMEWORK_EXCEPTIONS;
  }
  return resource.runtime?.startsWith('python') ? CDK_EXCEPTIONS : [];
}
