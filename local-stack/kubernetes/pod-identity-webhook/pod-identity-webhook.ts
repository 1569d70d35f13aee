import { join } from 'node:path';
import type { WebhookSettings } from './main';
import type { WebhookFlags } from './mutation';
import type { ManagedProcess, ProcessGroup } from '../../process-group';

/** What a test may change of the webhook: its flags, its speed and its care. */
export type WebhookOptions = WebhookFlags & Pick<WebhookSettings, 'lagMilliseconds' | 'firstLagMilliseconds' | 'delayMilliseconds' | 'forgottenContainers'>;

/** The webhook of one cluster, in a process of its own, which can be stopped and started. */
export class PodIdentityWebhook {
  private process?: ManagedProcess;

  constructor(
    private readonly name: string,
    private readonly processes: ProcessGroup,
    private readonly settings: WebhookSettings,
    private readonly isReady: () => Promise<boolean>,
  ) {}

  async start(options: WebhookOptions = {}): Promise<void> {
    await this.stop();
    const settings: WebhookSettings = { ...this.settings, ...options };
    this.process = this.processes.start(
      this.name, process.execPath, ['--import', 'tsx', join(__dirname, 'main.ts'), JSON.stringify(settings)], { env: process.env, cwd: __dirname });
    while (!await this.isReady()) {
      if (this.process.exited) {
        throw new Error(`${this.name} ended at its start:\n${this.process.tail()}`);
      }
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  }

  async stop(): Promise<void> {
    await this.process?.stop();
    this.process = undefined;
  }

  /** The registration, as EKS has it: pods at their creation only, and let through when the webhook fails. */
  configuration(caData: string): object {
    return {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name: 'pod-identity-webhook' },
      webhooks: [{
        name: 'iam-for-pods.amazonaws.com',
        failurePolicy: 'Ignore',
        reinvocationPolicy: 'IfNeeded',
        timeoutSeconds: 10,
        sideEffects: 'None',
        admissionReviewVersions: ['v1'],
        objectSelector: { matchExpressions: [{ key: 'eks.amazonaws.com/skip-pod-identity-webhook', operator: 'DoesNotExist' }] },
        rules: [{ operations: ['CREATE'], apiGroups: [''], apiVersions: ['v1'], resources: ['pods'] }],
        clientConfig: { url: `https://127.0.0.1:${this.settings.port}/mutate`, caBundle: caData },
      }],
    };
  }
}
