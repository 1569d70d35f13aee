import type { Template } from 'aws-cdk-lib/assertions';

export type Resource = Record<string, any>;

/** The one resource of a type, by its logical id. */
export function only(template: Template, type: string): [logicalId: string, resource: Resource] {
  const found = Object.entries(template.findResources(type));
  expect(found).toHaveLength(1);
  return found[0];
}

/** All that must exist before a resource, as CloudFormation sees it. */
export function requires(template: Template, logicalId: string): Set<string> {
  const resources = template.toJSON().Resources;
  const seen = new Set<string>();
  const visit = (id: string) => {
    const text = JSON.stringify(resources[id]);
    const references = [...text.matchAll(/"(?:Ref|Fn::GetAtt)":\[?"(\w+)"/g)].map(match => match[1]);
    for (const next of [...references, ...[resources[id].DependsOn ?? []].flat()]) {
      if (resources[next] && !seen.has(next)) {
        seen.add(next);
        visit(next);
      }
    }
  };
  visit(logicalId);
  return seen;
}

/** Those that a construct with the id `VpcCni` defines right in its stack. */
export function ours(template: Template, type?: string): [logicalId: string, resource: Resource][] {
  return Object.entries<Resource>(template.toJSON().Resources)
    .filter(([id, { Type }]) => id.startsWith('VpcCni') && (type === undefined || Type === type));
}
