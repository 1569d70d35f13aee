import { KubectlV35Layer } from '@aws-cdk/lambda-layer-kubectl-v35';
import { App, Duration, Stack, aws_eks_v2 as eks, aws_iam as iam } from 'aws-cdk-lib';
import { Template } from 'aws-cdk-lib/assertions';
import type { Construct } from 'constructs';
import { Grants, type Rule, type Statement } from './grants';
import { type IpFamily, type NodeRoles, VpcCniServiceAccountRole } from '../../lib';

export interface FaultTemplateProps {
  readonly account: string;
  readonly region: string;
  readonly clusterName: string;
  /** @default - one is found or made */
  readonly providerArn?: string;
  /** @default - it is detected */
  readonly ipFamily?: IpFamily;
  /** @default - they are left alone */
  readonly nodeRoles?: (scope: Construct) => NodeRoles;
  readonly roleName: string;
  readonly timeoutSeconds: number;
}

type Properties = Record<string, unknown>;

interface Resource {
  readonly Type: string;
  readonly Properties: Properties;
}

export interface RbacObject {
  readonly kind: string;
  readonly metadata: { readonly name: string };
  /** Of a Role. */
  readonly rules?: readonly Rule[];
}

/** What the construct defines for a cluster, with the values that CloudFormation would put in. */
export class FaultTemplate {
  private readonly resources: [id: string, resource: Resource][];

  constructor(private readonly props: FaultTemplateProps) {
    const { account, region, clusterName, providerArn, ipFamily, nodeRoles, roleName, timeoutSeconds } = props;
    const app = new App({ context: { 'aws:cdk:disable-asset-staging': true } });
    const stack = new Stack(app, `Faults-${roleName}`, { env: { account, region } });
    new VpcCniServiceAccountRole(stack, 'VpcCni', {
      cluster: eks.Cluster.fromClusterAttributes(stack, 'Cluster', { clusterName }),
      kubectlLayer: new KubectlV35Layer(stack, 'KubectlLayer'),
      ipFamily,
      openIdConnectProvider: providerArn === undefined ? undefined : iam.OpenIdConnectProvider.fromOpenIdConnectProviderArn(stack, 'Provider', providerArn),
      nodeRoles: nodeRoles?.(stack),
      roleName,
      rolloutTimeout: Duration.seconds(timeoutSeconds),
    });
    this.resources = Object.entries(Template.fromStack(stack).toJSON().Resources as Record<string, Resource>);
  }

  get roleArn(): string {
    return `arn:aws:iam::${this.props.account}:role/${this.props.roleName}`;
  }

  idOf(type: string, idPart = ''): string {
    const found = this.idsOf(type, idPart);
    if (found.length !== 1) {
      throw new Error(`${found.length} resources of type ${type} with '${idPart}' in their id: ${found.join(', ')}`);
    }
    return found[0];
  }

  /** @param physicalIds by logical id, as far as they are referred to */
  properties<T = Properties>(id: string, physicalIds: ReadonlyMap<string, string> = new Map()): T {
    return this.resolve(this.resources.find(([key]) => key === id)![1].Properties, physicalIds) as T;
  }

  get role(): Properties {
    return this.properties(this.resources.find(([id]) => this.isRole(id))![0]);
  }

  /** @param idPart of the policies of a role of functions, and of its Role in Kubernetes, if it has one */
  grants(idPart: string): Grants {
    const policies = this.idsOf('AWS::IAM::Policy', idPart).map(id => this.properties<{ PolicyDocument: { Statement: Statement[] } }>(id));
    return new Grants(policies.flatMap(({ PolicyDocument }) => PolicyDocument.Statement), this.rbac(idPart).flatMap(({ rules = [] }) => rules));
  }

  rbac(idPart: string): RbacObject[] {
    return this.idsOf('Custom::AWSCDK-EKS-KubernetesResource', idPart).flatMap(id => JSON.parse(this.properties<{ Manifest: string }>(id).Manifest) as RbacObject[]);
  }

  private idsOf(type: string, idPart: string): string[] {
    return this.resources.filter(([id, { Type }]) => Type === type && id.includes(idPart)).map(([id]) => id);
  }

  private isRole(id: string): boolean {
    return this.resources.some(([key, { Type, Properties: { RoleName } }]) => key === id && Type === 'AWS::IAM::Role' && RoleName === this.props.roleName);
  }

  private get pseudoParameters(): Readonly<Record<string, string>> {
    return { 'AWS::Partition': 'aws', 'AWS::AccountId': this.props.account, 'AWS::Region': this.props.region };
  }

  private resolve(value: unknown, physicalIds: ReadonlyMap<string, string>): unknown {
    if (Array.isArray(value)) {
      return value.map(item => this.resolve(item, physicalIds));
    }
    if (typeof value !== 'object' || value === null) {
      return value;
    }
    const object = value as Properties;
    if ('Ref' in object) {
      const id = object.Ref as string;
      return this.pseudoParameters[id] ?? physicalIds.get(id) ?? `reference of ${id}`;
    }
    if ('Fn::GetAtt' in object) {
      const [id, attribute] = object['Fn::GetAtt'] as [string, string];
      return this.isRole(id) ? this.roleArn : `${attribute} of ${id}`;
    }
    if ('Fn::Join' in object) {
      const [separator, parts] = object['Fn::Join'] as [string, unknown[]];
      return parts.map(part => this.resolve(part, physicalIds)).join(separator);
    }
    return Object.fromEntries(Object.entries(object).map(([key, inner]) => [key, this.resolve(inner, physicalIds)]));
  }
}
