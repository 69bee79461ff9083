/** Rollouts and restarts: each revision of a workload's template, and what it changed, as far as it is kept. */
import { formatTime, MINUTE } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import { dig } from '../../facts/read.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import { revisions as allRevisions, type Revision } from '../../timeline/revisions.ts';
import { groupBy } from '../../facts/read.ts';
import type { Store } from '../../store/store.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

/** Written into the template by `kubectl rollout restart` (kubectl's polymorphichelpers/objectrestarter.go). */
const RESTARTED = 'kubectl.kubernetes.io/restartedAt';
/** Said by whoever rolled out, where anybody did. */
const CHANGE_CAUSE = 'kubernetes.io/change-cause';

const rollouts: ChangeSource = (scene) => {
  if (scene.related.length === 0) return [];
  const byOwner = revisionsOf(scene.store);
  return scene.related.flatMap((workload) =>
    (byOwner.get(keyOf(workload)) ?? []).flatMap((revision, index, all) =>
      isFirst(workload, revision) ? [] : rolloutOf(scene, workload, revision, all[index - 1]),
    ),
  );
};
export default rollouts;

const known = new WeakMap<Store, Map<string, Revision[]>>();

function revisionsOf(store: Store): ReadonlyMap<string, readonly Revision[]> {
  const index =
    known.get(store) ??
    groupBy(allRevisions(store), ({ row }) => `${row.owner_kind}/${row.namespace}/${row.owner_name}`);
  known.set(store, index);
  return index;
}

function keyOf({ kind, namespace, name }: WorkloadFact): string {
  return `${kind}/${namespace}/${name}`;
}

/** Made together with its workload: the beginning of all, and no rollout. */
function isFirst({ createdAt }: WorkloadFact, { row, previous }: Revision): boolean {
  if (previous !== undefined || (row.revision ?? 1) > 1) return false;
  return createdAt === undefined || row.created_at - createdAt < MINUTE;
}

function rolloutOf(
  scene: Scene,
  workload: WorkloadFact,
  revision: Revision,
  before: Revision | undefined,
): Found[] {
  const { row, cameBack } = revision;
  const at = cameBack ? row.written_at : row.created_at;
  if (!within(scene, at)) return [];
  const revised = scene.facts.workloads.named(row.kind, row.namespace, row.name);
  if (revised === undefined) return [];
  return [
    {
      when: at,
      near: true,
      at: formatTime(at),
      object: revised.ref,
      summary: oneLine(
        `${workload.kind} ${workload.name} ${words(revision, restarted(scene, revised, before))}${said(scene, revised)}`,
      ),
      basis: 'inferred',
      source: cameBack
        ? `last write of the ${row.kind}, whose template was used before: the rollback began then or earlier`
        : `creation of the ${row.kind}`,
    },
  ];
}

function words({ row, cameBack, changed }: Revision, restart: boolean): string {
  const which = `revision ${row.revision ?? '?'} (${row.kind} ${row.name})`;
  const what = changed.length === 0 ? '' : `: ${changed.join(', ')}`;
  if (restart && changed.length === 0) return `was restarted: ${which}`;
  return `${cameBack ? 'went back to an earlier template' : 'rolled out'} ${which}${what}`;
}

/** Whether the template was stamped anew by a restart since the revision before. */
function restarted({ facts }: Scene, revised: WorkloadFact, before: Revision | undefined): boolean {
  const stamp = stampOf(facts.objects.body(revised));
  if (typeof stamp !== 'string') return false;
  const earlier = before && facts.workloads.named(before.row.kind, before.row.namespace, before.row.name);
  return earlier === undefined || stampOf(facts.objects.body(earlier)) !== stamp;
}

function stampOf(body: unknown): unknown {
  const outer = dig(body, 'data') ?? body;
  return dig(outer, 'spec', 'template', 'metadata', 'annotations', RESTARTED);
}

function said({ facts }: Scene, revised: WorkloadFact): string {
  const cause = dig(facts.objects.body(revised), 'metadata', 'annotations', CHANGE_CAUSE);
  return typeof cause === 'string' && cause !== '' ? ` (change-cause: ${cause.slice(0, 120)})` : '';
}
