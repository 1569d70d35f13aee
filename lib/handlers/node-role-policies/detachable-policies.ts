import { isRememberable } from './detached-tags';
import type { Policy } from './role-policies';
import { ASSIGN_ADDRESSES, IPV6_ACTIONS, TAG_INTERFACES } from '../../private/cni-actions';
import type { IpFamilyName } from '../shared/cluster';
import type { Statement } from '../shared/policy-document';

export interface LeftPolicy {
  readonly policy: string;
  readonly why: string;
}

export interface SortedPolicies {
  /** ARNs. */
  readonly detachable: readonly string[];
  /** What gives the nodes the permission all the same. */
  readonly left: readonly LeftPolicy[];
}

const OF_THE_PLUGIN = new Set([...IPV6_ACTIONS, TAG_INTERFACES].map(action => action.toLowerCase()));

/** Which policies of a node role only `aws-node` needs, and which are not ours to detach. */
export function sortPolicies(policies: readonly Policy[], ipFamily: IpFamilyName, cniPolicyArn: string): SortedPolicies {
  const detachable: string[] = [];
  const left: LeftPolicy[] = [];
  for (const { name, arn, statements } of policies) {
    if (arn === cniPolicyArn) {
      detachable.push(arn);
    } else if (statements.some(statement => allows(statement, ASSIGN_ADDRESSES[ipFamily]))) {
      const why = whyNot(arn, statements, ipFamily);
      if (why === undefined) {
        detachable.push(arn!);
      } else {
        left.push({ policy: name, why });
      }
    }
  }
  return { detachable, left };
}

function whyNot(arn: string | undefined, statements: readonly Statement[], ipFamily: IpFamilyName): string | undefined {
  if (arn === undefined) return 'inline';
  if (ipFamily === 'ipv4') return 'not AmazonEKS_CNI_Policy';
  if (arn.includes(':iam::aws:')) return 'managed by AWS';
  if (statements.some(({ Effect }) => Effect !== 'Allow')) return 'denies something, too';
  if (statements.some(({ NotAction }) => NotAction !== undefined)) return 'has a NotAction';
  const more = statements.flatMap(actionsOf).find(action => !OF_THE_PLUGIN.has(action.toLowerCase()));
  if (more !== undefined) return `allows ${more}, too`;
  return isRememberable(arn) ? undefined : 'its ARN does not fit into a tag';
}

function allows(statement: Statement, action: string): boolean {
  const { Effect, NotAction } = statement;
  const matches = (patterns: readonly string[]) => patterns.some(pattern => toExpression(pattern).test(action));
  return Effect === 'Allow' && (NotAction === undefined ? matches(actionsOf(statement)) : !matches([NotAction].flat()));
}

function actionsOf({ Action = [] }: Statement): string[] {
  return [Action].flat();
}

function toExpression(pattern: string): RegExp {
  const escaped = pattern.replace(/[^\w*?]/g, '\\$&').replaceAll('*', '.*').replaceAll('?', '.');
  return new RegExp(`^${escaped}$`, 'i');
}
