/** Clusters of other makes than the lab's, whole and well: nothing of them may raise an alarm. */
import { describe, expect, it } from 'vitest';
import * as clouds from '../../support/distros/clouds.ts';
import * as comings from '../../support/distros/comings.ts';
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
