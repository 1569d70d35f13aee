import { setTimeout as sleep } from 'node:timers/promises';
import { AttachRolePolicyCommand, CreateRoleCommand, DeleteRoleCommand, DetachRolePolicyCommand, type IAMClient } from '@aws-sdk/client-iam';
import type { Deployment } from './deployment';
import type { AwsNodePod } from '../../local-stack/aws-node-pods';

const CNI_POLICY = 'arn:aws:iam::aws:policy/AmazonEKS_CNI_Policy';

/** A role of somebody else that the plugin may have, by a provider of its own: one of ours would have to be kept for its sake. */
export async function createForeignRole(iam: IAMClient, name: string): Promise<string> {
  const issuer = 'oidc.example.com';
  const { Role } = await iam.send(new CreateRoleCommand({
    RoleName: name,
    AssumeRolePolicyDocument: JSON.stringify({
      Version: '2012-10-17',
      Statement: [{
        Effect: 'Allow',
        Principal: { Federated: `arn:aws:iam::111122223333:oidc-provider/${issuer}` },
        Action: 'sts:AssumeRoleWithWebIdentity',
        Condition: { StringEquals: { [`${issuer}:sub`]: 'system:serviceaccount:kube-system:aws-node' } },
      }],
    }),
  }));
  await iam.send(new AttachRolePolicyCommand({ RoleName: name, PolicyArn: CNI_POLICY }));
  return Role!.Arn!;
}

export async function deleteForeignRole(iam: IAMClient, name: string): Promise<void> {
  await iam.send(new DetachRolePolicyCommand({ RoleName: name, PolicyArn: CNI_POLICY }));
  await iam.send(new DeleteRoleCommand({ RoleName: name }));
}

/** More than once if need be, since the webhook's cache may lag behind an annotation. */
export async function restartUntil(deployment: Deployment, isRight: (pod: AwsNodePod) => boolean): Promise<void> {
  const { nodeNames } = deployment.cluster;
  for (let pods: AwsNodePod[] = []; pods.length < nodeNames.length || !pods.every(isRight);) {
    await deployment.cluster.kubectl('-n', 'kube-system', 'delete', 'pods', '-l', 'k8s-app=aws-node');
    do {
      await sleep(500);
      pods = await deployment.pods();
    } while (pods.length < nodeNames.length || !pods.every(({ ready }) => ready));
  }
}
