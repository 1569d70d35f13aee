export interface Statement {
  readonly Effect: string;
  readonly Principal?: string | Readonly<Record<string, string | readonly string[]>>;
  readonly Action?: string | readonly string[];
  readonly NotAction?: string | readonly string[];
}

/** @param urlEncoded as IAM hands policies out */
export function statementsOf(urlEncoded: string): Statement[] {
  const { Statement } = JSON.parse(decodeURIComponent(urlEncoded)) as { Statement: Statement | Statement[] };
  return [Statement].flat();
}

/** Whom a trust policy lets in, of one kind. */
export function principals(urlEncoded: string, kind: 'Federated' | 'Service'): string[] {
  return statementsOf(urlEncoded).flatMap(({ Effect, Principal }) =>
    Effect === 'Allow' && typeof Principal === 'object' ? Principal[kind] ?? [] : []);
}
