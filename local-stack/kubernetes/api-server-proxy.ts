import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { Agent, type Server, createServer, request } from 'node:https';
import type { Duplex } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../free-port';

export interface ApiServerProxyOptions {
  readonly target: string;
  /** PEM files. */
  readonly ca: string;
  readonly server: string;
  readonly serverKey: string;
}

/** How calls go wrong; a refused connection apart. */
export type CallFault =
  | { readonly kind: 'hang' }
  | { readonly kind: 'delay'; readonly milliseconds: number }
  | { readonly kind: 'answer'; readonly status: number; readonly retryAfterSeconds?: number };

/** Stands between the functions and an API server, and lets calls fail on their way. */
export class ApiServerProxy {
  static async start(options: ApiServerProxyOptions): Promise<ApiServerProxy> {
    const proxy = new ApiServerProxy(options, await freePort());
    await proxy.listen();
    return proxy;
  }

  private fault?: CallFault;
  private server?: Server;
  private readonly agent: Agent;
  private readonly connections = new Set<Duplex>();
  private readonly answers = new Map<IncomingMessage, ServerResponse>();
  private readonly seenTokens = new Set<string>();
  private expiredTokens = new Set<string>();

  private constructor(private readonly options: ApiServerProxyOptions, private readonly port: number) {
    this.agent = new Agent({ ca: readFileSync(options.ca), keepAlive: true });
  }

  get endpoint(): string {
    return `https://127.0.0.1:${this.port}`;
  }

  /** From now on; answers that are under way go on, but for those that hang. */
  break(fault: CallFault): void {
    this.turnTo(fault);
  }

  /** Nobody listens any more, and those who were connected are cut off. */
  async refuse(): Promise<void> {
    const closed = this.server && once(this.server, 'close');
    this.server?.close();
    this.connections.forEach(connection => connection.destroy());
    this.server = undefined;
    await closed;
  }

  /** As somebody does who changes the clock, or the keys: every token that was good is no more. */
  expireTokens(): void {
    this.expiredTokens = new Set(this.seenTokens);
  }

  async mend(): Promise<void> {
    this.turnTo(undefined);
    if (!this.server) {
      await this.listen();
    }
  }

  async close(): Promise<void> {
    await this.refuse();
    this.agent.destroy();
  }

  private turnTo(fault: CallFault | undefined): void {
    this.fault = fault;
    this.answers.forEach((response, upstream) => {
      // one that is piped twice would tell everything twice
      upstream.unpipe(response);
      if (fault?.kind !== 'hang') {
        upstream.pipe(response);
      }
    });
  }

  private async listen(): Promise<void> {
    const [cert, key] = [readFileSync(this.options.server), readFileSync(this.options.serverKey)];
    const server = createServer({ cert, key }, (incoming, response) => void this.handle(incoming, response));
    // Node's own time-out would race with connections that clients keep.
    server.keepAliveTimeout = 0;
    server.on('secureConnection', connection => {
      this.connections.add(connection);
      connection.once('close', () => this.connections.delete(connection));
    });
    this.server = server;
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen(this.port, '127.0.0.1', resolve));
  }

  private async handle(incoming: IncomingMessage, response: ServerResponse): Promise<void> {
    const token = incoming.headers.authorization ?? '';
    if (this.expiredTokens.has(token)) {
      refuseCall(response, 401, 'Unauthorized');
      return;
    }
    this.seenTokens.add(token);
    switch (this.fault?.kind) {
      case 'hang':
        return;
      case 'answer':
        refuseCall(response, this.fault.status, 'the server is not well', this.fault.retryAfterSeconds);
        return;
      case 'delay':
        await sleep(this.fault.milliseconds);
    }
    this.forward(incoming, response);
  }

  private forward(incoming: IncomingMessage, response: ServerResponse): void {
    const { method, headers, url } = incoming;
    const outgoing = request(`${this.options.target}${url}`, { method, headers, agent: this.agent }, upstream => {
      response.writeHead(upstream.statusCode!, upstream.headers);
      response.flushHeaders();
      this.answers.set(upstream, response);
      upstream.once('close', () => {
        this.answers.delete(upstream);
        response.end();
      });
      upstream.pipe(response);
    });
    outgoing.once('error', () => response.destroy());
    response.once('close', () => outgoing.destroy());
    incoming.pipe(outgoing);
  }
}

function refuseCall(response: ServerResponse, code: number, message: string, retryAfterSeconds?: number): void {
  response.writeHead(code, { 'content-type': 'application/json', ...retryAfterSeconds !== undefined && { 'retry-after': String(retryAfterSeconds) } });
  response.end(JSON.stringify({ kind: 'Status', apiVersion: 'v1', status: 'Failure', message, code }));
}
