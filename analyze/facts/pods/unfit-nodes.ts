/** What keeps nodes from taking a pod that the scheduler has no place for, as far as it can be read from the nodes. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { parseQuantity } from '../../../src/k8s/quantity.ts';
import { fields, items, text, type Fields } from '../../ingest/read.ts';
import { kubectl } from '../commands.ts';
import type { Facts } from '../facts.ts';
import type { StoredObject } from '../read.ts';
import { isMeantFor, untolerated } from './placement.ts';
import type { Unfit } from './scheduler-words.ts';

const NODES_SHOWN = 10;

/** What keeps each node from taking the pod, as far as it can be read from the node itself. */
export function nodeByNode(facts: Facts, pod: Fields, unfit: Unfit): string[] {
  if (!facts.coverage('nodes').known) return [];
  return facts
    .list('nodes')
    .slice(0, NODES_SHOWN)
    .flatMap((node) => {
      const why = against(facts.body(node), pod, new Set(unfit.reasons.map(({ kind }) => kind)));
      return why.length === 0 ? [] : [`${node.ref.name}: ${why.join(', ')}.`];
    });
}

/** What the node controller and the kubelet put on a node for its conditions. */
const CONDITION_TAINT =
  /^node\.kubernetes\.io\/(?:not-ready|unreachable|network-unavailable|(?:memory|disk|pid)-pressure)$/;

/** Nodes that would do but for a condition of theirs: what is wrong with them is what keeps the pod waiting. */
export function heldNodes(facts: Facts, pod: Fields, unfit: Unfit): ObjectRef[] {
  if (!facts.coverage('nodes').known || !unfit.reasons.some(({ kind }) => kind === 'taint')) return [];
  const spec = fields(pod['spec']);
  return facts.list('nodes').flatMap((node) => {
    const body = facts.body(node);
    const taints = untolerated(body, spec['tolerations']);
    const held =
      taints.length > 0 &&
      taints.every(({ key }) => CONDITION_TAINT.test(text(key) ?? '')) &&
      fields(body['spec'])['unschedulable'] !== true &&
      isMeantFor(spec, body);
    return held ? [node.ref] : [];
  });
}

/** What alone keeps a node from taking the pod, and the command that ends it. */
export interface Bar {
  readonly node: StoredObject;
  readonly path: string;
  readonly value: unknown;
  readonly mend: string;
}

/**
 * What node controllers, cloud providers and autoscalers put on a node goes with its reason, and not by hand: software gives its
 * keys a prefix, those without are people's own (concepts/overview/working-with-objects/labels, Syntax and character set).
 */
const OF_CONTROLLERS = /\/|ClusterAutoscaler$/;

/** Nodes that the pod's nodeSelector and node affinity want, which are cordoned, or tainted by somebody and not tolerated. */
export function barredNodes(facts: Facts, pod: Fields, unfit: Unfit): Bar[] {
  const kinds = new Set(unfit.reasons.map(({ kind }) => kind));
  if (!facts.coverage('nodes').known || !(kinds.has('cordoned') || kinds.has('taint'))) return [];
  const wanted = fields(pod['spec']);
  return facts.list('nodes').flatMap((node): Bar[] => {
    const body = facts.body(node);
    const spec = fields(body['spec']);
    if (!isMeantFor(wanted, body)) return [];
    const { name } = node.ref;
    if (spec['unschedulable'] === true)
      return [
        {
          node,
          path: 'spec.unschedulable',
          value: true,
          mend: `${kubectl(undefined, 'uncordon', name)}   # unless it was cordoned on purpose`,
        },
      ];
    const taints = untolerated(body, wanted['tolerations']);
    const [taint] = taints;
    if (taint === undefined || taints.length > 1 || OF_CONTROLLERS.test(text(taint['key']) ?? '')) return [];
    const said = `${text(taint['key']) ?? ''}:${text(taint['effect']) ?? ''}`;
    return [
      {
        node,
        path: 'spec.taints',
        value: taints,
        mend: `${kubectl(undefined, 'taint', 'node', name, `${said}-`)}   # or tolerate it, if it is meant`,
      },
    ];
  });
}

function against(node: Fields, pod: Fields, kinds: ReadonlySet<string>): string[] {
  const spec = fields(pod['spec']);
  const why: string[] = [];
  if (fields(node['spec'])['unschedulable'] === true) why.push('cordoned');
  if (kinds.has('taint')) {
    for (const taint of untolerated(node, spec['tolerations']))
      why.push(
        `taint ${text(taint['key'])}=${text(taint['value']) ?? ''}:${text(taint['effect'])} is not tolerated`,
      );
  }
  if (kinds.has('affinity')) {
    const labels = fields(fields(node['metadata'])['labels']);
    for (const [key, value] of Object.entries(fields(spec['nodeSelector']))) {
      if (labels[key] !== value)
        why.push(`label ${key} is ${text(labels[key]) ?? 'not there'}, not ${String(value)}`);
    }
  }
  if (kinds.has('resources')) {
    const has = fields(fields(node['status'])['allocatable']);
    for (const name of ['cpu', 'memory']) {
      const asked = items(spec['containers']).reduce(
        (sum, one) => sum + (parseQuantity(fields(fields(one['resources'])['requests'])[name]) ?? 0),
        0,
      );
      const all = parseQuantity(has[name]);
      if (all !== undefined && asked > all)
        why.push(`${name} of the whole node is ${String(has[name])}, less than what is asked`);
    }
  }
  return why;
}
