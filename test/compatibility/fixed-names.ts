import { RegionInfo } from 'aws-cdk-lib/region-info';

/** What may be written down of where a stack is deployed to. */
export interface Place {
  readonly partition: string;
  readonly region: string;
  readonly domainSuffix: string;
}

/** What is the same in every partition, though it looks as if it were not. */
const SAME_EVERYWHERE: readonly { readonly pattern: RegExp; readonly reason: string }[] = [
  {
    pattern: /^(eks|lambda|states)\.amazonaws\.com$/,
    reason: 'service principals, which IAM takes by these names in every partition',
  },
  {
    pattern: /^sts\.amazonaws\.com$/,
    reason: 'the audience of the tokens that EKS puts into pods, in China, too, where STS itself has another host (eksctl-io/eksctl#1910)',
  },
  {
    pattern: /eks\.amazonaws\.com\/[a-z-]+/,
    reason: 'names of annotations, of which the first part is no host',
  },
];

const longestFirst = (names: Iterable<string>) => [...new Set(names)].sort((a, b) => b.length - a.length).map(name => name.replaceAll('.', '\\.')).join('|');
const SUFFIXES = new RegExp(`(?:${longestFirst(RegionInfo.regions.flatMap(({ domainSuffix }) => domainSuffix ?? []))})(?![\\w.])`, 'g');
const REGIONS = new RegExp(`(?<![\\w])(?:${longestFirst(RegionInfo.regions.map(({ name }) => name))})(?![\\w])`, 'g');
const PARTITIONS = /(?<=\barn:)aws[\w-]*/g;

/** @returns partitions, regions and DNS suffixes in any string of a template, or of a part of it, that are not those of the place, with where they are */
export function fixedNames(template: unknown, place?: Place, path = ''): string[] {
  if (typeof template === 'object' && template !== null) {
    return Object.entries(template).flatMap(([key, value]) => [...fixedNames(key, place, `${path}/key`), ...fixedNames(value, place, `${path}/${key}`)]);
  }
  const text = SAME_EVERYWHERE.reduce((rest, { pattern }) => rest.replace(new RegExp(pattern, 'g'), ''), String(template));
  const found = [
    ...[...text.matchAll(PARTITIONS)].filter(([partition]) => partition !== place?.partition),
    ...[...text.matchAll(REGIONS)].filter(([region]) => region !== place?.region),
    ...[...text.matchAll(SUFFIXES)].filter(([suffix]) => suffix !== place?.domainSuffix),
  ];
  return found.map(([name]) => `${path}: ${name}`);
}
