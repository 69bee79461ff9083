/** Why a runtime made no sandbox for a pod, read from the kubelet's Event: the network plugin's words, or the runtime's own. */
import { oneLine } from '../../../src/core/text.ts';

/** What a network plugin lacks. */
export interface NetworkFault {
  readonly kind: 'addresses' | 'not-configured' | 'not-installed' | 'rights' | 'agent' | 'other';
  /** Before its own words: "no address is left for it: …". Empty where those say it. */
  readonly means: string;
  readonly remedy: string;
}

/**
 * The frame around a network plugin's words: containerd's `failed to setup network for sandbox`, CRI-O's `error adding pod …
 * to CNI network`, dockershim's `networkPlugin cni failed to set up pod`, libcni's `plugin type="…" failed (add)` and
 * `failed to find plugin`, and what either says where no configuration lies (containerd/go-cni, cri-o/ocicni). Anything else
 * is the runtime's: its sandbox's image, a cgroup, a runtime class, a name that is still reserved, a deadline.
 */
const OF_NETWORK =
  /failed to setup network for sandbox|\bto CNI network "|networkPlugin cni failed|failed to set up sandbox container "[^"]*" network|plugin type=["'][\w.-]+["'].* failed \(add\)|failed to find plugin "|no networks found in |no CNI configuration file in |cni plugin not initialized|cni config uninitialized|network plugin is not ready/i;

/** Whether a sandbox failed for want of a network. */
export function isOfNetwork(message: string): boolean {
  return OF_NETWORK.test(message) || RUN_OUT.test(message);
}

/**
 * No address is left: host-local (containernetworking/plugins), Calico's IPAM, Cilium's (`range is full`, `No more IPs
 * available`, `all CIDR ranges are exhausted`, `no IPs currently available on the node`), the AWS VPC CNI's ipamd, Azure's
 * (`No available addresses`, CNS' `not enough IPs available`), Whereabouts'. A bare `exhausted` may be gRPC's ResourceExhausted.
 */
const RUN_OUT =
  /no IP addresses available in range set|failed to assign an IP address to container|Assigned 0 out of \d+ requested IPv[46] addresses|No IPs available in pools|No more free affine blocks|postIpamFailure\W+(?:range is full|No more IPs)|\brange is full|no (?:more )?IPs (?:currently )?available|CIDR ranges are exhausted|No available address(?:es| pools)|not enough IPs available|Could not allocate IP in range/i;

/** Addresses that run out are there for one pod and not for the next. */
export function isOutOfAddresses(message: string): boolean {
  return RUN_OUT.test(message);
}

type Rule = readonly [NetworkFault['kind'], RegExp, string, string];

const RULES: readonly Rule[] = [
  [
    'addresses',
    RUN_OUT,
    'no address is left to give',
    "Free addresses (reservations that pods left behind, pods that are not needed), or give the node more: a wider range or pool, a larger subnet, a node that may hold more of the cloud's interfaces.",
  ],
  [
    'not-installed',
    /failed to find plugin "/,
    'a plugin that its configuration names is not installed',
    "Put the plugin's program into the folder where the runtime looks (the network plugin's DaemonSet does, in an init container), or correct the configuration in /etc/cni/net.d.",
  ],
  [
    'not-configured',
    /no networks found in|no CNI configuration file in|cni (?:plugin not initialized|config uninitialized)|network plugin is not ready/i,
    '',
    'See whether the network plugin runs on the node: it writes its configuration into /etc/cni/net.d.',
  ],
  [
    'rights',
    /\bis forbidden:|\bUnauthorized\b|connection is unauthorized|x509: /,
    'the API server turns its credentials down',
    "Renew the plugin's token or certificate (its pod on the node writes them), and see the rights of its ServiceAccount.",
  ],
  [
    'agent',
    // What the plugin's program asks on its own node, and what its agent leaves there once it has come up.
    /unable to connect to Cilium (?:agent|daemon)|\/var\/lib\/calico\/nodename|\/run\/flannel\/subnet\.env|dial unix \S+\.sock|dial tcp (?:127\.0\.0\.1|localhost|\[::1\]):\d+: connect: connection refused/i,
    'its agent on the node does not run or does not answer',
    "See the network plugin's pod on the node: its state and its log.",
  ],
];

/** What a network plugin complains of. */
export function networkFaultOf(message: string): NetworkFault {
  const found = RULES.find(([, pattern]) => pattern.test(message));
  if (found !== undefined) return { kind: found[0], means: found[2], remedy: found[3] };
  return {
    kind: 'other',
    means: '',
    remedy: 'See whether the network plugin runs on the node, and its configuration lies in /etc/cni/net.d.',
  };
}

/** Frames, each around the next: what comes last in them tells. */
const FRAMES: readonly RegExp[] = [
  /rpc error: code = \w+ desc = (.*)/s,
  /failed to setup network for sandbox ["'][0-9a-f]+["']: (.*)/s,
  /networkPlugin cni failed to set up pod "[^"]*" network: (.*)/s,
  /error adding pod \S+ to CNI network "[^"]*": (.*)/s,
  // Multus hands on what its server answered, behind the whole request.
  /CNI request failed with status \d+: .*?\bERRORED: (.*)/s,
  // OVN-Kubernetes' own server answers within that: `'[namespace/pod container network default NAD default] …`.
  /error adding container to network "[^"]*": CNI request failed with status \d+: '?(?:\[[^\]]*\] )?(.*)/s,
];

/** The part of the words that tells. */
export function reasonIn(message: string): string {
  let rest = message;
  for (const frame of FRAMES) rest = frame.exec(rest)?.[1] ?? rest;
  return oneLine(rest).slice(0, 240);
}
