/** What Flux applied: the histories of Kustomizations and HelmReleases, and of older ones the last applied revision. */
import { objectKey } from '../../../src/core/ids.ts';
import { formatTime, parseDuration, parseTime, type Micros } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import { items } from '../../ingest/read.ts';
import { dig, type StoredObject } from '../../facts/read.ts';
import { marksOf, type Marks } from './marks.ts';
import { within, type ChangeSource, type Found, type Scene } from './scene.ts';

const KUSTOMIZATIONS = 'kustomize.toolkit.fluxcd.io/kustomizations';
const HELM_RELEASES = 'helm.toolkit.fluxcd.io/helmreleases';

type Fields = Readonly<Record<string, unknown>>;

const flux: ChangeSource = (scene) => {
  const { objects } = scene.facts;
  const [kustomizations, releases] = [objects.list(KUSTOMIZATIONS), objects.list(HELM_RELEASES)];
  if (kustomizations.length + releases.length === 0) return [];
  const marks = marksOf(scene);
  return [
    ...kustomizations.flatMap((one) => applied(scene, one, marks)),
    ...releases.flatMap((one) => deployed(scene, one, marks)),
  ];
};
export default flux;

function isMarked(marks: readonly Marks[], group: string, { namespace, name }: StoredObject['ref']): boolean {
  return marks.some(
    (one) => one.label(`${group}/name`) === name && one.label(`${group}/namespace`) === namespace,
  );
}

function found(object: StoredObject, when: Micros, near: boolean, summary: string, source: string): Found {
  return {
    when,
    near,
    at: formatTime(when),
    object: object.ref,
    summary: oneLine(summary),
    basis: 'observed',
    source,
  };
}

/**
 * fluxcd/pkg apis/meta/history.go: one snapshot a digest and status, the newest first; `lastReconciled` moves at every
 * interval, so that the first alone is a change. It is noted when the reconciliation ends.
 */
function applied(scene: Scene, object: StoredObject, marks: readonly Marks[]): Found[] {
  const body = scene.facts.objects.body(object);
  const entries = items(dig(body, 'status', 'inventory', 'entries')).flatMap(({ id }) => idOf(id));
  const near =
    isMarked(marks, 'kustomize.toolkit.fluxcd.io', object.ref) ||
    entries.some((one) => scene.near.has(objectKey(one)));
  const target = dig(body, 'spec', 'targetNamespace');
  const there =
    (typeof target === 'string' && scene.namespaces.includes(target)) ||
    entries.some(({ namespace }) => namespace !== undefined && scene.namespaces.includes(namespace));
  if (!near && !there) return [];
  const history = items(dig(body, 'status', 'history'));
  if (history.length === 0) return lastApplied(scene, object, near, body);
  return history.flatMap((snapshot) => {
    const ended = parseTime(snapshot['firstReconciled']);
    const when = ended === undefined ? undefined : ended - tookOf(snapshot);
    if (!within(scene, when)) return [];
    const words = `Flux applied Kustomization ${object.ref.name} at ${revisionOf(snapshot)}: ${said(snapshot['lastReconciledStatus'], 'status not known')}`;
    return [found(object, when, near, words, 'status.history of the Kustomization')];
  });
}

/** `shop_web_apps_Deployment`: namespace, name, group, kind; names of kinds like Role may hold a colon, written `__`. */
function idOf(id: unknown): Array<{ kind: string; namespace?: string; name: string }> {
  const parts = typeof id === 'string' ? id.replaceAll('__', ':').split('_') : [];
  const [namespace, name, , kind] = parts;
  if (parts.length !== 4 || name === undefined || kind === undefined) return [];
  return [{ kind, name, ...(namespace === undefined || namespace === '' ? {} : { namespace }) }];
}

/** How long the one reconciliation took; of several only the last is told. */
function tookOf(snapshot: Fields): Micros {
  const { lastReconciledDuration: took, totalReconciliations: times } = snapshot;
  return (times === 1 && typeof took === 'string' ? parseDuration(took) : undefined) ?? 0;
}

function said(value: unknown, otherwise: string): string {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : otherwise;
}

function revisionOf(snapshot: Fields): string {
  const revision = dig(snapshot, 'metadata', 'revision');
  return typeof revision === 'string' ? shortened(revision) : 'a revision it does not name';
}

/** `main@sha1:1234567…` → `main@sha1:1234567`. */
function shortened(revision: string): string {
  return revision.replace(/((?:sha1|sha256):[0-9a-f]{7})[0-9a-f]+/, '$1');
}

/** Before Flux 2.7 there is no history: Ready turns Unknown while a new revision is applied, and back at its end. */
function lastApplied(scene: Scene, object: StoredObject, near: boolean, body: Fields): Found[] {
  const revision = dig(body, 'status', 'lastAppliedRevision') ?? dig(body, 'status', 'lastAttemptedRevision');
  const ready = scene.facts.objects.conditions(object).find(({ type }) => type === 'Ready');
  const when = ready?.last_transition_at;
  if (typeof revision !== 'string' || !within(scene, when)) return [];
  const words = `Flux reconciled ${object.ref.kind} ${object.ref.name} at ${shortened(revision)}: ${ready?.reason ?? ready?.status ?? 'status not known'}`;
  return [
    {
      ...found(object, when, near, words, 'lastAppliedRevision, and when the condition Ready last turned'),
      basis: 'inferred',
    },
  ];
}

/** fluxcd/helm-controller api/v2/snapshot_types.go: one snapshot a release, the newest first. */
function deployed(scene: Scene, object: StoredObject, marks: readonly Marks[]): Found[] {
  const body = scene.facts.objects.body(object);
  const near = isMarked(marks, 'helm.toolkit.fluxcd.io', object.ref);
  const target = dig(body, 'spec', 'targetNamespace') ?? object.ref.namespace;
  if (!near && !(typeof target === 'string' && scene.namespaces.includes(target))) return [];
  const history = items(dig(body, 'status', 'history'));
  if (history.length === 0) return lastApplied(scene, object, near, body);
  return history.flatMap((snapshot) => {
    const when = parseTime(snapshot['lastDeployed']);
    if (!within(scene, when)) return [];
    const chart = `${said(snapshot['chartName'], '?')} ${said(snapshot['chartVersion'], '?')}`;
    const words = `Flux deployed HelmRelease ${object.ref.name}: revision ${said(snapshot['version'], '?')}, chart ${chart}, ${said(snapshot['status'], 'status not known')}`;
    return [found(object, when, near, words, 'status.history of the HelmRelease')];
  });
}
