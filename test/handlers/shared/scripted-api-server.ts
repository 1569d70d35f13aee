import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createCertificates } from '../../../local-stack/kubernetes/certificates';

export type Answer = (request: IncomingMessage & { text: string }, response: ServerResponse) => void;

export const status = (code: number, body: object = { message: `status ${code}` }, headers: Record<string, string> = {}): Answer =>
  (_, response) => response.writeHead(code, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
export const ok = (body: object) => status(200, body);
export const reset: Answer = request => request.socket.destroy();
export const hang: Answer = () => undefined;

/** A server with TLS that answers what a test tells it to, for the tests of the file that makes it. */
export class ScriptedApiServer {
  readonly directory = mkdtempSync(join(tmpdir(), 'scripted-api-server-'));
  /** One after the other; the last one to all that follow. */
  answers: Answer[] = [];
  asked: { call: string; authorization?: string; contentType?: string; body: unknown }[] = [];
  /** How often a token was given up. */
  forgotten = 0;

  private readonly certificates = createCertificates(this.directory);
  private readonly server = createServer({ cert: readFileSync(this.certificates.server), key: readFileSync(this.certificates.serverKey) });

  constructor() {
    beforeAll(done => {
      this.server.on('request', (request, response) => this.answer(request, response));
      this.server.listen(0, '127.0.0.1', done);
    });
    beforeEach(() => { this.asked = []; });
    afterAll(done => {
      this.server.closeAllConnections();
      this.server.close(done);
      rmSync(this.directory, { recursive: true });
    });
  }

  /** For a client of it, with a token of its own each time. */
  get props() {
    let tokens = 0;
    return {
      clusterName: 'blue',
      endpoint: `https://127.0.0.1:${(this.server.address() as AddressInfo).port}`,
      certificateAuthority: this.certificates.caData,
      token: { get: async () => `token-${++tokens}`, forget: () => { this.forgotten++; } },
      patienceMs: 2_000,
    };
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const chunks: Buffer[] = [];
    request.on('data', chunk => chunks.push(chunk)).on('end', () => {
      const text = Buffer.concat(chunks).toString();
      const { authorization, 'content-type': contentType } = request.headers;
      this.asked.push({ call: `${request.method} ${decodeURIComponent(request.url!)}`, authorization, contentType, body: text ? JSON.parse(text) : undefined });
      (this.answers.length > 1 ? this.answers.shift()! : this.answers[0])(Object.assign(request, { text }), response);
    });
  }
}
