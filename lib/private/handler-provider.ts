import * as path from 'node:path';
import { Duration, RemovalPolicy, aws_iam as iam, aws_lambda as lambda, aws_logs as logs, custom_resources as cr } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeInvocations } from './acknowledgements';
import { allowNetworkInterfaces, type Network } from './network';

export interface HandlerProviderProps {
  /** Folder of the handler below `lib/handlers`. */
  readonly handler: string;
  readonly description: string;
  readonly role: iam.IRole;
  /** For a handler that talks to the cluster. */
  readonly network?: Network;
  /** The longest that a change may take; a provider without it answers within one invocation. */
  readonly totalTimeout?: Duration;
}

/** A bundled handler behind CDK's provider framework, with logs that go when the construct goes. */
export class HandlerProvider extends Construct {
  public readonly serviceToken: string;
  private readonly logGroup: logs.LogGroup;

  constructor(scope: Construct, id: string, private readonly props: HandlerProviderProps) {
    super(scope, id);
    this.logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    this.logGroup.grantWrite(props.role);
    if (props.network) {
      allowNetworkInterfaces(props.role);
    }

    const onEvent = this.handlerFunction('OnEvent');
    const isComplete = props.totalTimeout && this.handlerFunction('IsComplete');
    const frameworkOnEventRole = this.frameworkRole('FrameworkOnEventRole');
    const frameworkCompleteAndTimeoutRole = isComplete && this.frameworkRole('FrameworkIsCompleteRole');
    const provider = new cr.Provider(this, 'Provider', {
      onEventHandler: onEvent,
      isCompleteHandler: isComplete,
      frameworkOnEventRole,
      frameworkCompleteAndTimeoutRole,
      totalTimeout: props.totalTimeout,
      queryInterval: isComplete && Duration.seconds(1),
      logGroup: this.logGroup,
    });
    this.serviceToken = provider.serviceToken;

    acknowledgeInvocations(this);
  }

  private handlerFunction(id: 'OnEvent' | 'IsComplete'): lambda.Function {
    return new lambda.Function(this, id, {
      description: this.props.description,
      runtime: lambda.Runtime.NODEJS_24_X,
      handler: `index.${id === 'OnEvent' ? 'onEvent' : 'isComplete'}`,
      code: lambda.Code.fromAsset(path.join(__dirname, '../../assets/lib/handlers', this.props.handler, 'index.lambda')),
      memorySize: 512,
      timeout: Duration.minutes(10),
      role: this.props.role,
      logGroup: this.logGroup,
      ...this.props.network,
    });
  }

  /** Unlike the framework's default role, one that cannot make a log group anew after ours is gone. */
  private frameworkRole(id: string): iam.Role {
    const role = new iam.Role(this, id, { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    this.logGroup.grantWrite(role);
    return role;
  }
}
