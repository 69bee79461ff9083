/** What a path is about, read once from the store: its Service, the pods it had and has, and their workloads. */
import type { ObjectRef } from '../../src/core/ids.ts';
import type { Micros } from '../../src/core/time.ts';
import { matchesSet, parseLabels, type Labels } from '../../src/k8s/labels.ts';
import type { Evidence, Finding } from '../model/finding.ts';
import type { Path, Verdict } from '../model/verdict.ts';
import { captureClock } from '../facts/clock.ts';
import { coverageFacts } from '../facts/coverage.ts';
import { parseText } from '../facts/read.ts';
import type { Store } from '../store/store.ts';
import { templateLabels } from '../timeline/revisions.ts';
import { readChanges, type RecordedChange } from './changes.ts';
import { placeOf, type RevisionState } from './place.ts';
import { podSpans, type PodSpan } from './pod-spans.ts';

export interface Subject {
  readonly path: Path;
  readonly service: ServiceState | undefined;
  /** `namespace` and `name` of the Service, also where it is not in the bundle. */
  readonly serviceName: { readonly namespace: string; readonly name: string } | undefined;
  /** Pods that live or lived in the Service's namespace and belong to this path, by label or by what findings say. */
  readonly pods: readonly PodSpan[];
  readonly revisions: readonly RevisionState[];
  readonly findings: readonly Finding[];
  /** What a watch saw change on it while the capture ran, oldest first. */
  readonly changes: readonly RecordedChange[];
  /** Why nothing can be said about them; undefined when their list is whole. */
  readonly missing: { readonly ingresses: string | undefined; readonly policies: string | undefined };
  /** On the cluster's clock. */
  readonly startedAt: Micros;
  readonly endedAt: Micros;
}

export interface ServiceState {
  readonly id: number;
  readonly ref: ObjectRef;
  readonly type: string;
  readonly clusterIp: string | undefined;
  readonly selector: Labels | undefined;
  readonly createdAt: Micros | undefined;
  readonly ports: readonly {
    name: string | null;
    port: number;
    target_port: string | null;
    protocol: string;
  }[];
  /** When a manager that owns the selector last wrote: before that, the selector may have been another. */
  readonly selectorWrittenAt: Micros | undefined;
  readonly place: Pick<Evidence, 'file' | 'line'>;
}

/** Reads it; undefined for a path that the verdict does not have. */
export function readSubject(store: Store, verdict: Verdict, key: string): Subject | undefined {
  const path = verdict.paths.find((candidate) => candidate.key === key);
  if (path === undefined) return undefined;
  const serviceName = serviceOf(path);
  const service = serviceName && readService(store, serviceName.namespace, serviceName.name);
  const findings = path.findings.flatMap((name) =>
    verdict.findings.filter((finding) => finding.key === name),
  );
  const all = serviceName === undefined ? [] : readRevisions(store, serviceName.namespace);
  const spans = serviceName === undefined ? [] : podSpans(store, serviceName.namespace, all);
  const involved = new Set(
    findings
      .flatMap((finding) => [finding.object, ...finding.involves])
      .map((ref) => `${ref.kind}/${ref.name}`),
  );
  const owners = new Set(
    all
      .filter((revision) => takes(service?.selector, revision.labels) || isInvolved(revision, involved))
      .map((revision) => revision.owner ?? `${revision.kind}/${revision.name}`),
  );
  const revisions = all.filter((revision) =>
    owners.has(revision.owner ?? `${revision.kind}/${revision.name}`),
  );
  const names = new Set(revisions.map((revision) => revision.name));
  const clock = captureClock(store);
  const pods = spans.filter(
    (span) =>
      takes(service?.selector, span.labels) ||
      involved.has(`Pod/${span.name}`) ||
      (span.owner !== undefined && names.has(span.owner)),
  );
  return {
    path,
    serviceName,
    service,
    findings,
    revisions,
    pods,
    changes: serviceName === undefined ? [] : readChanges(store, serviceName, pods),
    missing: {
      ingresses: missing(store, 'networking.k8s.io/ingresses', serviceName?.namespace),
      policies: missing(store, 'networking.k8s.io/networkpolicies', serviceName?.namespace),
    },
    startedAt: clock.startedAt,
    endedAt: clock.endedAt,
  };
}

/** Whether a Service's selector takes a pod; none takes nothing. */
export function takes(selector: Labels | undefined, labels: Labels | undefined): boolean {
  return selector !== undefined && labels !== undefined && matchesSet(selector, labels);
}

function isInvolved(revision: RevisionState, involved: ReadonlySet<string>): boolean {
  return (
    involved.has(`${revision.kind}/${revision.name}`) ||
    (revision.owner !== undefined && involved.has(revision.owner))
  );
}

/** The Service that a path leads through, from its key or from what the verdict says. */
function serviceOf(path: Path): { namespace: string; name: string } | undefined {
  const [, namespace, name] =
    /^service\/([^/]+)\/([^/:]+)/.exec(path.key) ??
    /^(?:service\/)?([^/]+)\/([^/:]+)/i.exec(path.service ?? '') ??
    [];
  if (namespace !== undefined && name !== undefined) return { namespace, name };
  const own = /^[a-z]+\/([^/]+)\//.exec(path.key)?.[1];
  return own === undefined || path.service === undefined ? undefined : { namespace: own, name: path.service };
}

function readService(store: Store, namespace: string, name: string): ServiceState | undefined {
  const row = store.get<{
    id: number;
    api_version: string;
    type: string;
    cluster_ip: string | null;
    selector: string | null;
    created_at: number | null;
    file: string | null;
    line: number | null;
  }>(
    `SELECT o.id, o.api_version, s.type, s.cluster_ip, s.selector, o.created_at, f.path AS file, o.line
     FROM services s JOIN objects o ON o.id = s.object_id LEFT JOIN files f ON f.id = o.file_id
     WHERE s.namespace = ? AND s.name = ?`,
    [namespace, name],
  );
  if (row === undefined) return undefined;
  const selector = row.selector === null ? undefined : parseLabels(parseText(row.selector));
  return {
    id: row.id,
    ref: { apiVersion: row.api_version || 'v1', kind: 'Service', namespace, name },
    type: row.type,
    clusterIp: row.cluster_ip ?? undefined,
    selector: selector !== undefined && Object.keys(selector).length > 0 ? selector : undefined,
    createdAt: row.created_at ?? undefined,
    ports: store.all('SELECT name, port, target_port, protocol FROM service_ports WHERE object_id = ?', [
      row.id,
    ]),
    selectorWrittenAt: selectorWrittenAt(store, row.id),
    place: placeOf(row),
  };
}

/** managedFields tell when a manager last wrote anything of its own; only those that own the selector count. */
function selectorWrittenAt(store: Store, id: number): Micros | undefined {
  return (
    store.get<{ at: number | null }>(
      `SELECT max(at) AS at FROM field_changes
       WHERE object_id = ? AND json_type(fields, '$."f:spec"."f:selector"') IS NOT NULL`,
      [id],
    )?.at ?? undefined
  );
}

function readRevisions(store: Store, namespace: string): RevisionState[] {
  return store
    .all<{
      kind: string;
      name: string;
      owner: string | null;
      revision: number | null;
      history: string | null;
      template_labels: string | null;
      created_at: number | null;
      file: string | null;
      line: number | null;
    }>(
      `SELECT w.kind, w.name, ow.kind || '/' || ow.name AS owner, w.revision, w.template_labels, w.created_at,
         json_extract(b.body, '$.metadata.annotations."deployment.kubernetes.io/revision-history"') AS history,
         f.path AS file, o.line
       FROM workloads w JOIN objects o ON o.id = w.object_id
         LEFT JOIN owners ow ON ow.object_id = w.object_id AND ow.controller = 1
         LEFT JOIN bodies b ON b.object_id = w.object_id
         LEFT JOIN files f ON f.id = o.file_id
       WHERE w.namespace = ? AND w.kind IN ('ReplicaSet', 'StatefulSet', 'DaemonSet', 'ReplicationController')
       ORDER BY owner, w.revision, w.created_at`,
      [namespace],
    )
    .map((row) => ({
      kind: row.kind,
      name: row.name,
      namespace,
      owner: row.owner ?? undefined,
      revision: row.revision,
      labels: templateLabels(row),
      cameBack: row.history !== null,
      createdAt: row.created_at ?? undefined,
      place: placeOf(row),
    }));
}

/** Why nothing can be said about a kind of object in a namespace; undefined when its list is whole. */
function missing(store: Store, resource: string, namespace: string | undefined): string | undefined {
  const coverage = coverageFacts(store).of(resource, namespace);
  return coverage.known
    ? undefined
    : `${coverage.partial ? 'only part of the' : 'no'} list of ${resource}: ${coverage.why}`;
}
