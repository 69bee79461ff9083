/** What a registry, a resolver or a runtime answers to a pull, told apart (texts of containerd, CRI-O and registries). */

export interface PullFailure {
  readonly kind:
    | 'never'
    | 'name'
    | 'short-name'
    | 'rate-limit'
    | 'kubelet-limit'
    | 'policy'
    | 'proxy'
    | 'tls'
    | 'dns'
    | 'timeout'
    | 'refused'
    | 'disk'
    | 'platform'
    | 'format'
    | 'corrupt'
    | 'server'
    | 'expired'
    | 'firewall'
    | 'denied'
    | 'not-found'
    | 'other';
  readonly words: string;
  readonly remedy: string;
  /** The message it was read from. */
  readonly said: string;
}

type Rule = readonly [PullFailure['kind'], RegExp, string, string];

/**
 * The order matters: what lies nearest wins (a proxy before the name that it was asked for, a resolver's silence before any
 * time-out); what says "not found" of a platform or a media type does not mean the image; a refusal for want of rights says
 * "not found" too, as registries hide what one may not see. Sources: containerd (core/remotes/docker, core/images,
 * core/unpack), containers/image, the kubelet (pkg/kubelet/images), the registries' own errors.
 */
const RULES: readonly Rule[] = [
  [
    'rate-limit',
    /toomanyrequests|too many requests|pull rate limit/i,
    'the registry limits how often it is asked (429)',
    'Pull with credentials, through a mirror or cache, or wait until the limit is over.',
  ],
  [
    'kubelet-limit',
    /pull QPS exceeded/,
    'the kubelet pulls no more often than it may (registryPullQPS)',
    'Wait: it tries again by itself. If it lasts, raise registryPullQPS and registryBurst of the kubelet.',
  ],
  ['disk', /no space left on device/i, 'the node’s disk is full', 'Free the node’s image disk.'],
  [
    'platform',
    /no match for platform|no matching manifest|no image found in (?:image index|manifest list)|exec format/i,
    'there is no image for the node’s platform',
    'Build the image for the platform of the nodes, or keep the pods to nodes of its platform.',
  ],
  [
    'short-name',
    /unqualified-search registries|short.name mode is enforcing|short-name resolution enforced/i,
    'its name says no registry, and the node’s runtime does not guess one',
    'Write the whole name of the image: docker.io/library/nginx:1, not nginx:1.',
  ],
  ['name', /invalid reference format/i, 'its name is none', 'Correct the image’s name.'],
  [
    'policy',
    /signature validation failed|Source image rejected|rejected by policy|image verifier .{0,200}blocked pull|412 Precondition Failed|due to configured policy/i,
    'a policy of the node or the registry does not let it be pulled',
    'Sign or scan the image as the policy asks, or correct the policy.',
  ],
  [
    'format',
    /unexpected media type|unsupported (?:manifest )?media type|media type "" is no longer supported|unsupported schema version/i,
    'what the registry sends is no image that the node’s runtime reads',
    'Look at what answers under that name: a page of a proxy or a mirror, or an image of an old format, to be built anew.',
  ],
  [
    'corrupt',
    /unexpected commit (?:digest|size)|verification failed for digest|digest did not match|invalid (?:checksum|header)|archive\/tar: /i,
    'what arrives is not what the image’s digest says',
    'Look at what lies between: a mirror, cache or proxy that changes or cuts off layers. Else push the image again.',
  ],
  [
    'proxy',
    /proxyconnect|Proxy Authentication Required/i,
    'the proxy through which the node asks the registry fails',
    'Look at the proxy that the runtime of the nodes is configured with, or except the registry from it (NO_PROXY).',
  ],
  [
    'tls',
    /x509:|certificate (?:signed|has expired|is not)|server gave HTTP response to HTTPS client|tls: (?!handshake timeout)|remote error: tls/i,
    'TLS to the registry fails',
    'Let the nodes’ runtime trust the registry’s certificate, or mend the certificate.',
  ],
  [
    'dns',
    /no such host|server misbehaving|temporary failure in name resolution|\blookup \S+(?: on \S+)?: /i,
    'the registry’s name does not resolve on the node',
    'Correct the registry’s host in the image’s name, or mend the node’s name resolution.',
  ],
  [
    'timeout',
    /i\/o timeout|deadline exceeded|handshake timeout|Client\.Timeout|timed out/i,
    'the registry does not answer in time',
    'Check the way from the nodes to the registry: route, proxy, firewall.',
  ],
  // containerd gives up a pull without progress (image_pull_progress_timeout) and says only this.
  [
    'timeout',
    /context canceled/,
    'it was given up, as nothing more came',
    'Check the way from the nodes to the registry, and how long so large an image may take.',
  ],
  [
    'refused',
    /connection refused|no route to host|network is unreachable|connection reset|unexpected EOF|: EOF$/i,
    'the registry cannot be reached',
    'Check that the registry runs, and the way from the nodes to it.',
  ],
  [
    'expired',
    /authorization token has expired|token (?:is|has) expired/i,
    'the credentials with which it is pulled have expired',
    'Renew the pull secret (those of ECR hold for twelve hours), or let a credential provider of the kubelet fetch them.',
  ],
  [
    'firewall',
    /client with IP .{1,60} is not allowed access/i,
    'the registry takes no requests from the node’s address',
    'Let the addresses of the nodes in at the registry’s firewall, or reach it by a private endpoint.',
  ],
  [
    'server',
    /\b5\d\d (?:Internal Server Error|Bad Gateway|Service Unavailable|Gateway Time-?out)|the registry is unavailable/i,
    'the registry itself fails',
    'Look at the registry: it answers with an error of its own.',
  ],
  [
    'denied',
    /unauthorized|authentication required|\bdenied\b|authorization failed|no basic auth credentials|insufficient_scope|403 Forbidden|401 Unauthorized|Unauthenticated request/i,
    'the registry denies access, or there is no such repository',
    'Check the image’s name, and give the pod a pull secret that may read it.',
  ],
  [
    'not-found',
    /not found|manifest unknown|name unknown|NotFound|repository does not exist/i,
    'there is no such image or tag',
    'Correct the image’s name or tag, or push it.',
  ],
];

/** Names of images, and addresses asked: what they are called says nothing of what went wrong. */
const NAMES = /"[^"\s]*"|\bhttps?:\/\/[^\s"]+?(?=:?(?:[\s"]|$))|\bdocker:\/\/[^\s"]+?(?=:?(?:[\s"]|$))/g;

/** Of a message only the beginning is read; runtimes write far shorter ones. */
const READ = 8000;

/** `said`: the container's message and the Events', the nearest first. */
export function pullFailure(reason: string, said: readonly string[]): PullFailure {
  const first = said.find((message) => message !== '') ?? '';
  if (
    reason === 'ErrImageNeverPull' ||
    said.some((message) => /is not present with pull policy of Never/.test(message))
  ) {
    return {
      kind: 'never',
      words: 'it is not on the node, and the pull policy is Never',
      remedy: 'Load the image onto the nodes, or let it be pulled (imagePullPolicy: IfNotPresent).',
      said: first,
    };
  }
  if (reason === 'InvalidImageName') {
    return { kind: 'name', words: 'its name is none', remedy: 'Correct the image’s name.', said: first };
  }
  for (const message of said) {
    const words = message.slice(0, READ).replace(NAMES, '""');
    const rule = RULES.find(([, pattern]) => pattern.test(words));
    if (rule !== undefined) return { kind: rule[0], words: rule[2], remedy: rule[3], said: message };
  }
  return {
    kind: 'other',
    words: reason,
    remedy: 'Read what the runtime says of the pull.',
    said: first,
  };
}
