/** The scheduler's message, split into its parts (framework.FitError in pkg/scheduler/framework/types.go). */

export interface Unfit {
  /** Of how many; undefined where the message is not of that form. */
  readonly nodes: number | undefined;
  readonly reasons: ReadonlyArray<{
    readonly count: number | undefined;
    readonly text: string;
    readonly kind: UnfitKind;
  }>;
  /** What preemption would bring, in the scheduler's words. */
  readonly preemption: string | undefined;
}

export type UnfitKind =
  | 'resources'
  | 'taint'
  | 'affinity'
  | 'pod-affinity'
  | 'spread'
  | 'volume'
  | 'ports'
  | 'cordoned'
  | 'pods'
  | 'claims'
  | 'no-nodes'
  | 'other';

const KINDS: ReadonlyArray<readonly [UnfitKind, RegExp]> = [
  ['resources', /^Insufficient /],
  ['pods', /^Too many pods/],
  // A cordoned node has both, and which of the two filters speaks depends on their order.
  ['cordoned', /were unschedulable|\{node\.kubernetes\.io\/unschedulable: /],
  ['taint', /taint/],
  // Before 1.35 "volume node affinity conflict", since then "PersistentVolume's node affinity".
  ['volume', /volume|storage|\bpvc\(s\)|available disk|CSI driver is not installed/i],
  // Dynamic resource allocation (plugins/dynamicresources).
  ['claims', /resource ?claim|allocate all claims|device class|fit resource/i],
  ['spread', /topology spread/],
  ['affinity', /pod affinity terms conflict/],
  ['pod-affinity', /pod (?:anti-)?affinity|anti-affinity/],
  ['affinity', /node affinity|selector|requested node name|plugin NodeAffinity/],
  ['ports', /free ports/],
  ['no-nodes', /^no nodes available/],
];

/**
 * What plugins add once no node was found, behind the reasons (RunPostFilterPlugins joins their words with commas): of claims
 * of dynamic resources, and of a nominated node that is gone. None of it says why a node was turned down.
 */
const AFTERWORD = /\. (?:(?:no new claims to deallocate|still not schedulable|not found)(?:, ?|$))+$/;

/** `0/5 nodes are available: 3 Insufficient cpu, 2 node(s) had untolerated taint {a: b}. preemption: …`. */
export function parseUnfit(message: string): Unfit {
  const head = /^0\/(\d+) nodes are available: ?/.exec(message);
  const [filters = '', after] = message.slice(head?.[0].length ?? 0).split(/\.? ?preemption: ?/);
  const own = filters.replace(AFTERWORD, '');
  // Some filters say why before the nodes are counted: "pod has unbound immediate PersistentVolumeClaims. 2 …".
  const parts = own
    .split(/, (?=\d+ )|\. (?=\d+ )/)
    .map((part) => part.trim().replace(/\.$/, ''))
    .filter((part) => part !== '' && !/^not eligible|^No preemption/.test(part));
  const reasons = parts.map((part) => {
    const counted = /^(\d+) (.*)$/s.exec(part);
    const text = (counted?.[2] ?? part).trim();
    return {
      count: counted?.[1] === undefined ? undefined : Number(counted[1]),
      text,
      kind: KINDS.find(([, pattern]) => pattern.test(text))?.[0] ?? ('other' as const),
    };
  });
  return {
    nodes: head?.[1] === undefined ? undefined : Number(head[1]),
    reasons,
    preemption: after?.trim(),
  };
}
