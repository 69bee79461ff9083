/** Deployments that are gone: Events still tell of them, and the list, which came whole, does not hold them any more. */
import { formatTime } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import type { EventRow } from '../../facts/object-rows.ts';
import { groupBy } from '../../facts/read.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

/** Only the Deployment controller says this, of a Deployment (pkg/controller/deployment/sync.go). */
const OF_DEPLOYMENTS = ['ScalingReplicaSet'];
/** The kubelet, of a pod that goes (pkg/kubelet/kuberuntime/kuberuntime_container.go). */
const OF_PODS = ['Killing'];
/** What the controllers put behind a Deployment's name: ReplicaSet's hash and five letters. */
const POD_SUFFIX = /-[a-z0-9]{1,10}-[a-z0-9]{5}$/;

/** The garbage collector ends the pods in the seconds after; that is when a Deployment was deleted, as near as Events tell. */
const deletions: ChangeSource = (scene) => {
  const { facts, namespaces } = scene;
  const told = facts.objects
    .eventsOf(OF_DEPLOYMENTS)
    .filter(
      ({ namespace, involved_name: name }) =>
        namespace !== null &&
        name !== null &&
        namespaces.includes(namespace) &&
        facts.coverage.of('apps/deployments', namespace).known &&
        facts.workloads.named('Deployment', namespace, name) === undefined,
    );
  return [
    ...groupBy(told, ({ namespace, involved_name }) => `${namespace}/${involved_name}`).values(),
  ].flatMap((events) => gone(scene, events));
};
export default deletions;

function gone(scene: Scene, events: readonly EventRow[]): Found[] {
  const last = events.at(-1);
  const namespace = last?.namespace;
  const name = last?.involved_name;
  if (
    last === undefined ||
    namespace === null ||
    namespace === undefined ||
    name === null ||
    name === undefined
  )
    return [];
  const killed = scene.facts.objects
    .eventsOf(OF_PODS)
    .findLast(
      (event) =>
        event.namespace === namespace &&
        event.involved_name?.replace(POD_SUFFIX, '') === name &&
        (event.last_at ?? 0) >= (last.last_at ?? 0),
    );
  const when = killed?.first_at ?? last.last_at;
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
