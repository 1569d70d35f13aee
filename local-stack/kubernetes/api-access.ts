import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { text } from 'node:stream/consumers';

/** The administrator's way to an API server, without a program of its own for each call. */
export class ApiAccess {
  constructor(readonly endpoint: string, private readonly ca: Buffer, private readonly token: string) {}

  async get<T>(path: string): Promise<T> {
    const response = await this.open(path);
    const body = await text(response);
    if (response.statusCode !== 200) {
      throw new Error(`GET ${path}: ${response.statusCode} ${body}`);
    }
    return JSON.parse(body) as T;
  }

  async open(path: string, signal?: AbortSignal): Promise<IncomingMessage> {
    return new Promise((resolve, reject) => {
      request(`${this.endpoint}${path}`, { ca: this.ca, headers: { authorization: `Bearer ${this.token}` }, signal }, resolve).on('error', reject).end();
    });
  }
}
