/** What keeps a node's rules for Services: kube-proxy as a pod, its own word on its health, or what replaces it. */
import { isRecord, parseJson } from '../../../src/core/json.ts';
import { parseTime, type Micros } from '../../../src/core/time.ts';
import type { SyncedAt } from './kube-proxy-words.ts';
import { fields, text, type Fields } from '../../ingest/read.ts';
import { isMeantFor, untolerated } from '../pods/placement.ts';
import { dig, groupBy } from '../read.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';

/** What answered on port 10256 of a node: pkg/proxy/healthcheck/proxy_health.go. */
export type ProxyHealth =
  | { readonly said: 'healthy'; readonly synced: SyncedAt }
  | {
      readonly said: 'unhealthy';
      readonly synced: SyncedAt;
      readonly text: string;
      readonly lastUpdated: string | undefined;
    }
  /** Nobody listens there. */
  | { readonly said: 'refused'; readonly text: string };

/** The place of a node's answer in the bundle. */
export function healthFile(node: string): string {
  return `nodes/${node}/kube-proxy-healthz.json`;
}

/** What kube-proxy said of itself when it was asked; undefined when nobody could ask, or the answer is no kube-proxy's. */
export function proxyHealth(facts: Facts, node: string): ProxyHealth | undefined {
  const text = facts.document(healthFile(node));
  const answer = text === undefined ? undefined : parseJson(text);
  if (!isRecord(answer)) return undefined;
  const { refused, status, body } = answer;
  if (typeof refused === 'string') return { said: 'refused', text: refused };
  const updated = dig(body, 'lastUpdated');
  if (!isRecord(body) || typeof updated !== 'string') return undefined;
  const synced = syncedIn(body);
  if (status === 200) return { said: 'healthy', synced };
  // It also answers 503 on a node that is about to go (nodeEligible false), whose rules it keeps all the same.
  if (dig(body, 'nodeEligible') === false && dig(body, 'healthy') !== false)
    return { said: 'healthy', synced };
  return { said: 'unhealthy', synced, text: JSON.stringify(body).slice(0, 300), lastUpdated: updated };
}

/** `status.IPv4.lastUpdated`, since 1.34: the last sync of that family that went well, whatever the whole answer says. */
function syncedIn(body: unknown): SyncedAt {
  const families = dig(body, 'status');
  if (!isRecord(families)) return new Map();
  return new Map(
    Object.entries(families).flatMap(([family, one]): Array<[string, Micros]> => {
      const updated = dig(one, 'lastUpdated');
      const at = typeof updated === 'string' ? parseTime(updated) : undefined;
      return at === undefined ? [] : [[family, at]];
    }),
  );
}

/** kube-proxy's pods by node: of a DaemonSet (kubeadm, EKS), or static ones (GKE). */
export function proxyPods(facts: Facts): ReadonlyMap<string | undefined, readonly PodFact[]> {
  const pods = facts.pods
    .in('kube-system')
    .filter(
      ({ ended, labels, owner }) =>
        !ended &&
        (labels['k8s-app'] === 'kube-proxy' ||
          labels['component'] === 'kube-proxy' ||
          (owner?.kind === 'DaemonSet' && owner.name === 'kube-proxy')),
    );
  return groupBy(pods, ({ node }) => node);
}

/** What the DaemonSet controller tolerates for all of its pods: daemonset/util/daemonset_util.go, AddOrUpdateDaemonPodTolerations. */
const DAEMONS_TOLERATE =
  /^node\.kubernetes\.io\/(?:not-ready|unreachable|disk-pressure|memory-pressure|pid-pressure|unschedulable|network-unavailable)$/;

/** For which nodes the DaemonSet kube-proxy makes pods: their labels fit, and no taint keeps it away. Undefined: none makes any. */
export function proxyDaemon(facts: Facts): ((node: Fields) => boolean) | undefined {
  const daemon = facts.workloads.named('DaemonSet', 'kube-system', 'kube-proxy');
  if (daemon === undefined || daemon.replicas === 0) return undefined;
  const spec = fields(dig(facts.body(daemon), 'spec', 'template', 'spec'));
  return (node) =>
    isMeantFor(spec, node) &&
    untolerated(node, spec['tolerations']).every(({ key }) => DAEMONS_TOLERATE.test(text(key) ?? ''));
}

/** DaemonSets of network plugins that always keep the rules themselves; anetd is GKE's Dataplane V2. */
const REPLACING = new Set(['anetd', 'ovnkube-node', 'kube-router']);

/** What keeps the rules in kube-proxy's place, in words; undefined where nothing in sight does. */
export function replacementOf(facts: Facts): string | undefined {
  const found = facts.workloads.all.find(({ kind, name }) => kind === 'DaemonSet' && REPLACING.has(name));
  if (found !== undefined) return `DaemonSet ${found.namespace}/${found.name}`;
  const cilium = facts.workloads.all.find(({ kind, name }) => kind === 'DaemonSet' && name === 'cilium');
  if (cilium === undefined) return undefined;
  const config = facts.find('configmaps', cilium.namespace, 'cilium-config');
  // https://docs.cilium.io/en/stable/network/kubernetes/kubeproxy-free/: "true", or "strict" and "probe" of old.
  const mode = config && dig(facts.body(config), 'data', 'kube-proxy-replacement');
  return typeof mode === 'string' && !['false', 'disabled', ''].includes(mode)
    ? `Cilium (kube-proxy-replacement: ${mode})`
    : undefined;
}
