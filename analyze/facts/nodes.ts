/** A node's life: its Lease, its conditions and taints, what ran there, and what was evicted. */
import { SECOND, parseTime, type Micros } from '../../src/core/time.ts';
import { fields, integer, items } from '../ingest/read.ts';
import { isDatabaseGone, LEASES } from './logs/database.ts';
import type { Facts } from './facts.ts';
import type { ConditionRow } from './object-rows.ts';
import { ownsField, type KeptObject } from './objects.ts';
import type { PodFact } from './pods.ts';
import { dig, groupBy, type StoredObject } from './read.ts';

export interface LeaseFact {
  readonly object: KeptObject;
  readonly holder: string;
  readonly renewedAt: Micros;
  readonly duration: Micros;
  /**
   * How long before it was listed it was last renewed, on the cluster's clock; less what clocks may disagree by. Undefined
   * where nobody could have renewed it, because the API server did not reach its database.
   */
  readonly age: Micros | undefined;
}

/** The node that has this address, whatever type of address it is (internal, external). Needs `list:nodes`. */
export function nodeAt(facts: Facts, address: string): StoredObject | undefined {
  return facts
    .list('nodes')
    .find((node) =>
      items(dig(facts.body(node), 'status', 'addresses')).some((own) => own['address'] === address),
    );
}

/**
 * A Lease and its age when it was listed. It is held against the beginning of the list, not the end of the capture: a Lease
 * read early is not old because the capture went on.
 */
export function leaseOf(facts: Facts, namespace: string, name: string): LeaseFact | undefined {
  const object = facts.find(LEASES, namespace, name);
  if (object === undefined) return undefined;
  const spec = fields(facts.body({ ...object })['spec']);
  const renewedAt = writtenAt(facts, object) ?? parseTime(spec['renewTime']);
  const duration = integer(spec['leaseDurationSeconds']);
  if (renewedAt === undefined || duration === null || duration === undefined) return undefined;
  const listed = facts.listedAt(LEASES).started_at;
  const at = listed === null ? facts.clock.startedAt : listed + facts.clock.skew;
  return {
    object: { ...object, createdAt: undefined },
    holder: typeof spec['holderIdentity'] === 'string' ? spec['holderIdentity'] : '',
    renewedAt,
    duration: duration * SECOND,
    age: isDatabaseGone(facts) ? undefined : at - renewedAt - facts.clock.tolerance,
  };
}

/**
 * `renewTime` is of the holder's clock; the API server stamps the write by its own. Where the two are seconds apart the clocks
 * are, and the API server's is what everything else is held against.
 */
function writtenAt(facts: Pick<Facts, 'writes' | 'body'>, lease: StoredObject): Micros | undefined {
  const error = clockError(facts, lease);
  const at = renewals(facts, lease).at(-1);
  return at === undefined || error === 0 ? undefined : at;
}

function renewals(facts: Pick<Facts, 'writes'>, lease: StoredObject): Micros[] {
  return facts
    .writes(lease)
    .filter((write) => ownsField(write, ['spec', 'renewTime']))
    .map(({ at }) => at);
}

/** A request that renews a Lease may take seconds where the API server is slow, and its time is kept in whole seconds. */
const AGREE = 5 * SECOND;

/** By how much the clock of a Lease's holder is off the API server's; 0 where they agree, or nothing tells. */
export function clockError(facts: Pick<Facts, 'writes' | 'body'>, lease: StoredObject): Micros {
  const renewed = parseTime(dig(facts.body(lease), 'spec', 'renewTime'));
  const written = renewals(facts, lease).at(-1);
  if (renewed === undefined || written === undefined) return 0;
  const error = Math.abs(renewed - written);
  return error > AGREE ? error : 0;
}

export interface NodeFact extends KeptObject {
  readonly name: string;
  readonly conditions: readonly ConditionRow[];
  readonly cordoned: boolean;
  /** Keys of its taints. */
  readonly taints: readonly string[];
  readonly deleting: boolean;
}

export function nodesOf(facts: Facts): NodeFact[] {
  return facts.list('nodes').map((node) => {
    const spec = fields(facts.body(node)['spec']);
    return {
      ...node,
      name: node.ref.name,
      conditions: facts.conditions(node),
      cordoned: spec['unschedulable'] === true,
      taints: items(spec['taints']).flatMap(({ key }) => (typeof key === 'string' ? [key] : [])),
      deleting: dig(facts.body(node), 'metadata', 'deletionTimestamp') !== undefined,
    };
  });
}

/** What a drain leaves on a node, or has already sent away. */
function staysOnDrain({ owner, ended }: PodFact): boolean {
  return ended || owner?.kind === 'DaemonSet' || owner?.kind === 'Node';
}

/**
 * Whether a node was cordoned and drained (a spot instance given back, a machine under repair): what is left on it is meant
 * to be on every node, and once it is switched off nobody misses it there.
 */
export function isDrained({ cordoned }: NodeFact, pods: readonly PodFact[]): boolean {
  return cordoned && pods.every(staysOnDrain);
}

/** The kubelet's words for it (pkg/kubelet/nodeshutdown): in the condition while it ends its pods, in an Event before. */
const SHUTTING_DOWN = /node is shutting down|Shutdown manager detected shutdown event/;

/**
 * Whether a node was shut down in good order (a spot machine taken back, a reboot), and is not missed: its kubelet ended the
 * pods, and of each of their workloads as many are Ready elsewhere as are wanted.
 */
export function isShutDownUnmissed(facts: Facts, node: NodeFact, pods: readonly PodFact[]): boolean {
  const said = [
    ...node.conditions.map(({ message }) => message),
    ...facts.events(node.ref).map(({ message }) => message),
  ].some((message) => SHUTTING_DOWN.test(message ?? ''));
  if (!said || !pods.every(staysOnDrain)) return false;
  const tops = new Set(
    pods.filter(({ ended, owner }) => ended && owner?.kind !== 'Job').map((pod) => facts.workloads.top(pod)),
  );
  return [...tops].every(
    (top) => top !== undefined && (top.terminating || (top.readyReplicas ?? 0) >= (top.replicas ?? 1)),
  );
}

/** The pods on nodes that were drained and are not Ready any more. */
export function podsPutAside(facts: Facts): ReadonlySet<PodFact> {
  const down = nodesOf(facts).filter(
    ({ cordoned, conditions }) =>
      cordoned && conditions.some(({ type, status }) => type === 'Ready' && status !== 'True'),
  );
  if (down.length === 0) return new Set();
  const on = groupBy(facts.pods.all, ({ node }) => node);
  return new Set(
    down.flatMap((node) => {
      const pods = on.get(node.name) ?? [];
      return isDrained(node, pods) ? pods : [];
    }),
  );
}
