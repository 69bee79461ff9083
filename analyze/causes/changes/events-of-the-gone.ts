/** Workloads, autoscalers and claims that are gone: Events tell of them still, and the list, which came whole, has them no more. */
import { formatTime, type Micros } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import { makerName } from '../../facts/pods/pod-names.ts';
import { ALIVE, KILLING, MAKERS } from '../../facts/services/gone.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

interface Spoken {
  readonly resource: string;
  readonly apiVersion: string;
  readonly reasons: readonly string[];
}

/** What is said of each: as of workloads (gone.ts), pkg/controller/podautoscaler/horizontal.go, pkg/controller/volume/events/event.go. */
const SAID: Readonly<Record<string, Spoken>> = {
  ...Object.fromEntries(
    Object.entries(MAKERS).map(([kind, resource]) => [
      kind,
      { resource, apiVersion: 'apps/v1', reasons: ALIVE[kind] ?? [] },
    ]),
  ),
  HorizontalPodAutoscaler: {
    resource: 'autoscaling/horizontalpodautoscalers',
    apiVersion: 'autoscaling/v2',
    reasons: ['SuccessfulRescale'],
  },
  PersistentVolumeClaim: {
    resource: 'persistentvolumeclaims',
    apiVersion: 'v1',
    reasons: ['ExternalProvisioning', 'ProvisioningSucceeded', 'WaitForFirstConsumer'],
  },
};
const REASONS = [...new Set(Object.values(SAID).flatMap(({ reasons }) => reasons))];

const eventsOfTheGone: ChangeSource = (scene) => {
  const { facts, namespaces } = scene;
  // Oldest first, so that of each object the last that was said is kept.
  const last = new Map<string, Said>();
  for (const event of facts.objects.eventsOf(REASONS)) {
    const { namespace, involved_kind: kind, involved_name: name, reason } = event;
    const said = SAID[kind ?? ''];
    if (namespace === null || name === null || kind === null || !namespaces.includes(namespace)) continue;
    if (reason === null || said?.reasons.includes(reason) !== true) continue;
    if (!facts.coverage.of(said.resource, namespace).known) continue;
    if (facts.objects.find(said.resource, namespace, name) !== undefined) continue;
    last.set(`${kind}/${namespace}/${name}`, { kind, namespace, name, reason, at: event.last_at });
  }
  return [...last.values()].flatMap((said) => gone(scene, said));
};
export default eventsOfTheGone;

interface Said {
  readonly kind: string;
  readonly reason: string;
  readonly namespace: string;
  readonly name: string;
  readonly at: Micros | null;
}

/** The garbage collector ends the pods in the seconds after: when a workload was deleted, as near as Events tell. */
function gone(scene: Scene, { kind, namespace, name, reason, at }: Said): Found[] {
  const killed = scene.facts.objects
    .eventsOf(KILLING)
    .findLast(
      (event) =>
        event.namespace === namespace &&
        makerName(kind, event.involved_name ?? '') === name &&
        (event.last_at ?? 0) >= (at ?? 0),
    );
  const when = killed?.first_at ?? at;
  if (!within(scene, when)) return [];
  return [
    {
      when,
      near: scene.finding.object.name === name || scene.near.has(`${kind}/${namespace}/${name}`),
      at: formatTime(when),
      object: { apiVersion: SAID[kind]?.apiVersion ?? '', kind, namespace, name },
      summary: oneLine(
        `${kind} ${name} is gone: ${killed === undefined ? 'this is the last that was said of it' : 'its pods were ended then'}`,
      ),
      basis: 'inferred',
      source: `event ${killed === undefined ? reason : 'Killing'}`,
    },
  ];
}
