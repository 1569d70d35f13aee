import { spawnSync } from 'node:child_process';
import { bundledPackages } from './bundled-packages';

// Fails for a known weakness in what the bundles contain, which to npm is a development dependency like any other: audit-bundles.ts <metafile>...

/** What this needs of the report of `npm audit --json`. */
interface AuditReport {
  readonly vulnerabilities?: Readonly<Record<string, Vulnerability>>;
}

interface Vulnerability {
  readonly severity: string;
  readonly nodes: readonly string[];
  readonly via: readonly unknown[];
}

const { stdout } = spawnSync('npm', ['audit', '--json'], { encoding: 'utf8' });
const { vulnerabilities }: AuditReport = JSON.parse(stdout);
if (!vulnerabilities) {
  throw new Error(`npm audit has given no report: ${stdout}`);
}
const bundled = new Set(bundledPackages(process.argv.slice(2)).map(({ directory }) => directory));
const findings = Object.entries(vulnerabilities).filter(([, { nodes }]) => nodes.some(node => bundled.has(node)));
findings.forEach(([name, { severity, via }]) => console.error(`${name} is bundled and vulnerable (${severity}): ${JSON.stringify(via)}`));
console.log(`${bundled.size} bundled packages, ${findings.length} with a known weakness`);
process.exitCode = findings.length > 0 ? 1 : 0;
