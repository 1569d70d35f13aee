import type { OpenIdConnectProvider, OpenIdConnectProviders } from '../../../lib/handlers/shared/open-id-connect-providers';

/** When a call fails: the effect of one that fails afterwards is there all the same. */
export type Moment = 'before' | 'after';

/** An account in memory. Its calls can be made to fail by their position. */
export class FakeOpenIdConnectProviders implements OpenIdConnectProviders {
  public readonly providers = new Map<string, OpenIdConnectProvider>();
  /** The providers that a role trusts, by its ARN. */
  public readonly roles = new Map<string, string[]>();
  public readonly calls: string[] = [];
  /** What somebody else creates between our look and our creation. */
  public raced?: OpenIdConnectProvider;
  private fault?: { readonly position: number; readonly moment: Moment; readonly forGood: boolean };

  constructor(private readonly arnPrefix = 'arn:aws:iam::111122223333:oidc-provider/') {}

  /** One call fails, the later ones work. */
  failAt(position: number, moment: Moment): void {
    this.fault = { position, moment, forGood: false };
  }

  /** No call works any more, as for a process that was killed. */
  dieAt(position: number, moment: Moment): void {
    this.fault = { position, moment, forGood: true };
  }

  revive(): void {
    this.fault = undefined;
  }

  async get(arn: string): Promise<OpenIdConnectProvider | undefined> {
    return this.call('get', () => this.providers.get(arn));
  }

  async create(url: string, clientIds: readonly string[], tags: Readonly<Record<string, string>>): Promise<boolean> {
    const arn = this.arnPrefix + url.replace('https://', '');
    return this.call('create', () => {
      const provider = this.providers.get(arn) ?? this.raced;
      this.providers.set(arn, provider ?? { clientIds, tags });
      return !provider;
    });
  }

  async addClientId(arn: string, clientId: string): Promise<void> {
    this.call('addClientId', () => {
      const { clientIds, tags } = this.providers.get(arn)!;
      this.providers.set(arn, { clientIds: [...clientIds, clientId], tags });
    });
  }

  async delete(arn: string): Promise<void> {
    this.call('delete', () => this.providers.delete(arn));
  }

  async rolesThatTrust(arn: string): Promise<string[]> {
    return this.call('rolesThatTrust', () => [...this.roles].filter(([, trusted]) => trusted.includes(arn)).map(([role]) => role));
  }

  private call<T>(name: string, effect: () => T): T {
    const position = this.calls.push(name);
    this.failIfDue(position, 'before', name);
    const result = effect();
    this.failIfDue(position, 'after', name);
    return result;
  }

  private failIfDue(position: number, moment: Moment, name: string): void {
    const { fault } = this;
    if (fault && ((position === fault.position && moment === fault.moment) || (fault.forGood && position > fault.position))) {
      throw new Error(`${name} failed`);
    }
  }
}
