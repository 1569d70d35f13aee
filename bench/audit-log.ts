import { statSync, createReadStream, existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

/** The requests of one group's users, as the API server writes them down. */
export class AuditLog {
  readonly apiServerFlags: readonly string[];
  private readonly file: string;

  constructor(directory: string, group: string) {
    this.file = join(directory, 'audit.log');
    const policy = join(directory, 'audit-policy.json');
    writeFileSync(policy, JSON.stringify({
      apiVersion: 'audit.k8s.io/v1',
      kind: 'Policy',
      omitStages: ['RequestReceived'],
      rules: [{ level: 'Metadata', userGroups: [group] }, { level: 'None' }],
    }));
    this.apiServerFlags = [`--audit-policy-file=${policy}`, `--audit-log-path=${this.file}`, '--audit-log-maxsize=4096'];
  }

  get end(): number {
    return existsSync(this.file) ? statSync(this.file).size : 0;
  }

  /** @returns requests since then, by verb; a watch is one, however long it has been open */
  async requestsSince(start: number): Promise<Record<string, number>> {
    const verbs = new Map<string, string>();
    for await (const line of createInterface(createReadStream(this.file, { start }))) {
      const { auditID, verb } = JSON.parse(line);
      verbs.set(auditID, verb);
    }
    const counts: Record<string, number> = {};
    verbs.forEach(verb => counts[verb] = (counts[verb] ?? 0) + 1);
    return counts;
  }
}
