import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { goModule } from '../../local-stack/kubernetes/go-module';

export interface PolicyDocument {
  readonly Version: string;
  readonly Statement: readonly PolicyStatement[];
}

export interface PolicyStatement {
  readonly Effect: string;
  readonly Action: readonly string[];
  readonly Resource: string | readonly string[];
  readonly Condition?: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What the VPC CNI plugin's own documentation lists. */
export interface VpcCniIamPolicies {
  readonly source: string;
  readonly version: string;
  readonly released: string;
  readonly ipv4: PolicyDocument;
  readonly ipv6: PolicyDocument;
  readonly scopedToCluster: PolicyDocument;
}

export const FACTS_FILE = join(__dirname, 'vpc-cni-iam-policies.json');

const SECTIONS = { ipv4: '### IPv4 mode', ipv6: '### IPv6 mode', scopedToCluster: '### sample scope-down IAM policy for IPv4 mode' };

export function facts(): VpcCniIamPolicies {
  return JSON.parse(readFileSync(FACTS_FILE, 'utf8'));
}

/** Of the release that `local-stack/kubernetes/vpc-cni/go.mod` pins. */
export async function documented(): Promise<VpcCniIamPolicies> {
  const { Dir, Version, Info } = await goModule('vpc-cni', 'github.com/aws/amazon-vpc-cni-k8s');
  const text = readFileSync(join(Dir, 'docs/iam-policy.md'), 'utf8');
  const policies = Object.entries(SECTIONS).map(([name, heading]) => [name, policyBelow(heading, text)]);
  return {
    source: `https://github.com/aws/amazon-vpc-cni-k8s/blob/${Version}/docs/iam-policy.md`,
    version: Version,
    released: JSON.parse(readFileSync(Info, 'utf8')).Time.slice(0, 10),
    ...Object.fromEntries(policies),
  };
}

function policyBelow(heading: string, text: string): PolicyDocument {
  const [, section] = text.split(`${heading}\n`);
  const json = /```(?:json)?\n([^]*?)```/.exec(section ?? '')?.[1];
  if (!json) {
    throw new Error(`docs/iam-policy.md of the VPC CNI plugin has no policy below '${heading}' any more: look at it and change SECTIONS`);
  }
  return JSON.parse(json);
}
