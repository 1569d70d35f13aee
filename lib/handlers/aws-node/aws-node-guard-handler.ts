import type { CdkCustomResourceEvent, CdkCustomResourceIsCompleteResponse } from 'aws-lambda';
import type { AwsNodeHandler, AwsNodePorts, IsCompleteEvent, OnEventResponse } from './aws-node-handler';
import type { GuardMemory } from './guard-memory';
import { fromPhysicalId, toPhysicalId } from './guard-memory';
import type { Annotations, Kubernetes, ServiceAccount } from './kubernetes';
import type { PreflightPorts } from './preflight';
import { Preflight } from './preflight';
import type { AwsNodeGuardProperties } from './resource-properties';
import { RolloutLoop } from './rollout-loop';
import { OWNER_ANNOTATION, ROLE_ANNOTATION, STS_ANNOTATION } from '../../private/annotations';
import { describeUnlessGone } from '../shared/cluster';
import { log } from '../shared/log';

type Event = CdkCustomResourceEvent<AwsNodeGuardProperties>;
type UpdateEvent = Extract<Event, { RequestType: 'Update' }>;
type DeleteEvent = Extract<Event, { RequestType: 'Delete' }>;

/** Stands before the change and after its undoing: checks everything first, and leaves the cluster as it was. */
export class AwsNodeGuardHandler implements AwsNodeHandler<AwsNodeGuardProperties> {
  private readonly preflight: Preflight;

  constructor(private readonly ports: AwsNodePorts & PreflightPorts) {
    this.preflight = new Preflight(ports);
  }

  async onEvent(event: Event): Promise<OnEventResponse> {
    switch (event.RequestType) {
      case 'Create': return this.onCreate(event.ResourceProperties, [event.ResourceProperties.RoleArn]);
      case 'Update': return this.onUpdate(event);
      case 'Delete': return this.onDelete(event);
    }
  }

  async isComplete(event: IsCompleteEvent<AwsNodeGuardProperties>): Promise<CdkCustomResourceIsCompleteResponse> {
    const kubernetes = event.RequestType === 'Delete' && await this.connectToRemembered(event.PhysicalResourceId);
    if (!kubernetes) {
      return { IsComplete: true };
    }
    const { RoleArn, RolloutTimeoutSeconds } = event.ResourceProperties;
    const summary = await new RolloutLoop(kubernetes, this.ports.clock).run({
      clusterName: fromPhysicalId(event.PhysicalResourceId)!.clusterName,
      desired: { kind: 'without-role', roleArn: RoleArn },
      startedAt: Date.parse(event.Data!.StartedAt),
      timeoutSeconds: Number(RolloutTimeoutSeconds),
    });
    return { IsComplete: summary !== undefined };
  }

  private async onCreate(properties: AwsNodeGuardProperties, ours: readonly string[]): Promise<OnEventResponse> {
    const { serviceAccount: { annotations } } = await this.check(properties);
    const role = annotations[ROLE_ANNOTATION];
    return this.respond(toPhysicalId({
      clusterName: properties.ClusterName,
      roleArn: role !== undefined && ours.includes(role) ? undefined : role,
      // even if we do not set it now: a later update may, and the physical id cannot change then
      stsRegionalEndpoints: annotations[STS_ANNOTATION],
    }));
  }

  private async onUpdate({ PhysicalResourceId, ResourceProperties: now, OldResourceProperties: before }: UpdateEvent): Promise<OnEventResponse> {
    const memory = fromPhysicalId(PhysicalResourceId);
    if (memory?.clusterName !== now.ClusterName) {
      return this.onCreate(now, [now.RoleArn, before.RoleArn]);
    }
    const { kubernetes, serviceAccount } = await this.check(now, [now.Owner, before.Owner]);
    const { annotations } = serviceAccount;
    await this.patch(kubernetes, {
      ...repaired(OWNER_ANNOTATION, annotations, before.Owner, now.Owner),
      ...repaired(ROLE_ANNOTATION, annotations, before.RoleArn, now.RoleArn),
      ...before.StsRegionalEndpoints && (now.StsRegionalEndpoints
        ? repaired(STS_ANNOTATION, annotations, before.StsRegionalEndpoints, now.StsRegionalEndpoints)
        : restoredSts(annotations, before.StsRegionalEndpoints, memory)),
    });
    return this.respond(PhysicalResourceId);
  }

  private async onDelete({ PhysicalResourceId, ResourceProperties }: DeleteEvent): Promise<OnEventResponse> {
    const { Owner, RoleArn, StsRegionalEndpoints } = ResourceProperties;
    const kubernetes = await this.connectToRemembered(PhysicalResourceId);
    const serviceAccount = await kubernetes?.getServiceAccount();
    if (kubernetes && !serviceAccount) {
      log('nothing to put back: service account kube-system/aws-node is gone', { PhysicalResourceId });
    }
    if (kubernetes && serviceAccount) {
      const memory = fromPhysicalId(PhysicalResourceId)!;
      await this.patch(kubernetes, {
        ...restored(OWNER_ANNOTATION, serviceAccount.annotations, Owner, undefined),
        ...restored(ROLE_ANNOTATION, serviceAccount.annotations, RoleArn, await this.roleOfAddon(memory.clusterName, RoleArn) ?? memory.roleArn),
        ...StsRegionalEndpoints && restoredSts(serviceAccount.annotations, StsRegionalEndpoints, memory),
      });
    }
    return this.respond(PhysicalResourceId);
  }

  private async check(
    properties: AwsNodeGuardProperties, owners?: string[],
  ): Promise<{ kubernetes: Kubernetes; serviceAccount: ServiceAccount }> {
    const cluster = await this.ports.clusters.describe(properties.ClusterName);
    const kubernetes = this.ports.connect(cluster);
    return { kubernetes, serviceAccount: await this.preflight.check(cluster, properties, kubernetes, owners) };
  }

  /** With a role of its own, the add-on owns the annotation: whatever was there before, this is what EKS would put there. */
  private async roleOfAddon(clusterName: string, ours: string): Promise<string | undefined> {
    const addon = await this.ports.addon.describe(clusterName);
    return addon?.roleArn === ours ? undefined : addon?.roleArn;
  }

  private async connectToRemembered(physicalId: string): Promise<Kubernetes | undefined> {
    const memory = fromPhysicalId(physicalId);
    if (!memory) {
      log('nothing to undo: this resource was never created', { physicalId });
      return undefined;
    }
    const cluster = await describeUnlessGone(this.ports.clusters, memory.clusterName);
    if (!cluster) {
      log('nothing to undo: the cluster is gone', { clusterName: memory.clusterName });
      return undefined;
    }
    return this.ports.connect(cluster);
  }

  private async patch(kubernetes: Kubernetes, annotations: Readonly<Record<string, string | null>>): Promise<void> {
    if (Object.keys(annotations).length > 0) {
      await kubernetes.patchServiceAccountAnnotations(annotations);
      log('put the annotations of service account kube-system/aws-node back', { annotations });
    }
  }

  private respond(physicalId: string): OnEventResponse {
    return { PhysicalResourceId: physicalId, Data: { StartedAt: new Date(this.ports.clock.now()).toISOString() } };
  }
}

/** What somebody has changed since: CloudFormation updates the annotations only where they are another value for us. */
function repaired(annotation: string, annotations: Annotations, before: string, now: string): Record<string, string> {
  return [before, now].includes(annotations[annotation]) ? {} : { [annotation]: now };
}

function restoredSts(annotations: Annotations, ours: string, { stsRegionalEndpoints }: GuardMemory): Record<string, string | null> {
  return restored(STS_ANNOTATION, annotations, ours, stsRegionalEndpoints);
}

/** What was there before us, unless somebody has put something else there since. */
function restored(annotation: string, annotations: Annotations, ours: string, remembered: string | undefined): Record<string, string | null> {
  const present = annotations[annotation];
  const isOurs = present === undefined || present === ours;
  return isOurs && present !== remembered ? { [annotation]: remembered ?? null } : {};
}
