// Names, places and addresses of one lab; two labs of different names share none of the outside ones.
import { homedir } from 'node:os';
import { join } from 'node:path';
import { LabError } from '../lab-error.ts';

export interface LabNode {
  name: string;
  index: number;
  /** Name of the network namespace. */
  netns: string;
  address: string;
  podCidr: string;
  /** In a lab of two families, of a node that has both. */
  ipv6?: { address: string; podCidr: string };
  /** Folder of the node's containerd and kubelet. */
  dir: string;
  /** As the kubelet wants it: from the root of each hierarchy. */
  cgroupRoot: string;
}

export interface Lab {
  name: string;
  /** Everything the lab writes lies under this folder, except build results. */
  dir: string;
  nodes: readonly LabNode[];
  controlPlane: { netns: string; address: string; ipv6?: string };
  /** Folder in every cgroup hierarchy that holds all pods of the lab. */
  cgroup: string;
  /** Admin kubeconfig for use from the root network namespace. */
  kubeconfig: string;
}

/** Addresses inside the lab's own network namespaces: nobody else can see them, so all labs share them. */
export const addresses = {
  apiServerPort: 6443,
  serviceCidr: '10.96.0.0/12',
  kubernetesService: '10.96.0.1',
  clusterDns: '10.96.0.10',
  podCidr: '10.244.0.0/16',
  clusterDomain: 'cluster.local',
} as const;

/** Those of IPv6, of a lab of two families. */
export const addresses6 = {
  serviceCidr: 'fd00:96::/112',
  podCidr: 'fd00:244::/56',
} as const;

/** `INQUEST_LAB_DUAL=1`: Services may have both families; the first node's pods have both, the second's IPv4 alone. */
export const isDual = (): boolean => process.env['INQUEST_LAB_DUAL'] === '1';

/** `INQUEST_LAB_SCALE=1`: thousands of pretended pods are to come. */
export const atScale = (): boolean => process.env['INQUEST_LAB_SCALE'] === '1';

/** How the lab called `name` is laid out; reads nothing from disk. */
export function labNamed(name: string = process.env['INQUEST_LAB'] || 'default'): Lab {
  if (!/^[a-z0-9]([a-z0-9-]{0,18}[a-z0-9])?$/.test(name)) {
    throw new LabError(`"${name}" cannot name a lab`, 'Use up to 20 lower-case letters, digits and dashes.');
  }
  const dir = join(process.env['INQUEST_LAB_STATE'] || '/var/lib/inquest-lab', name);
  const cgroup = `/inquest-lab-${name}`;
  const node = (index: number): LabNode => ({
    name: `node-${index}`,
    index,
    netns: `inquest-${name}-node-${index}`,
    address: `172.30.0.${10 + index}`,
    podCidr: `10.244.${index - 1}.0/24`,
    ...(isDual() && index === 1 ? { ipv6: { address: 'fd00:30::11', podCidr: 'fd00:244::/64' } } : {}),
    dir: join(dir, `node-${index}`),
    cgroupRoot: `${cgroup}/node-${index}`,
  });
  return {
    name,
    dir,
    nodes: [node(1), node(2)],
    controlPlane: {
      netns: `inquest-${name}-control-plane`,
      address: '172.30.0.1',
      ...(isDual() ? { ipv6: 'fd00:30::1' } : {}),
    },
    cgroup,
    kubeconfig: join(dir, 'kubeconfig'),
  };
}

/** Where built binaries and images are kept between labs. */
export function cacheDir(): string {
  return join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'inquest-lab');
}

/** The lab's node of that name. */
export function nodeOf(lab: Lab, name: string): LabNode {
  const node = lab.nodes.find((candidate) => candidate.name === name);
  if (node === undefined) throw new LabError(`the lab has no node "${name}"`);
  return node;
}

/** Path of a network namespace by its name, as nsenter wants it. */
export function netnsPath(netns: string): string {
  return `/run/netns/${netns}`;
}
