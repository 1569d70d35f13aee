/** The annotation of nodes that KWOK plays. */
export const PLAYED = 'kwok.x-k8s.io/node=fake';

/** Of each kind of nodes, what tells it from the others. */
const LABELS = {
  managed: { 'kubernetes.io/os': 'linux', 'eks.amazonaws.com/nodegroup': 'workers' },
  auto: { 'kubernetes.io/os': 'linux', 'eks.amazonaws.com/compute-type': 'auto' },
  fargate: { 'kubernetes.io/os': 'linux', 'eks.amazonaws.com/compute-type': 'fargate' },
  hybrid: { 'kubernetes.io/os': 'linux', 'eks.amazonaws.com/compute-type': 'hybrid' },
  windows: { 'kubernetes.io/os': 'windows', 'eks.amazonaws.com/nodegroup': 'windows' },
};

/** `managed` are those of a managed node group; the plugin runs on no others. */
export type NodeKind = keyof typeof LABELS;

/** Nodes as EKS has them, played by KWOK. */
export function nodes(count: number, first: number, region: string, ipFamily: 'ipv4' | 'ipv6', kind: NodeKind = 'managed') {
  return Array.from({ length: count }, (_, index) => node(first + index, region, ipFamily, kind));
}

function node(index: number, region: string, ipFamily: 'ipv4' | 'ipv6', kind: NodeKind) {
  const octets = [Math.floor(index / 250), index % 250 + 4];
  const name = `ip-10-0-${octets.join('-')}.${region}.compute.internal`;
  const zone = `${region}${'abc'[index % 3]}`;
  return {
    apiVersion: 'v1',
    kind: 'Node',
    metadata: {
      name,
      annotations: Object.fromEntries([PLAYED.split('=')]),
      labels: {
        ...LABELS[kind],
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'node.kubernetes.io/instance-type': 'm5.large',
        'topology.kubernetes.io/region': region,
        'topology.kubernetes.io/zone': zone,
      },
    },
    spec: { providerID: `aws:///${zone}/i-${index.toString(16).padStart(17, '0')}` },
    status: {
      addresses: [
        { type: 'InternalIP', address: ipFamily === 'ipv4' ? `10.0.${octets.join('.')}` : `2001:db8::${octets.map(octet => octet.toString(16)).join(':')}` },
        { type: 'Hostname', address: name },
      ],
      allocatable: { cpu: '1930m', memory: '7220184Ki', pods: '110' },
      capacity: { cpu: '2', memory: '7910360Ki', pods: '110' },
    },
  };
}
