import { Aws, CustomResource, IResolvable, aws_iam as iam } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledge } from './acknowledgements';
import type { ClusterScope } from './cni-policies';
import { HandlerProvider } from './handler-provider';
import type { Cluster } from './kubectl';
import type { ClusterIdentityProperties } from '../handlers/cluster-identity/resource-properties';
import type { IpFamily } from '../ip-family';

export interface ClusterIdentityProps {
  readonly cluster: Cluster;
  readonly openIdConnectProvider?: iam.IOpenIdConnectProvider;
  readonly ipFamily?: IpFamily;
  /** Whether `clusterScope` is wanted. */
  readonly isScoped: boolean;
  /** The policies to choose from, where the family is not known. */
  readonly policies?: Readonly<Record<IpFamily, iam.IManagedPolicy>>;
}

/** What is not known at synth, read from the cluster at deployment: its OIDC provider (made if the account has none) and its IP family. */
export class ClusterIdentity extends Construct {
  public readonly openIdConnectProviderArn: string;
  public readonly trustConditions: IResolvable;
  public readonly clusterScope: ClusterScope;
  private readonly resource: CustomResource;

  constructor(scope: Construct, id: string, props: ClusterIdentityProps) {
    super(scope, id);
    const properties: ClusterIdentityProperties = {
      ClusterName: props.cluster.clusterName,
      OpenIdConnectProviderArn: props.openIdConnectProvider?.openIdConnectProviderArn,
      IpFamily: props.ipFamily,
      ScopedToCluster: props.isScoped ? 'true' : undefined,
      PolicyArns: props.policies && { ipv4: props.policies.ipv4.managedPolicyArn, ipv6: props.policies.ipv6.managedPolicyArn },
    };
    this.resource = new CustomResource(this, 'Resource', {
      resourceType: 'Custom::ClusterIdentity',
      serviceToken: new HandlerProvider(this, 'Handler', {
        handler: 'cluster-identity',
        description: 'Reads the IP family and OIDC provider of an EKS cluster',
        role: this.handlerRole(props),
      }).serviceToken,
      properties,
    });
    this.openIdConnectProviderArn = this.resource.getAttString('OpenIdConnectProviderArn');
    this.trustConditions = this.resource.getAtt('TrustConditions');
    this.clusterScope = {
      clusterName: props.cluster.clusterName,
      vpcId: this.resource.getAttString('VpcId'),
      instanceConditions: this.resource.getAtt('InstanceConditions'),
    };
  }

  /** Of `policies`, the one for the family of the cluster. */
  public get policy(): iam.IManagedPolicy {
    return iam.ManagedPolicy.fromManagedPolicyArn(this, 'Policy', this.resource.getAttString('PolicyArn'));
  }

  private handlerRole(props: ClusterIdentityProps): iam.Role {
    const role = new iam.Role(this, 'Role', { assumedBy: new iam.ServicePrincipal('lambda.amazonaws.com') });
    const allow = (resources: string[], ...actions: string[]) => role.addToPolicy(new iam.PolicyStatement({ resources, actions }));
    allow([props.cluster.clusterArn], 'eks:DescribeCluster');
    // The two names that EKS gives its issuers, the second one of dual-stack endpoints.
    const hosts = ['oidc.eks', 'oidc-eks'];
    const providers = hosts.map(host => `arn:${Aws.PARTITION}:iam::${Aws.ACCOUNT_ID}:oidc-provider/${host}.${Aws.REGION}.*`);
    if (props.openIdConnectProvider) {
      allow([props.openIdConnectProvider.openIdConnectProviderArn], 'iam:AddClientIDToOpenIDConnectProvider');
    } else {
      allow(providers, 'iam:AddClientIDToOpenIDConnectProvider', 'iam:CreateOpenIDConnectProvider', 'iam:TagOpenIDConnectProvider');
    }
    // Where a provider is given by now, an earlier deployment may have made one; a given one that is the cluster's is among these.
    allow(providers, 'iam:GetOpenIDConnectProvider', 'iam:DeleteOpenIDConnectProvider');
    allow(['*'], 'iam:ListRoles');
    for (const host of hosts) {
      acknowledge(role, {
        [`AwsSolutions-IAM5[Resource::arn:<AWS::Partition>:iam::<AWS::AccountId>:oidc-provider/${host}.<AWS::Region>.*]`]:
          'The issuer of the cluster, of which the ARN is made, is not known before deployment; EKS issuers of this region only',
      });
    }
    acknowledge(role, {
      'AwsSolutions-IAM5[Resource::*]':
        'iam:ListRoles has no narrower resource; it tells whether another role trusts the provider before the provider is deleted',
    });
    return role;
  }
}
