// One node: its containerd, kubelet and kube-proxy, with everything of theirs kept apart from other nodes'.
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stringify } from 'yaml';
import { imageArchive } from '../build/images.ts';
import { programs } from '../build/packages.ts';
import { builtDir } from '../build/recipes.ts';
import { run, until } from '../run.ts';
import { kubernetesBinary } from './control-plane.ts';
import { addresses, addresses6, isDual, type Lab, type LabNode } from './lab.ts';
import { componentKubeconfig, pki } from './pki.ts';
import { type Component, start } from './processes.ts';

const socket = (node: LabNode): string => join(node.dir, 'containerd.sock');

/** Names of a node's components, as in `lab logs <component>`. */
export const componentName = (node: LabNode, program: 'containerd' | 'kubelet' | 'kube-proxy'): string =>
  `${node.name}-${program}`;

/** A node's programs, in starting order. */
export function nodeComponents(lab: Lab, node: LabNode): Component[] {
  const { netns } = node;
  // containerd finds its shim on PATH.
  const env = { PATH: `${builtDir('containerd')}:${process.env['PATH'] ?? '/usr/sbin:/usr/bin:/sbin:/bin'}` };
  return [
    {
      name: componentName(node, 'containerd'),
      netns,
      env,
      command: join(builtDir('containerd'), 'containerd'),
      args: ['--config', join(node.dir, 'containerd.toml')],
    },
    {
      name: componentName(node, 'kubelet'),
      netns,
      command: kubernetesBinary(),
      args: [
        'kubelet',
        `--config=${join(node.dir, 'kubelet.yaml')}`,
        `--kubeconfig=${componentKubeconfig(lab, node.name)}`,
        `--root-dir=${join(node.dir, 'kubelet')}`,
        `--cert-dir=${join(node.dir, 'kubelet', 'pki')}`,
        `--hostname-override=${node.name}`,
        `--node-ip=${[node.address, ...(node.ipv6 === undefined ? [] : [node.ipv6.address])].join(',')}`,
      ],
    },
    {
      name: componentName(node, 'kube-proxy'),
      netns,
      command: kubernetesBinary(),
      args: [
        'kube-proxy',
        `--config=${join(node.dir, 'kube-proxy.yaml')}`,
        `--hostname-override=${node.name}`,
      ],
    },
  ];
}

/** Writes the configuration files of a node: all, or these only. kube-proxy ends when its own is written again. */
export async function configureNode(lab: Lab, node: LabNode, only?: readonly string[]): Promise<void> {
  await mkdir(join(node.dir, 'cni'), { recursive: true });
  await mkdir(join(node.dir, 'kubelet'), { recursive: true });
  const files: Record<string, string> = {
    'containerd.toml': containerdConfig(node),
    'kubelet.yaml': stringify(kubeletConfig(lab, node)),
    'kube-proxy.yaml': stringify(kubeProxyConfig(lab)),
    // The outside DNS of pods with dnsPolicy Default, CoreDNS first among them. Nothing answers there yet.
    'resolv.conf': `nameserver ${lab.controlPlane.address}\n`,
    'cni/10-lab.conflist': JSON.stringify(cniConfig(node), null, 2),
  };
  const wanted = Object.entries(files).filter(([name]) => only?.includes(name) ?? true);
  await Promise.all(wanted.map(([name, text]) => writeFile(join(node.dir, name), text)));
}

function containerdConfig(node: LabNode): string {
  // NRI and CDI listen or look in fixed places of the machine: off. `restrict_oom_score_adj`: this root
  // may not lower the score. Namespace mounts lie under the state folder, so `down` finds them.
  return `version = 3
root = "${node.dir}/containerd/root"
state = "${node.dir}/containerd/state"
disabled_plugins = ["io.containerd.nri.v1.nri"]

[grpc]
  address = "${socket(node)}"

[plugins."io.containerd.internal.v1.opt"]
  path = "${node.dir}/containerd/opt"

[plugins."io.containerd.cri.v1.images".pinned_images]
  sandbox = "docker.io/lab/pause:1"

[plugins."io.containerd.cri.v1.runtime"]
  restrict_oom_score_adj = true
  netns_mounts_under_state_dir = true
  enable_cdi = false

[plugins."io.containerd.cri.v1.runtime".cni]
  bin_dirs = ["${builtDir('cni')}"]
  conf_dir = "${node.dir}/cni"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc]
  runtime_type = "io.containerd.runc.v2"

[plugins."io.containerd.cri.v1.runtime".containerd.runtimes.runc.options]
  BinaryName = "${programs.runc}"
  Root = "${node.dir}/containerd/runc"
  SystemdCgroup = false
`;
}

function kubeletConfig(lab: Lab, node: LabNode): object {
  return {
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: pki(lab, 'ca.crt') },
    },
    authorization: { mode: 'Webhook' },
    containerRuntimeEndpoint: `unix://${socket(node)}`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: node.cgroupRoot,
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: ['pods'],
    clusterDNS: [addresses.clusterDns],
    clusterDomain: addresses.clusterDomain,
    resolvConf: join(node.dir, 'resolv.conf'),
    podLogsDir: join(node.dir, 'pod-logs'),
    volumePluginDir: join(node.dir, 'kubelet', 'volume-plugins'),
    // The machine's disk is not the lab's: its filling up must not evict the lab's pods or images.
    evictionHard: {
      'memory.available': '100Mi',
      'nodefs.available': '0%',
      'nodefs.inodesFree': '0%',
      'imagefs.available': '0%',
      'imagefs.inodesFree': '0%',
    },
    imageGCHighThresholdPercent: 100,
    serializeImagePulls: false,
    // Half the default, so that the Lease is renewed every 5 s and 20 s of silence are several beats.
    nodeLeaseDurationSeconds: 20,
  };
}

function kubeProxyConfig(lab: Lab): object {
  return {
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    mode: 'nftables',
    clusterCIDR: isDual() ? `${addresses.podCidr},${addresses6.podCidr}` : addresses.podCidr,
    clientConnection: { kubeconfig: componentKubeconfig(lab, 'kube-proxy') },
    // These sysctls belong to the whole machine and are not writable here.
    conntrack: { maxPerCore: 0, min: 0 },
  };
}

/**
 * ptp, not bridge: on a bridge, two pods of one node answer each other past the node's address
 * translation, and a Service whose backend sits beside its client breaks without br_netfilter.
 */
function cniConfig(node: LabNode): object {
  const ipv6 = node.ipv6 === undefined ? [] : [node.ipv6.podCidr];
  return {
    cniVersion: '1.0.0',
    name: 'lab',
    plugins: [
      {
        type: 'ptp',
        mtu: 1500,
        ipMasq: false,
        ipam: {
          type: 'host-local',
          dataDir: join(node.dir, 'cni-addresses'),
          ranges: [node.podCidr, ...ipv6].map((subnet) => [{ subnet }]),
          routes: ['0.0.0.0/0', ...ipv6.map(() => '::/0')].map((dst) => ({ dst })),
        },
      },
      { type: 'portmap', capabilities: { portMappings: true } },
    ],
  };
}

const ctr = async (node: LabNode, ...args: string[]): Promise<string> =>
  await run(join(builtDir('containerd'), 'ctr'), ['-a', socket(node), '-n', 'k8s.io', ...args]);

/** Starts the node's containerd, unless it runs, and waits until it answers. */
export async function startRuntime(lab: Lab, node: LabNode): Promise<void> {
  const runtime = nodeComponents(lab, node).find(({ name }) => name === componentName(node, 'containerd'));
  if (runtime !== undefined) start(lab, runtime);
  await until(`containerd of ${node.name}`, 20_000, async () => await ctr(node, 'version'), 100);
}

/** Starts whatever of the node does not run. A kubelet ends itself when no runtime answers: that comes first. */
export async function startNodeComponents(lab: Lab, node: LabNode): Promise<void> {
  await startRuntime(lab, node);
  for (const component of nodeComponents(lab, node)) start(lab, component);
}

/**
 * Gives images to a node whose containerd runs: the lab's own unless another archive is named. They are pinned: nobody could
 * pull again what a kubelet short of disk deletes.
 */
export async function importImages(node: LabNode, archive = imageArchive()): Promise<void> {
  await ctr(node, 'images', 'import', '--label', 'io.cri-containerd.pinned=pinned', archive);
}

/** Whether a node has the image of this tag (`lab/NAME:1`). */
export async function hasImage(node: LabNode, tag: string): Promise<boolean> {
  const names = (await ctr(node, 'images', 'list', '-q')).split('\n');
  return names.includes(`docker.io/${tag}`);
}
