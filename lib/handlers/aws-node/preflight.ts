import type { Addon } from './addon';
import { STUCK } from './addon-decision';
import { repairOf } from './addon-messages';
import { type DaemonSet, type Kubernetes, NAME, type ServiceAccount } from './kubernetes';
import { allowsNoneUnavailable } from './max-unavailable';
import { CLUSTER_NAME, ROLE_ARN, STS_ENDPOINTS, TOKEN_FILE } from './pod-environment';
import type { PodIdentity, PodIdentityAssociation } from './pod-identity';
import type { AwsNodeGuardProperties } from './resource-properties';
import { OWNER_ANNOTATION } from '../../private/annotations';
import { TOKEN_AUDIENCE, issuerName } from '../../private/trust-policy';
import { ADDON_NAME } from '../../private/vpc-cni-addon';
import { checkIpFamily } from '../shared/check-ip-family';
import type { Clock } from '../shared/clock';
import type { Cluster } from '../shared/cluster';
import { eventually } from '../shared/eventually';
import type { OpenIdConnectProviders } from '../shared/open-id-connect-providers';

export interface PreflightPorts {
  readonly providers: Pick<OpenIdConnectProviders, 'get'>;
  readonly podIdentity: PodIdentity;
  readonly addon: Addon;
  readonly clock: Clock;
}

/** The webhook of EKS leaves these containers of a pod alone. */
const SKIP_ANNOTATION = 'eks.amazonaws.com/skip-containers';
const UNCHANGED = 'Nothing was changed';

/** Everything that would make the change fail, or do harm, later on. Only looks. */
export class Preflight {
  constructor(private readonly ports: PreflightPorts) {}

  /**
   * @param owners names that the construct has or had
   * @returns the service account as it is before us
   */
  async check(cluster: Cluster, properties: AwsNodeGuardProperties, kubernetes: Kubernetes, owners = [properties.Owner]): Promise<ServiceAccount> {
    checkIpFamily(cluster, properties.IpFamily);
    await this.checkProvider(cluster, properties.OpenIdConnectProviderArn);
    await this.checkPodIdentity(cluster);
    await this.checkAddon(cluster, properties);
    const [daemonSet, serviceAccount] = await Promise.all([kubernetes.getDaemonSet(), kubernetes.getServiceAccount()]);
    checkDaemonSet(cluster, properties, daemonSet);
    if (!serviceAccount) {
      throw new Error(
        `cluster ${cluster.name} has DaemonSet kube-system/aws-node, but no service account of that name: install the Amazon VPC CNI plugin with its service account. ${UNCHANGED}`);
    }
    checkOwner(cluster, serviceAccount, owners);
    return serviceAccount;
  }

  private async checkProvider({ name, issuer }: Cluster, arn: string): Promise<void> {
    const suffix = `oidc-provider/${issuerName(issuer)}`;
    if (!arn.endsWith(`:${suffix}`)) {
      throw new Error(
        `OIDC provider ${arn} is not that of cluster ${name}, whose issuer is ${issuer}: `
        + `give the provider whose ARN ends with ${suffix} as \`openIdConnectProvider\`, or leave it out. ${UNCHANGED}`);
    }
    const provider = await eventually(
      () => this.ports.providers.get(arn),
      seen => seen?.clientIds.includes(TOKEN_AUDIENCE) ?? false,
      async milliseconds => this.ports.clock.sleep(milliseconds));
    if (!provider) {
      throw new Error(
        `OIDC provider ${arn} does not exist in this account, so no pod of cluster ${name} could assume the role: leave out \`openIdConnectProvider\` `
        + `to have it created, or run: aws iam create-open-id-connect-provider --url ${issuer} --client-id-list ${TOKEN_AUDIENCE}. ${UNCHANGED}`);
    }
    if (!provider.clientIds.includes(TOKEN_AUDIENCE)) {
      throw new Error(
        `OIDC provider ${arn} has no client id ${TOKEN_AUDIENCE} (it has: ${provider.clientIds.join(', ') || 'none'}), so STS would refuse the plugin's token; run: `
        + `aws iam add-client-id-to-open-id-connect-provider --open-id-connect-provider-arn ${arn} --client-id ${TOKEN_AUDIENCE}. ${UNCHANGED}`);
    }
  }

  private async checkPodIdentity({ name }: Cluster): Promise<void> {
    const association = await this.ports.podIdentity.findAssociation(name);
    if (association) {
      throw new Error(
        `service account kube-system/aws-node of cluster ${name} has Pod Identity association ${association.id}, which wins over an annotated role: `
        + `either ${removalOf(association, name)}, or keep it and do not use this construct. ${UNCHANGED}`);
    }
  }

  /** One whose role would have to be replaced, and cannot be. */
  private async checkAddon({ name }: Cluster, { RoleArn }: AwsNodeGuardProperties): Promise<void> {
    const addon = await this.ports.addon.describe(name);
    if (!addon?.roleArn || addon.roleArn === RoleArn) {
      return;
    }
    const isDeleting = addon.status === 'DELETING';
    if (isDeleting || STUCK.includes(addon.status)) {
      throw new Error(
        `the managed add-on ${ADDON_NAME} of cluster ${name} is ${addon.status}, in which EKS does not change its role ${addon.roleArn}: `
        + `${isDeleting ? 'wait until it is gone, and install the plugin again' : repairOf(name)}, then deploy again. ${UNCHANGED}`);
    }
  }
}

function removalOf({ id, addonName }: PodIdentityAssociation, clusterName: string): string {
  return addonName === undefined
    ? `delete it (aws eks delete-pod-identity-association --cluster-name ${clusterName} --association-id ${id})`
    : `take it off the add-on that owns it (aws eks update-addon --cluster-name ${clusterName} --addon-name ${addonName} `
      + '--pod-identity-associations \'[]\' --resolve-conflicts PRESERVE)';
}

/** Two would undo each other: the one that goes takes the annotations of the other away, and would put a role back that is gone. */
function checkOwner({ name }: Cluster, { annotations }: ServiceAccount, owners: readonly string[]): void {
  const owner = annotations[OWNER_ANNOTATION];
  if (owner !== undefined && !owners.includes(owner)) {
    throw new Error(
      `service account kube-system/aws-node of cluster ${name} is annotated by another VpcCniServiceAccountRole, ${owner}: `
      + 'destroy that one first, or keep its id if you have moved or renamed it; if it is gone without having been destroyed, run: '
      + `kubectl -n kube-system annotate serviceaccount aws-node ${OWNER_ANNOTATION}-. ${UNCHANGED}`);
  }
}

function checkDaemonSet({ name, autoMode }: Cluster, properties: AwsNodeGuardProperties, daemonSet: DaemonSet | undefined): void {
  if (!daemonSet) {
    throw new Error(autoMode
      ? `cluster ${name} runs in EKS Auto Mode only, without DaemonSet kube-system/aws-node: Auto Mode nodes have their own network, which needs no role here; remove this construct. ${UNCHANGED}`
      : `cluster ${name} has no DaemonSet kube-system/aws-node: install the Amazon VPC CNI plugin (the vpc-cni add-on) first. ${UNCHANGED}`);
  }
  if (allowsNoneUnavailable(daemonSet)) {
    throw new Error(
      `DaemonSet kube-system/aws-node of cluster ${name} allows no unavailable pod (maxUnavailable ${daemonSet.maxUnavailable}), so none can be restarted: `
      + `set spec.updateStrategy.rollingUpdate.maxUnavailable to 1 or more, such as the usual 10%. ${UNCHANGED}`);
  }
  const fault = templateFault(properties, daemonSet);
  if (fault) {
    throw new Error(`DaemonSet kube-system/aws-node of cluster ${name} ${fault}, so the pod identity webhook would not give its pods the role: remove that. ${UNCHANGED}`);
  }
  if (properties.ScopedToCluster) {
    checkClusterName(name, daemonSet);
  }
}

/** Without it, the plugin does not put the tag on its network interfaces that the policy asks for. */
function checkClusterName(name: string, { template }: DaemonSet): void {
  const value = template.containers.find(container => container.name === NAME)?.env[CLUSTER_NAME];
  if (value !== name) {
    throw new Error(
      `DaemonSet kube-system/aws-node of cluster ${name} must set ${CLUSTER_NAME}=${name} in container aws-node, got: ${value ?? 'nothing'}; without it, `
      + `the policy of CniPolicy.scopedToCluster() does not let the plugin make or use network interfaces; run: kubectl -n kube-system set env daemonset/aws-node -c aws-node ${CLUSTER_NAME}=${name} `
      + `(with the vpc-cni add-on, put {"env":{"${CLUSTER_NAME}":"${name}"}} into its configuration values instead). ${UNCHANGED}`);
  }
}

/** The webhook leaves alone what the template sets itself. */
function templateFault({ RoleArn, StsRegionalEndpoints }: AwsNodeGuardProperties, { template }: DaemonSet): string | undefined {
  const skipped = template.annotations[SKIP_ANNOTATION];
  if (skipped) {
    return `has ${SKIP_ANNOTATION}=${skipped} in its template`;
  }
  for (const { name, env } of template.containers) {
    if (env[ROLE_ARN] !== undefined && (env[ROLE_ARN] !== RoleArn || !env[TOKEN_FILE])) {
      return `sets ${ROLE_ARN}=${env[ROLE_ARN]} in container ${name}`;
    }
    if (env[TOKEN_FILE] !== undefined && env[ROLE_ARN] === undefined) {
      return `sets ${TOKEN_FILE} in container ${name}`;
    }
    const sts = env[STS_ENDPOINTS];
    if (sts !== undefined && (StsRegionalEndpoints === 'false' || (StsRegionalEndpoints === 'true' && sts !== 'regional'))) {
      return `sets ${STS_ENDPOINTS}=${sts} in container ${name} against \`stsRegionalEndpoints\``;
    }
  }
  return undefined;
}
