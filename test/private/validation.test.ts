import { Duration, Lazy, Token } from 'aws-cdk-lib';
import { checkArn, checkClusterName, checkRoleName, checkRolloutTimeout } from '../../lib/private/validation';

type Kind = Parameters<typeof checkArn>[1];

const later = () => Lazy.string({ produce: () => 'later' });

test.each([1, 60])('a time-out of %d min is one that CloudFormation can wait for', minutes => {
  expect(() => checkRolloutTimeout(Duration.minutes(minutes))).not.toThrow();
});

test.each([59, 3601])('a time-out of %d s is not', seconds => {
  expect(() => checkRolloutTimeout(Duration.seconds(seconds))).toThrow(
    '; for a larger cluster raise `maxUnavailable` of the DaemonSet aws-node instead');
});

test.each<[string, () => void]>([
  ['a time-out', () => checkRolloutTimeout(Duration.seconds(Token.asNumber({ resolve: () => 1 })))],
  ['the name of a role', () => checkRoleName(later())],
  ['the name of a cluster', () => checkClusterName(later())],
  ['an ARN', () => checkArn('`policy`', 'policy', later())],
])('%s that is known at deployment only is not judged', (_, check) => {
  expect(check).not.toThrow();
});

test('a name of a cluster that cannot be has what EKS allows told', () => {
  expect(() => checkClusterName('-blue')).toThrow(
    '`cluster` must have a name of 1 to 100 letters, digits, hyphens and underscores that starts with a letter or a digit, got: \'-blue\'; '
    + 'give the name that `aws eks list-clusters` shows');
});

test.each<[Kind, string]>([
  ['role', 'arn:aws:iam::111122223333:role/it'],
  ['role', 'arn:aws-us-gov:iam::111122223333:role/a/path/it'],
  ['role', 'arn:aws-cn:iam::111122223333:role/it+=,.@-_'],
  ['policy', 'arn:aws-cn:iam::aws:policy/AmazonEKS_CNI_Policy'],
  ['policy', 'arn:aws:iam::111122223333:policy/it'],
  ['oidc-provider', 'arn:aws:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF'],
  ['oidc-provider', 'arn:aws-iso-b:iam::111122223333:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/ABCDEF'],
])('%s: %s', (kind, arn) => {
  expect(() => checkArn('`it`', kind, arn)).not.toThrow();
});

test.each<[Kind, string, string]>([
  ['role', 'see arn:aws:iam::111122223333:role/it', 'IAM role'],
  ['role', 'arn:aws:iam::111122223333:role/it or so', 'IAM role'],
  ['policy', 'see arn:aws:iam::aws:policy/it', 'IAM policy'],
  ['policy', 'arn:aws:iam::aws:policy/it or so', 'IAM policy'],
  ['oidc-provider', 'see arn:aws:iam::111122223333:oidc-provider/it', 'IAM OIDC provider'],
  ['oidc-provider', 'arn:aws:iam::111122223333:oidc-provider/it or so', 'IAM OIDC provider'],
])('%s, but not: %s', (kind, arn, what) => {
  expect(() => checkArn('`it`', kind, arn)).toThrow(
    `\`it\` must have an ARN of the form arn:PARTITION:iam::ACCOUNT:${kind}/NAME, got: '${arn}'; give the ARN of an ${what}`);
});
