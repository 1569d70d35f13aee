import { setFlagsFromString } from 'node:v8';
import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import type { CdkCustomResourceEvent } from 'aws-lambda';
import { AwsNodeGuardHandler } from './aws-node-guard-handler';
import type { AwsNodeHandler, IsCompleteEvent } from './aws-node-handler';
import { AwsNodeRolloutHandler } from './aws-node-rollout-handler';
import { EksAddon } from './eks-addon';
import { KubernetesClient } from './kubernetes-client';
import { EksPodIdentity } from './pod-identity';
import type { AwsNodeGuardProperties, AwsNodeRolloutProperties } from './resource-properties';
import { IamRolePermissions } from './role-permissions';
import { IamRolePolicies } from '../node-role-policies/iam-role-policies';
import { KubernetesDenials } from '../node-role-policies/kubernetes-denials';
import { NodeRolePoliciesHandler } from '../node-role-policies/node-role-policies-handler';
import type { NodeRolePoliciesProperties } from '../node-role-policies/resource-properties';
import { systemClock as clock } from '../shared/clock';
import type { Cluster } from '../shared/cluster';
import { EksClusterReader } from '../shared/eks-cluster-reader';
import { EksToken } from '../shared/eks-token';
import { IamOpenIdConnectProviders } from '../shared/iam-open-id-connect-providers';
import { EksNodeRoles } from '../shared/node-roles';
import { reported } from '../shared/reported';

// Pods of thousands of nodes come by, and little is kept of each: a young generation that grows would only hold their remains for longer.
setFlagsFromString('--semi-space-growth-factor=1');

// in a VPC that does not reach AWS the call is to fail, and be named, before the function times out
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 15_000 };
const eks = new EKSClient({ requestHandler });
// IAM throttles per account, whoever else is calling
const iam = new IAMClient({ requestHandler, maxAttempts: 8 });
const sts = new STSClient();

const apiOf = ({ name, endpoint, certificateAuthority }: Cluster) =>
  ({ clusterName: name, endpoint, certificateAuthority, token: new EksToken(sts, name, clock) });

const clusters = new EksClusterReader(eks);
const nodeRoles = new EksNodeRoles(eks);
const ports = {
  clusters,
  connect: (cluster: Cluster) => new KubernetesClient(apiOf(cluster)),
  clock,
  providers: new IamOpenIdConnectProviders(iam),
  podIdentity: new EksPodIdentity(eks),
  addon: new EksAddon(eks),
  nodeRoles,
  rolePermissions: new IamRolePermissions(iam),
};

type Properties = AwsNodeGuardProperties | AwsNodeRolloutProperties | NodeRolePoliciesProperties;

/** For two functions with a role each, of which one is for the node roles alone: what both need is nearly all of the bundle. */
const handlers: Record<string, AwsNodeHandler<Properties>> = {
  'Custom::AwsNodeGuard': new AwsNodeGuardHandler(ports),
  'Custom::AwsNodeRollout': new AwsNodeRolloutHandler(ports),
  'Custom::NodeRolePolicies': new NodeRolePoliciesHandler({
    clusters,
    nodegroupRoles: nodeRoles,
    rolePolicies: new IamRolePolicies(iam),
    connect: cluster => new KubernetesDenials(apiOf(cluster)),
    clock,
  }),
};

export const onEvent = reported((event: CdkCustomResourceEvent<Properties>) => handlers[event.ResourceType].onEvent(event));
export const isComplete = reported((event: IsCompleteEvent<Properties>) => handlers[event.ResourceType].isComplete(event));
