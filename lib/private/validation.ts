import { Duration, Token } from 'aws-cdk-lib';

const ROLE_NAME = /^[\w+=,.@-]{1,64}$/;
const CLUSTER_NAME = /^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$/;
const ARNS = {
  'role': /^arn:aws[\w-]*:iam::\d{12}:role\/[\w+=,.@/-]+$/,
  'policy': /^arn:aws[\w-]*:iam::(\d{12}|aws):policy\/[\w+=,.@/-]+$/,
  'oidc-provider': /^arn:aws[\w-]*:iam::\d{12}:oidc-provider\/\S+$/,
};

export function checkRoleName(name: string | undefined): void {
  if (name !== undefined && !Token.isUnresolved(name) && !ROLE_NAME.test(name)) {
    throw new Error(
      `\`roleName\` must be 1 to 64 letters, digits or characters of _+=,.@- (no path, no ARN), got: '${name}'; `
      + 'give the bare name, or leave it out to have one generated');
  }
}

export function checkClusterName(name: string): void {
  if (!Token.isUnresolved(name) && !CLUSTER_NAME.test(name)) {
    throw new Error(
      '`cluster` must have a name of 1 to 100 letters, digits, hyphens and underscores that starts with a letter or a digit, '
      + `got: '${name}'; give the name that \`aws eks list-clusters\` shows`);
  }
}

export function checkArn(prop: string, kind: keyof typeof ARNS, arn: string): void {
  if (!Token.isUnresolved(arn) && !ARNS[kind].test(arn)) {
    throw new Error(
      `${prop} must have an ARN of the form arn:PARTITION:iam::ACCOUNT:${kind}/NAME, got: '${arn}'; `
      + `give the ARN of an IAM ${kind === 'oidc-provider' ? 'OIDC provider' : kind}`);
  }
}

export function checkRolloutTimeout(timeout: Duration): void {
  if (timeout.isUnresolved()) {
    return;
  }
  const seconds = timeout.toSeconds();
  if (seconds < 60 || seconds > 3600) {
    throw new Error(
      `\`rolloutTimeout\` must be between 1 minute and 1 hour, the longest that CloudFormation waits for a custom resource, got: ${timeout.toHumanString()}; `
      + 'for a larger cluster raise `maxUnavailable` of the DaemonSet aws-node instead');
  }
}
