import { App, Stack } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import { RegionInfo } from 'aws-cdk-lib/region-info';
import { CLUSTER_KINDS, nameOf, propsOf } from './cluster-kinds';
import { fixedNames } from './fixed-names';
import { testKinds } from './template-kinds';
import { VpcCniServiceAccountRole } from '../../lib';
import { CONTEXT } from '../clusters';
import { ours } from '../resources';

const ACCOUNT = '111122223333';
const REGIONS = { 'aws': 'eu-west-1', 'aws-cn': 'cn-north-1', 'aws-us-gov': 'us-gov-west-1', 'aws-iso': 'us-iso-east-1' };
/** The names of regions are what it is about. */
const RUNTIMES_OF_CDK = 'LatestNodeRuntimeMap';

/** Without those that define less of the same. */
const KINDS = CLUSTER_KINDS.filter(({ object, family, access }) =>
  access === 'access entry' && family === (object.endsWith('owned') ? 'IPv6' : 'family read at deployment'));
/** Makes CDK write down all that it knows. */
const LITERALS = { '@aws-cdk/core:enablePartitionLiterals': true };

function fixedNamesFor(region?: string): string[] {
  return KINDS.flatMap(kind => {
    const stack = new Stack(new App({ context: { ...CONTEXT, ...LITERALS } }), 'Stack', { env: region === undefined ? undefined : { account: ACCOUNT, region } });
    new VpcCniServiceAccountRole(stack, 'VpcCni', propsOf(kind, stack));
    const place = region === undefined
      ? undefined
      : { region, partition: RegionInfo.get(region).partition!, domainSuffix: RegionInfo.get(region).domainSuffix! };
    const template = Template.fromStack(stack);
    // Resources of the cluster are CDK's.
    const { Resources: _, Mappings = {}, ...others } = template.toJSON();
    expect(Object.keys(Mappings).filter(name => name !== RUNTIMES_OF_CDK)).toEqual([]);
    const found = fixedNames({ Resources: Object.fromEntries(ours(template)), ...others }, place);
    return found.map(name => `${nameOf(kind)} ${name}`);
  });
}

testKinds('Partition', {
  ...Object.fromEntries(Object.entries(REGIONS).map(([partition, region]) => [`${partition}, region in the app`, () => {
    expect(RegionInfo.get(region).partition).toEqual(partition);
    expect(fixedNamesFor(region)).toEqual([]);
  }])),
  'any, region not in the app': () => {
    expect(fixedNamesFor()).toEqual([]);
  },
});

describe('what is fixed is found', () => {
  const china = { partition: 'aws-cn', region: 'cn-north-1', domainSuffix: 'amazonaws.com.cn' };

  test.each([
    ['a partition', { a: ['arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy'] }, ['/a/0: aws']],
    ['a part of an ARN', { 'Fn::Join': ['', ['arn:aws-us-gov:eks:', { Ref: 'AWS::Region' }]] }, ['/Fn::Join/1/0: aws-us-gov']],
    ['a region', { a: 'eks.us-east-1.api.aws' }, ['/a: us-east-1']],
    ['a DNS suffix', { a: 'https://sts.amazonaws.com' }, ['/a: amazonaws.com']],
    ['what is right elsewhere only', { a: 'sts.eu-west-1.amazonaws.com.cn' }, ['/a: eu-west-1']],
    ['a key', { 'oidc.eks.cn-north-1.amazonaws.com/id/1:aud': 1 }, ['/key: amazonaws.com']],
    ['a principal that some partitions have otherwise', { a: 'ec2.amazonaws.com' }, ['/a: amazonaws.com']],
    ['nothing of its own place', { a: 'arn:aws-cn:sts:cn-north-1::x/sts.cn-north-1.amazonaws.com.cn' }, []],
    ['nothing of what is the same everywhere', { a: ['lambda.amazonaws.com', 'sts.amazonaws.com', '{"eks.amazonaws.com/role-arn":null}'] }, []],
  ])('%s', (_, template, expected) => {
    expect(fixedNames(template, china)).toEqual(expected);
  });

  test('everything, where the place is not known', () => {
    expect(fixedNames({ a: 'arn:aws-cn:sts:cn-north-1::x/sts.cn-north-1.amazonaws.com.cn' })).toEqual(
      ['/a: aws-cn', '/a: cn-north-1', '/a: cn-north-1', '/a: amazonaws.com.cn']);
  });
});
