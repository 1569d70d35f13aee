import type { CdkCustomResourceEvent, CdkCustomResourceIsCompleteResponse } from 'aws-lambda';
import type { AwsNodeHandler, IsCompleteEvent, OnEventResponse } from './aws-node-handler';
import { toPhysicalId } from './guard-memory';
import { NodeRolesCheck, type NodeRolesCheckPorts } from './node-roles-check';
import type { AwsNodeRolloutAttributes, AwsNodeRolloutProperties } from './resource-properties';
import { RolloutLoop } from './rollout-loop';

/** Restarts the pods of `aws-node` until every container of every one carries the role; on delete, stops what would leave them without any. */
export class AwsNodeRolloutHandler implements AwsNodeHandler<AwsNodeRolloutProperties> {
  constructor(private readonly ports: NodeRolesCheckPorts) {}

  async onEvent(event: CdkCustomResourceEvent<AwsNodeRolloutProperties>): Promise<OnEventResponse> {
    if (event.RequestType === 'Delete') {
      await new NodeRolesCheck(this.ports).check(event.ResourceProperties);
      return { PhysicalResourceId: event.PhysicalResourceId };
    }
    const { ClusterName, StsRegionalEndpoints } = event.ResourceProperties;
    const StartedAt = new Date(this.ports.clock.now()).toISOString();
    const stsTakenAway = event.RequestType === 'Update' && event.OldResourceProperties.StsRegionalEndpoints && !StsRegionalEndpoints;
    return {
      PhysicalResourceId: toPhysicalId({ clusterName: ClusterName }),
      Data: { StartedAt, ...stsTakenAway && { RestartBefore: StartedAt } },
    };
  }

  async isComplete(event: IsCompleteEvent<AwsNodeRolloutProperties>): Promise<CdkCustomResourceIsCompleteResponse> {
    if (event.RequestType === 'Delete') {
      return { IsComplete: true };
    }
    const { ClusterName, RoleArn, StsRegionalEndpoints, RolloutTimeoutSeconds } = event.ResourceProperties;
    const { StartedAt, RestartBefore } = event.Data!;
    const cluster = await this.ports.clusters.describe(ClusterName);
    const summary = await new RolloutLoop(this.ports.connect(cluster), this.ports.clock).run({
      clusterName: ClusterName,
      desired: {
        kind: 'with-role',
        roleArn: RoleArn,
        stsRegionalEndpoints: StsRegionalEndpoints,
        restartBefore: RestartBefore === undefined ? undefined : Date.parse(RestartBefore),
      },
      startedAt: Date.parse(StartedAt),
      timeoutSeconds: Number(RolloutTimeoutSeconds),
    });
    return summary === undefined ? { IsComplete: false } : { IsComplete: true, Data: { Summary: summary } satisfies AwsNodeRolloutAttributes };
  }
}
