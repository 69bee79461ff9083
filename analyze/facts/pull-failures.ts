/** What a registry, a resolver or a runtime answers to a pull, told apart (texts of containerd, CRI-O and registries). */

export interface PullFailure {
  readonly kind:
    | 'never'
    | 'name'
    | 'rate-limit'
    | 'tls'
    | 'dns'
    | 'timeout'
    | 'refused'
    | 'disk'
    | 'platform'
    | 'denied'
    | 'not-found'
    | 'other';
  readonly words: string;
  readonly remedy: string;
  /** The message it was read from. */
  readonly said: string;
}

type Rule = readonly [PullFailure['kind'], RegExp, string, string];

/** The order matters: a refusal for want of rights says "not found" too, as registries hide what one may not see. */
const RULES: readonly Rule[] = [
  [
    'rate-limit',
    /toomanyrequests|too many requests|pull rate limit/i,
    'the registry limits how often it is asked (429)',
    'Pull with credentials, through a mirror or cache, or wait until the limit is over.',
  ],
  ['disk', /no space left on device/i, 'the node’s disk is full', 'Free the node’s image disk.'],
  [
    'platform',
    /no match for platform|no matching manifest|exec format/i,
    'there is no image for the node’s platform',
    'Build the image for the platform of the nodes, or keep the pods to nodes of its platform.',
  ],
  [
    'tls',
    /x509:|certificate (?:signed|has expired|is not)|server gave HTTP response to HTTPS client|tls: (?!handshake timeout)|remote error: tls/i,
    'TLS to the registry fails',
    'Let the nodes’ runtime trust the registry’s certificate, or mend the certificate.',
  ],
  [
    'dns',
    /no such host|server misbehaving|temporary failure in name resolution/i,
    'the registry’s name does not resolve on the node',
    'Correct the registry’s host in the image’s name, or mend the node’s name resolution.',
  ],
  [
    'timeout',
    /i\/o timeout|deadline exceeded|handshake timeout|Client\.Timeout|timed out/i,
    'the registry does not answer in time',
    'Check the way from the nodes to the registry: route, proxy, firewall.',
  ],
  [
    'refused',
    /connection refused|no route to host|network is unreachable|connection reset/i,
    'the registry cannot be reached',
    'Check that the registry runs, and the way from the nodes to it.',
  ],
  [
    'denied',
    /unauthorized|authentication required|access denied|denied:|authorization failed|no basic auth credentials|insufficient_scope|403 Forbidden|401 Unauthorized/i,
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
    const rule = RULES.find(([, pattern]) => pattern.test(message));
    if (rule !== undefined) return { kind: rule[0], words: rule[2], remedy: rule[3], said: message };
  }
  return {
    kind: 'other',
    words: reason,
    remedy: 'Read what the runtime says of the pull.',
    said: first,
  };
}
