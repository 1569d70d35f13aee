import * as path from 'node:path';
import { RemovalPolicy, aws_eks as eks, aws_eks_v2 as eksv2, aws_iam as iam, aws_lambda as lambda, aws_logs as logs } from 'aws-cdk-lib';
import { Construct } from 'constructs';
import { acknowledgeInvocations } from './acknowledgements';
import { allowNetworkInterfaces, type Network } from './network';
import type { KubernetesAccess } from '../kubernetes-access';

export type Cluster = eks.ICluster | eksv2.ICluster;

export interface KubectlProps {
  readonly cluster: Cluster;
  readonly kubectlLayer?: lambda.ILayerVersion;
  readonly access: KubernetesAccess;
  readonly network?: Network;
}

type PatchOptions = Omit<eks.KubernetesPatchProps, 'cluster' | 'patchType' | 'removalPolicy'>;

/** CDK's kubectl for a cluster of either EKS module: the one that the cluster object has, else one of our own. */
export class Kubectl extends Construct {
  private readonly cluster: Cluster;

  constructor(scope: Construct, id: string, props: KubectlProps) {
    super(scope, id);
    if (hasKubectl(props.cluster)) {
      this.cluster = props.cluster;
    } else if (props.kubectlLayer) {
      this.cluster = this.withOwnProvider(props, props.kubectlLayer);
    } else {
      throw new Error(
        `cluster '${props.cluster.node.path}' has no kubectl provider and \`kubectlLayer\` was not given; install @aws-cdk/lambda-layer-kubectl-v35 `
        + '(the version of your cluster) and add this line to the properties: '
        + 'kubectlLayer: new KubectlV35Layer(this, \'KubectlLayer\')');
    }
  }

  public patch(scope: Construct, id: string, patch: PatchOptions): Construct {
    return this.ready(isEksV1(this.cluster)
      ? new eks.KubernetesPatch(scope, id, { ...patch, cluster: this.cluster, patchType: eks.PatchType.MERGE })
      : new eksv2.KubernetesPatch(scope, id, { ...patch, cluster: this.cluster, patchType: eksv2.PatchType.MERGE }));
  }

  public manifest(scope: Construct, id: string, manifest: Record<string, unknown>[]): Construct {
    return this.ready(isEksV1(this.cluster)
      ? new eks.KubernetesManifest(scope, id, { cluster: this.cluster, manifest, prune: false })
      : new eksv2.KubernetesManifest(scope, id, { cluster: this.cluster, manifest, prune: false }));
  }

  /** Access of our own provider must be there before its first use, and outlive its last one on delete. */
  private ready<T extends Construct>(user: T): T {
    user.node.addDependency(this);
    return user;
  }

  private withOwnProvider({ cluster: given, access, network }: KubectlProps, kubectlLayer: lambda.ILayerVersion): eksv2.ICluster {
    const role = access._mode.roleFor(this, given, 'cluster-admin');
    const { clusterName } = given;
    const cluster = eksv2.Cluster.fromClusterAttributes(this, 'Cluster', { clusterName, vpc: network?.vpc });
    role.addToPrincipalPolicy(new iam.PolicyStatement({ actions: ['eks:DescribeCluster'], resources: [cluster.clusterArn] }));
    const kubectlProvider = new eksv2.KubectlProvider(this, 'Provider', {
      cluster,
      kubectlLayer,
      // CDK would add policies for container registries, which only Helm charts need.
      role: iam.Role.fromRoleArn(this, 'ImmutableRole', role.roleArn, { mutable: false }),
      privateSubnets: network?.vpcSubnets.subnets,
      securityGroups: network?.securityGroups,
    });
    // It is for one of those policies.
    this.node.tryRemoveChild('HasEcrPublic');
    if (network) {
      allowNetworkInterfaces(role);
      // Lambda looks for these permissions when the function is made.
      kubectlProvider.node.addDependency(role);
    }
    this.succeedWithoutCluster(kubectlProvider);
    this.keepLogs(kubectlProvider, role);
    acknowledgeInvocations(kubectlProvider);
    return eksv2.Cluster.fromClusterAttributes(this, 'ClusterWithKubectl', { clusterName, kubectlProvider });
  }

  /** CDK's handler cannot delete anything once the cluster is gone, and the stack would be stuck. */
  private succeedWithoutCluster(kubectlProvider: Construct): void {
    const handler = kubectlProvider.node.findChild('Handler') as lambda.Function;
    handler.addLayers(new lambda.LayerVersion(this, 'Layer', {
      description: 'Lets a deletion succeed in an EKS cluster that is gone',
      code: lambda.Code.fromAsset(path.join(__dirname, '../../assets/lib/handlers/kubectl/layer')),
    }));
    (handler.node.defaultChild as lambda.CfnFunction).handler = 'unless_cluster_is_gone.handler';
  }

  /** CDK's provider leaves its log groups behind, so its functions get one that goes with the construct, and may make no other. */
  private keepLogs(kubectlProvider: Construct, handlerRole: iam.IRole): void {
    const logGroup = new logs.LogGroup(this, 'Logs', { retention: logs.RetentionDays.ONE_MONTH, removalPolicy: RemovalPolicy.DESTROY });
    logGroup.grantWrite(handlerRole);
    for (const child of kubectlProvider.node.findAll()) {
      if (child instanceof lambda.CfnFunction) {
        child.loggingConfig = { logGroup: logGroup.logGroupName };
        if (child.handler?.startsWith('framework.')) {
          // It talks to Lambda and CloudFormation alone.
          child.vpcConfig = undefined;
        }
        // In apps with @aws-cdk/aws-lambda:useCdkManagedLogGroup there is one for each, which would stay.
        child.node.scope!.node.tryRemoveChild('LogGroup');
      } else if (child instanceof iam.Role) {
        (child.node.defaultChild as iam.CfnRole).managedPolicyArns = undefined;
        logGroup.grantWrite(child);
      }
    }
  }
}

/** By a member and not by `instanceof`: an app may have loaded two copies of aws-cdk-lib. */
export function isEksV1(cluster: Cluster): cluster is eks.ICluster {
  return 'kubectlRole' in cluster;
}

function hasKubectl(cluster: Cluster): boolean {
  return cluster.kubectlProvider !== undefined
    // Without its layer, an imported cluster's provider would be deployed without kubectl in it.
    || (isEksV1(cluster) && cluster.kubectlRole !== undefined && cluster.kubectlLayer !== undefined);
}
