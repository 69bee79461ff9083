/** Writes of people and pipelines, by managedFields: to what the finding is about, and to what many things share. */
import { objectKey } from '../../../src/core/ids.ts';
import { oneLine } from '../../../src/core/text.ts';
import { formatTime, SECOND } from '../../../src/core/time.ts';
import { WRITTEN, type WrittenRow } from '../../facts/object-rows.ts';
import { dig, refOf, type StoredObject } from '../../facts/read.ts';
import type { ChangeSource, Scene } from './scene.ts';

/** What a person or a pipeline writes, and matters only where it is near. */
const OWN = [
  'pods',
  'services',
  'serviceaccounts',
  'persistentvolumeclaims',
  'apps/deployments',
  'apps/statefulsets',
  'apps/daemonsets',
  'batch/cronjobs',
  'argoproj.io/rollouts',
  'autoscaling/horizontalpodautoscalers',
  'keda.sh/scaledobjects',
  'policy/poddisruptionbudgets',
  'networking.k8s.io/ingresses',
  'gateway.networking.k8s.io/gateways',
  'gateway.networking.k8s.io/httproutes',
  'gateway.networking.k8s.io/grpcroutes',
];

/** What many workloads of a namespace hang on at once: a write to it is a suspect wherever the fault shows. */
const SHARED = [
  'configmaps',
  'secrets',
  'resourcequotas',
  'limitranges',
  'networking.k8s.io/networkpolicies',
  'crd.projectcalico.org/networkpolicies',
  'projectcalico.org/networkpolicies',
  'cilium.io/ciliumnetworkpolicies',
  'security.istio.io/authorizationpolicies',
  'security.istio.io/peerauthentications',
  'networking.istio.io/destinationrules',
  'networking.istio.io/virtualservices',
  'networking.istio.io/sidecars',
];

/** The same for the whole cluster. */
const CLUSTER = [
  'admissionregistration.k8s.io/validatingwebhookconfigurations',
  'admissionregistration.k8s.io/mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'admissionregistration.k8s.io/validatingadmissionpolicybindings',
  'policy.networking.k8s.io/adminnetworkpolicies',
  'policy.networking.k8s.io/baselineadminnetworkpolicies',
  'policy.networking.k8s.io/clusternetworkpolicies',
  'crd.projectcalico.org/globalnetworkpolicies',
  'projectcalico.org/globalnetworkpolicies',
  'cilium.io/ciliumclusterwidenetworkpolicies',
];

const SHARING = new Set([...SHARED, ...CLUSTER]);

const CONTROLLERS =
  /^(kube-controller-manager|kubelet|kube-scheduler|kube-apiserver|cloud-controller-manager|kubeadm|cluster-autoscaler)$/;

/** A release's own record: told by what was delivered. */
const RELEASE = /^sh\.helm\.release\.v1\./;

const MOST = 200;

const writes: ChangeSource = (scene) => [
  ...scene.namespaces.flatMap((namespace) => writesIn(scene, namespace, [...OWN, ...SHARED])),
  ...writesIn(scene, null, [...CLUSTER, 'nodes', 'namespaces']),
];
export default writes;

function writesIn(
  { store, facts, from, to, near }: Scene,
  namespace: string | null,
  resources: readonly string[],
): ReturnType<ChangeSource> {
  return store
    .all(WRITTEN, [from, to, namespace, JSON.stringify(resources), MOST])
    .filter(
      (row) =>
        row.subresource !== 'status' && !CONTROLLERS.test(row.manager ?? '') && !RELEASE.test(row.name),
    )
    .map((row) => ({ row, object: refOf(row.api_version, row.kind, row.namespace, row.name) }))
    .filter(
      ({ row, object }) =>
        near.has(objectKey(object)) || (SHARING.has(row.resource) && !isLock(facts, { ...row, ref: object })),
    )
    .map(({ row, object }) => ({
      when: row.at,
      near: near.has(objectKey(object)),
      at: formatTime(row.at),
      object,
      summary: oneLine(`${row.manager ?? 'someone'} ${verb(row)} ${object.kind} ${object.name}`),
      basis: 'inferred' as const,
      source: 'managedFields',
    }));
}

/** A ConfigMap that controllers elect their leader by is written every few seconds (client-go tools/leaderelection). */
function isLock({ objects }: Scene['facts'], object: StoredObject): boolean {
  if (object.resource !== 'configmaps') return false;
  const annotations = dig(objects.body(object), 'metadata', 'annotations');
  return dig(annotations, 'control-plane.alpha.kubernetes.io/leader') !== undefined;
}

function verb(row: WrittenRow): string {
  if (row.created_at !== null && Math.abs(row.created_at - row.at) < SECOND) return 'created';
  return row.subresource === 'scale' ? 'scaled' : 'wrote';
}
