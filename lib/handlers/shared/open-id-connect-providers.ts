export interface OpenIdConnectProvider {
  readonly clientIds: readonly string[];
  readonly tags: Readonly<Record<string, string>>;
}

/** The OIDC providers of the account, and who relies on them. */
export interface OpenIdConnectProviders {
  get(arn: string): Promise<OpenIdConnectProvider | undefined>;
  /** @returns false when the account has a provider for this URL already */
  create(url: string, clientIds: readonly string[], tags: Readonly<Record<string, string>>): Promise<boolean>;
  addClientId(arn: string, clientId: string): Promise<void>;
  /** A provider that is gone already is no error. */
  delete(arn: string): Promise<void>;
  /** @returns ARNs of the roles */
  rolesThatTrust(arn: string): Promise<string[]>;
}
