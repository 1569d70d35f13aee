import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import { STSClient } from '@aws-sdk/client-sts';
import type { CdkCustomResourceEvent } from 'aws-lambda';
import { IamRolePolicies } from './iam-role-policies';
import { KubernetesDenials } from './kubernetes-denials';
import { type IsCompleteEvent, NodeRolePoliciesHandler } from './node-role-policies-handler';
import type { NodeRolePoliciesProperties } from './resource-properties';
import { systemClock as clock } from '../shared/clock';
import { EksClusterReader } from '../shared/eks-cluster-reader';
import { EksToken } from '../shared/eks-token';
import { EksNodeRoles } from '../shared/node-roles';
import { reported } from '../shared/reported';

// in a VPC that does not reach AWS the call is to fail, and be named, before the function times out
const requestHandler = { connectionTimeout: 5_000, requestTimeout: 15_000 };
const eks = new EKSClient({ requestHandler });
// IAM throttles per account, whoever else is calling
const iam = new IAMClient({ requestHandler, maxAttempts: 8 });
const sts = new STSClient();

const handler = new NodeRolePoliciesHandler({
  clusters: new EksClusterReader(eks),
  nodegroupRoles: new EksNodeRoles(eks),
  rolePolicies: new IamRolePolicies(iam),
  connect: ({ name, endpoint, certificateAuthority }) =>
    new KubernetesDenials({ clusterName: name, endpoint, certificateAuthority, token: new EksToken(sts, name, clock) }),
  clock,
});

export const onEvent = reported((event: CdkCustomResourceEvent<NodeRolePoliciesProperties>) => handler.onEvent(event));
export const isComplete = reported((event: IsCompleteEvent) => handler.isComplete(event));
