/** The domain that the cluster's own names end in: what CoreDNS serves, or what kubelets write into resolv.conf. */
import { isRecord, parseJson } from '../../../src/core/json.ts';
import type { Need } from '../../checks/check.ts';
import type { Facts } from '../facts.ts';
import { dig } from '../read.ts';

/** The evidence behind `clusterDomain`. */
export const CLUSTER_DOMAIN = ['list:configmaps', 'list:nodes', 'nodes'] as const satisfies readonly Need[];

/**
 * From the Corefile's `kubernetes` plugin (https://coredns.io/plugins/kubernetes/), else from `clusterDomain` of a kubelet's
 * configz; undefined where neither is in the bundle.
 */
export function clusterDomain(facts: Facts): string | undefined {
  const coredns = facts.find('configmaps', 'kube-system', 'coredns');
  const corefile = coredns && dig(facts.body(coredns), 'data', 'Corefile');
  const zone = typeof corefile === 'string' ? /^\s*kubernetes\s+([^\s{}]+)/m.exec(corefile)?.[1] : undefined;
  if (zone !== undefined) return plain(zone);
  for (const { ref } of facts.list('nodes').slice(0, 5)) {
    const answer = parseJson(facts.document(`nodes/${ref.name}/configz.json`) ?? '');
    const domain = isRecord(answer) ? dig(answer, 'kubeletconfig', 'clusterDomain') : undefined;
    if (typeof domain === 'string' && domain !== '') return plain(domain);
  }
  return undefined;
}

function plain(domain: string): string {
  return domain.replace(/\.$/, '').toLowerCase();
}
