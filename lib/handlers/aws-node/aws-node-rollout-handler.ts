import type { CdkCustomResourceEvent, CdkCustomResourceIsCompleteResponse } from 'aws-lambda';
import type { AddonGoal } from './addon-decision';
import { AddonRole } from './addon-role';
import type { AwsNodeHandler, IsCompleteEvent, OnEventResponse } from './aws-node-handler';
import { toPhysicalId } from './guard-memory';
import { NodeRolesCheck, type NodeRolesCheckPorts } from './node-roles-check';
import type { AwsNodeRolloutAttributes, AwsNodeRolloutProperties } from './resource-properties';
import { RolloutLoop } from './rollout-loop';

/**
 * Has the managed add-on take the role, if it has one of its own, and restarts the pods of `aws-node` until every container of every one carries it;
 * on delete, stops what would leave them without any, and gives the add-on its earlier role back.
 */
export class AwsNodeRolloutHandler implements AwsNodeHandler<AwsNodeRolloutProperties> {
  constructor(private readonly ports: NodeRolesCheckPorts) {}

  async onEvent(event: CdkCustomResourceEvent<AwsNodeRolloutProperties>): Promise<OnEventResponse> {
    const StartedAt = new Date(this.ports.clock.now()).toISOString();
    if (event.RequestType === 'Delete') {
      await new NodeRolesCheck(this.ports).check(event.ResourceProperties);
      return { PhysicalResourceId: event.PhysicalResourceId, Data: { StartedAt } };
    }
    const { ClusterName, StsRegionalEndpoints } = event.ResourceProperties;
    const stsTakenAway = event.RequestType === 'Update' && event.OldResourceProperties.StsRegionalEndpoints && !StsRegionalEndpoints;
    return {
      PhysicalResourceId: toPhysicalId({ clusterName: ClusterName }),
      Data: { StartedAt, ...stsTakenAway && { RestartBefore: StartedAt } },
    };
  }

  async isComplete(event: IsCompleteEvent<AwsNodeRolloutProperties>): Promise<CdkCustomResourceIsCompleteResponse> {
    const { ClusterName, RoleArn, StsRegionalEndpoints, RolloutTimeoutSeconds } = event.ResourceProperties;
    const { StartedAt, RestartBefore } = event.Data!;
    const time = { clusterName: ClusterName, startedAt: Date.parse(StartedAt), timeoutSeconds: Number(RolloutTimeoutSeconds) };
    const isReached = await new AddonRole(this.ports, { ...time, goal: goalOf(event) }).reach();
    if (event.RequestType === 'Delete' || !isReached) {
      return { IsComplete: isReached };
    }
    const cluster = await this.ports.clusters.describe(ClusterName);
    const summary = await new RolloutLoop(this.ports.connect(cluster), this.ports.clock).run({
      ...time,
      desired: {
        kind: 'with-role',
        roleArn: RoleArn,
        stsRegionalEndpoints: StsRegionalEndpoints,
        restartBefore: RestartBefore === undefined ? undefined : Date.parse(RestartBefore),
      },
    });
    return summary === undefined ? { IsComplete: false } : { IsComplete: true, Data: { Summary: summary } satisfies AwsNodeRolloutAttributes };
  }
}

function goalOf(event: IsCompleteEvent<AwsNodeRolloutProperties>): AddonGoal {
  const roleArn = event.ResourceProperties.RoleArn;
  switch (event.RequestType) {
    case 'Create': return { kind: 'ours', roleArn };
    case 'Update': return { kind: 'ours', roleArn, formerRoleArn: event.OldResourceProperties.RoleArn };
    case 'Delete': return { kind: 'earlier', roleArn };
  }
}
