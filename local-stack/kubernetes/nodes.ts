/** The annotation of nodes that KWOK plays. */
export const PLAYED = 'kwok.x-k8s.io/node=fake';

/** Nodes as EKS managed node groups have them, played by KWOK. */
export function nodes(count: number, first: number, region: string, ipFamily: 'ipv4' | 'ipv6') {
  return Array.from({ length: count }, (_, index) => node(first + index, region, ipFamily));
}

function node(index: number, region: string, ipFamily: 'ipv4' | 'ipv6') {
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
        'kubernetes.io/os': 'linux',
        'kubernetes.io/arch': 'amd64',
        'kubernetes.io/hostname': name,
        'node.kubernetes.io/instance-type': 'm5.large',
        'eks.amazonaws.com/nodegroup': 'workers',
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
