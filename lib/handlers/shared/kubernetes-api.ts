import { Agent } from 'node:https';
import type { Configuration, RequestContext, SecurityAuthentication } from '@kubernetes/client-node/dist/gen/index.js';
import { HttpMethod, ServerConfiguration, createConfiguration } from '@kubernetes/client-node/dist/gen/index.js';
import { PatientCalls, type PatientCallsProps } from './patient-calls';

export interface KubernetesApiProps extends PatientCallsProps {
  /** Base64-encoded PEM. */
  readonly certificateAuthority: string;
  /** @default 30 seconds: a page of pods takes a busy API server some */
  readonly requestTimeoutMs?: number;
}

const REQUEST_TIMEOUT_MS = 30_000;

/** Requests under way at once: enough to delete 500 pods in seconds, too few for the API server to mind. */
const PARALLEL_REQUESTS = 20;

/** The API server of a cluster, to be asked with patience. */
export class KubernetesApi extends PatientCalls {
  readonly requestTimeoutMs: number;
  readonly ca: Buffer;
  /** For the classes of the Kubernetes client. */
  readonly configuration: Configuration;

  constructor(props: KubernetesApiProps) {
    super(props);
    this.requestTimeoutMs = props.requestTimeoutMs ?? REQUEST_TIMEOUT_MS;
    this.ca = Buffer.from(props.certificateAuthority, 'base64');
    this.configuration = createConfiguration({
      baseServer: new ServerConfiguration(props.endpoint, {}),
      authMethods: { default: this.authentication() },
    });
  }

  private authentication(): SecurityAuthentication {
    const agent = new Agent({ ca: this.ca, keepAlive: true, maxSockets: PARALLEL_REQUESTS });
    return {
      getName: () => 'token',
      applySecurityAuthentication: async (request: RequestContext) => {
        request.setHeaderParam('authorization', `Bearer ${await this.props.token.get()}`);
        request.setAgent(agent);
        request.setSignal(AbortSignal.timeout(this.requestTimeoutMs));
        if (request.getHttpMethod() === HttpMethod.PATCH) {
          request.setHeaderParam('Content-Type', 'application/merge-patch+json');
        }
      },
    };
  }
}
