/** Clusters of other makes than the lab's, whole and well: nothing of them may raise an alarm. */
import { describe, expect, it } from 'vitest';
import { cluster, keyOf } from '../../support/distros/cluster.ts';
import * as clouds from '../../support/distros/clouds.ts';
import * as comings from '../../support/distros/comings.ts';
import { inventory } from '../../support/distros/inventory.ts';
import * as onprem from '../../support/distros/onprem.ts';
import * as operators from '../../support/distros/operators.ts';
import * as platforms from '../../support/distros/platforms.ts';
import type { EvidenceGiven } from '../../support/evidence.ts';
import { verdictOf } from '../../support/judged.ts';

const CLUSTERS: Readonly<Record<string, () => EvidenceGiven>> = {
  EKS: clouds.eks,
  'GKE Dataplane V2': clouds.gkeDataplaneV2,
  'GKE of old': clouds.gkeLegacy,
  AKS: clouds.aks,
  k3s: onprem.k3s,
  RKE2: onprem.rke2,
  OpenShift: onprem.openshift,
  kind: onprem.kind,
  minikube: onprem.minikube,
  'Talos with Cilium': onprem.talosCilium,
  'Prometheus operator on a hosted control plane': operators.prometheusStack,
  'Postgres of three operators': operators.postgres,
  'set of data stores': operators.dataStores,
  'cluster of Rollouts, Knative and KEDA': operators.scaledOnPurpose,
  'pair of meshes': platforms.meshes,
  'set of add-ons': platforms.addOns,
  'Windows beside Linux': comings.windows,
  'cluster that scales': comings.scaling,
  'spot machine given back': comings.spot,
  'preview environment that goes': comings.previews,
};

/** What nobody can tell without a probe: whether a port is open. */
const UNPROBED = /^not-captured:probe:/;

describe('finds nothing in a healthy', () => {
  it.each(Object.entries(CLUSTERS))('%s', (_, made) => {
    const verdict = verdictOf(made());
    expect(verdict.errors).toEqual([]);
    expect(verdict.findings.map(({ severity, summary }) => `${severity}: ${summary}`)).toEqual([]);
    const unknown = verdict.unknown.filter(({ because }) => !UNPROBED.test(because));
    expect(unknown.map(({ check, object, because }) => `${check} ${object?.name}: ${because}`)).toEqual([]);
  });
});

/** The same, where every Service that is empty had endpoints once: a replica less, a backup that was restored. */
function emptied(given: EvidenceGiven): EvidenceGiven {
  const objects = (given.objects ?? []).map((one) =>
    one['kind'] === 'EndpointSlice' && (one['endpoints'] as unknown[]).length === 0
      ? { ...one, metadata: { ...(one['metadata'] as object), generation: 5 } }
      : one,
  );
  return { ...given, objects };
}

describe('is no fault', () => {
  it('that nobody follows the only member of a store', () => {
    expect(verdictOf(emptied(operators.postgres())).findings).toEqual([]);
  });

  it('that a preview of Argo was given up, and its Service with it', () => {
    const given = operators.scaledOnPurpose();
    const bare = (given.objects ?? []).filter((one) => !keyOf(one).endsWith(' default/kubernetes'));
    const preview = inventory('service shop/pay-preview app=pay rollouts-pod-template-hash=9e9e :80>http');
    const objects = cluster(bare, operators.rolloutRevision('9e9e', 3, 0), preview);
    expect(verdictOf(emptied({ ...given, objects })).findings).toEqual([]);
  });

  it.each<[string, () => EvidenceGiven, readonly string[]]>([
    ['Talos', onprem.talosCilium, ['kps-kube-controller-manager', 'kps-kube-scheduler']],
    ['AKS', clouds.aks, ['kps-kube-proxy']],
    ['RKE2', onprem.rke2, ['kps-kube-proxy']],
    ['k3s', onprem.k3s, []],
  ])('but a hint, that the Services to scrape a control plane by miss its labels on %s', (_, made, told) => {
    const given = made();
    const scraped = inventory(`
service kube-system/kps-kube-controller-manager !headless component=kube-controller-manager http-metrics:10257
service kube-system/kps-kube-scheduler !headless component=kube-scheduler http-metrics:10259
service kube-system/kps-kube-etcd !headless component=etcd http-metrics:2381
service kube-system/kps-kube-proxy !headless k8s-app=kube-proxy http-metrics:10249
`);
    const bare = (given.objects ?? []).filter((one) => !keyOf(one).endsWith(' default/kubernetes'));
    const { findings, roots, unexplained } = verdictOf({ ...given, objects: cluster(bare, scraped) });
    expect([...roots, ...unexplained]).toEqual([]);
    expect(findings.map(({ role, object }) => [role, object.name])).toEqual(
      told.map((name) => ['advice', name]),
    );
  });
});
