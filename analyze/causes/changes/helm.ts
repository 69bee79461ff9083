/** Helm releases, by the labels of the Secrets (or ConfigMaps) in which Helm keeps each revision: no value is needed. */
import { formatTime } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import { HELM_RELEASES } from '../../facts/object-rows.ts';
import { refOf } from '../../facts/read.ts';
import { marksOf } from './marks.ts';
import type { ChangeSource } from './scene.ts';

/**
 * Helm makes one record a revision, named `sh.helm.release.v1.NAME.vN`, when it begins (helm/helm
 * pkg/storage/driver/secrets.go: labels `name`, `owner`, `status`, `version`); the later label `modifiedAt` also moves
 * when the next revision supersedes it. So the creation is the moment at which a revision was begun.
 */
const helm: ChangeSource = (scene) => {
  const { store, from, to, namespaces } = scene;
  if (namespaces.length === 0) return [];
  const rows = store.all(HELM_RELEASES, [from, to, JSON.stringify(namespaces)]);
  if (rows.length === 0) return [];
  const marks = marksOf(scene);
  return rows.flatMap((row) => {
    if (row.release === null) return [];
    const near = marks.some(
      (one) =>
        one.annotation('meta.helm.sh/release-name') === row.release &&
        one.annotation('meta.helm.sh/release-namespace') === row.namespace,
    );
    const version = row.version ?? '?';
    return [
      {
        when: row.created_at,
        near,
        at: formatTime(row.created_at),
        object: refOf(row.api_version, row.kind, row.namespace, row.name),
        summary: oneLine(
          `Helm ${version === '1' ? 'installed' : 'upgraded or rolled back'} release ${row.release}: revision ${version}, ${ended(row.status)}`,
        ),
        basis: 'observed' as const,
        source: `creation and labels of the release's ${row.kind}`,
      },
    ];
  });
};
export default helm;

/** `superseded`: a later revision took its place, whatever came of it. */
function ended(status: string | null): string {
  if (status === null) return 'status not known';
  return status.startsWith('pending-') ? `${status} (under way, or cut short)` : status;
}
