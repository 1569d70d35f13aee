import { EKSClient } from '@aws-sdk/client-eks';
import { IAMClient } from '@aws-sdk/client-iam';
import type { CdkCustomResourceEvent } from 'aws-lambda';
import { ClusterIdentityHandler } from './cluster-identity-handler';
import type { ClusterIdentityProperties } from './resource-properties';
import { EksClusterReader } from '../shared/eks-cluster-reader';
import { IamOpenIdConnectProviders } from '../shared/iam-open-id-connect-providers';
import { reported } from '../shared/reported';

// IAM throttles per account, whoever else is calling
const iam = new IAMClient({ maxAttempts: 8 });
const clusterIdentity = new ClusterIdentityHandler(new EksClusterReader(new EKSClient()), new IamOpenIdConnectProviders(iam));

export const onEvent = reported((event: CdkCustomResourceEvent<ClusterIdentityProperties>) => clusterIdentity.handle(event));
