/** Who demands mutual TLS, by Istio's PeerAuthentications (https://istio.io/latest/docs/reference/config/security/peer_authentication/). */
import { matchesSet, parseLabels } from '../../../src/k8s/labels.ts';
import type { Facts } from '../facts.ts';
import { sidecarOf } from './starts.ts';
import type { KeptObject } from '../objects.ts';
import type { PodFact } from '../pods.ts';
import { dig } from '../read.ts';

/** Where those stand that hold for the whole mesh, unless it is installed elsewhere. */
export const ROOT_NAMESPACE = 'istio-system';

export const PEER_AUTHENTICATIONS = 'security.istio.io/peerauthentications';

/**
 * The one that makes mutual TLS STRICT for a pod: the one that selects it decides before that of its namespace, and that before
 * the mesh's; UNSET asks the next. Undefined where none does, where single ports are excepted, or where the pod has no proxy that could demand it.
 */
export function strictFor(facts: Facts, pod: PodFact): KeptObject | undefined {
  if (sidecarOf(facts, pod) !== 'istio-proxy') return undefined;
  const all = facts.list(PEER_AUTHENTICATIONS);
  const selecting = (one: KeptObject): boolean | undefined => {
    const selector = dig(facts.body(one), 'spec', 'selector', 'matchLabels');
    const labels = parseLabels(selector);
    return Object.keys(labels).length === 0 ? undefined : matchesSet(labels, pod.labels);
  };
  const here = all.filter(({ ref }) => ref.namespace === pod.namespace);
  const ranks = [
    here.filter((one) => selecting(one) === true),
    here.filter((one) => selecting(one) === undefined),
    all.filter((one) => one.ref.namespace === ROOT_NAMESPACE && selecting(one) === undefined),
  ];
  for (const one of ranks.flat()) {
    const spec = dig(facts.body(one), 'spec');
    const mode = dig(spec, 'mtls', 'mode');
    if (mode === undefined || mode === 'UNSET') continue;
    return mode === 'STRICT' && dig(spec, 'portLevelMtls') === undefined ? one : undefined;
  }
  return undefined;
}
