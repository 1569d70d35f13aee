import { Sha256 } from '@aws-crypto/sha256-js';
import { GetCallerIdentityCommand, type STSClient } from '@aws-sdk/client-sts';
import { HttpRequest } from '@smithy/protocol-http';
import { SignatureV4 } from '@smithy/signature-v4';
import type { Clock } from './clock';
import type { Token } from './patient-calls';

const VALID_SECONDS = 60;
/** Half of its life is left for the request on its way and for clocks that differ. */
const RENEW_AFTER_MS = 30_000;

/** A token for the API server of an EKS cluster: a signed question to STS, who am I, that the cluster asks on our behalf. */
export class EksToken implements Token {
  private current?: { readonly token: string; readonly madeAt: number };

  constructor(private readonly sts: STSClient, private readonly clusterName: string, private readonly clock: Clock) {}

  async get(): Promise<string> {
    const now = this.clock.now();
    if (!this.current || now - this.current.madeAt >= RENEW_AFTER_MS) {
      this.current = { token: await this.make(now), madeAt: now };
    }
    return this.current.token;
  }

  /** After the API server has refused it: its clock, or its cache, knows better. */
  forget(): void {
    this.current = undefined;
  }

  private async make(now: number): Promise<string> {
    const { protocol, hostname, port, pathname } = await this.endpoint();
    const signer = new SignatureV4({ service: 'sts', region: this.sts.config.region, credentials: this.sts.config.credentials, sha256: Sha256 });
    const { query } = await signer.presign(new HttpRequest({
      method: 'GET',
      protocol,
      hostname,
      port: port ? Number(port) : undefined,
      path: pathname,
      query: { Action: 'GetCallerIdentity', Version: '2011-06-15' },
      headers: { 'host': port ? `${hostname}:${port}` : hostname, 'x-k8s-aws-id': this.clusterName },
    }), { expiresIn: VALID_SECONDS, signingDate: new Date(now) });
    const url = `${protocol}//${hostname}${port && `:${port}`}${pathname}?${new URLSearchParams(query as Record<string, string>)}`;
    return `k8s-aws-v1.${Buffer.from(url).toString('base64url')}`;
  }

  /** The client knows the hosts of every partition: it is asked to prepare the call, which is then not made. */
  private async endpoint(): Promise<URL> {
    let url: URL | undefined;
    const command = new GetCallerIdentityCommand({});
    command.middlewareStack.add((_next, context) => async () => {
      url = context.endpointV2?.url;
      return { response: {}, output: { $metadata: {} } };
    }, { step: 'build', priority: 'high' });
    await this.sts.send(command);
    return url!;
  }
}
