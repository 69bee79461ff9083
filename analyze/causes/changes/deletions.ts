/** Deployments that are gone: Events still tell of them, and the list, which came whole, does not hold them any more. */
import { formatTime, type Micros } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

/** Only the Deployment controller says this, of a Deployment (pkg/controller/deployment/sync.go). */
const OF_DEPLOYMENTS = ['ScalingReplicaSet'];
/** The kubelet, of a pod that goes (pkg/kubelet/kuberuntime/kuberuntime_container.go). */
const OF_PODS = ['Killing'];
/** What the controllers put behind a Deployment's name: ReplicaSet's hash and five letters. */
const POD_SUFFIX = /-[a-z0-9]{1,10}-[a-z0-9]{5}$/;

const deletions: ChangeSource = (scene) => {
  const { facts, namespaces } = scene;
  // Oldest first, so that of each Deployment the last that was said is kept.
  const last = new Map<string, Said>();
  for (const event of facts.objects.eventsOf(OF_DEPLOYMENTS)) {
    const { namespace, involved_name: name } = event;
    if (namespace === null || name === null || !namespaces.includes(namespace)) continue;
    if (!facts.coverage.of('apps/deployments', namespace).known) continue;
    if (facts.workloads.named('Deployment', namespace, name) !== undefined) continue;
    last.set(`${namespace}/${name}`, { namespace, name, at: event.last_at });
  }
  return [...last.values()].flatMap((said) => gone(scene, said));
};
export default deletions;

interface Said {
  readonly namespace: string;
  readonly name: string;
  readonly at: Micros | null;
}

/** The garbage collector ends the pods in the seconds after: when a Deployment was deleted, as near as Events tell. */
function gone(scene: Scene, { namespace, name, at }: Said): Found[] {
  const killed = scene.facts.objects
    .eventsOf(OF_PODS)
    .findLast(
      (event) =>
        event.namespace === namespace &&
        event.involved_name?.replace(POD_SUFFIX, '') === name &&
        (event.last_at ?? 0) >= (at ?? 0),
    );
  const when = killed?.first_at ?? at;
  if (!within(scene, when)) return [];
  return [
    {
      when,
      near: scene.finding.object.name === name,
      at: formatTime(when),
      object: { apiVersion: 'apps/v1', kind: 'Deployment', namespace, name },
      summary: oneLine(
        `Deployment ${name} is gone: ${killed === undefined ? 'this is the last that was said of it' : 'its pods were ended then'}`,
      ),
      basis: 'inferred',
      source: killed === undefined ? 'event ScalingReplicaSet' : 'event Killing',
    },
  ];
}
