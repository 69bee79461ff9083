/** What a watch saw change on a path while the capture ran. */
import type { Micros } from '../../src/core/time.ts';
import type { Evidence } from '../model/finding.ts';
import type { Store } from '../store/store.ts';
import { placeOf } from './place.ts';
import type { PodSpan } from './pod-spans.ts';

export interface RecordedChange {
  readonly at: Micros;
  readonly apiVersion: string;
  readonly kind: string;
  readonly namespace: string;
  readonly name: string;
  readonly text: string;
  readonly place: Pick<Evidence, 'file' | 'line'>;
}

/** The timeline has recorded changes in words; slices are called after their Service. */
export function readChanges(
  store: Store,
  service: { namespace: string; name: string },
  pods: readonly PodSpan[],
): RecordedChange[] {
  return store
    .all<{
      at: number;
      api_version: string | null;
      kind: string;
      name: string;
      text: string;
      file: string | null;
      line: number | null;
    }>(
      `SELECT t.at, o.api_version, t.kind, t.name, t.text, f.path AS file, t.line
       FROM timeline t LEFT JOIN objects o ON o.id = t.object_id LEFT JOIN files f ON f.id = t.file_id
       WHERE t.source = 'changes' AND t.severity >= 2 AND t.namespace = ?
         AND (t.kind || '/' || t.name IN (SELECT value FROM json_each(?))
           OR t.kind = 'EndpointSlice' AND substr(t.name, 1, ?) = ?)
       ORDER BY t.id`,
      [
        service.namespace,
        JSON.stringify([
          `Service/${service.name}`,
          `Endpoints/${service.name}`,
          ...pods.map((pod) => `Pod/${pod.name}`),
        ]),
        service.name.length + 1,
        `${service.name}-`,
      ],
    )
    .map((row) => ({
      at: row.at,
      apiVersion: row.api_version ?? '',
      kind: row.kind,
      namespace: service.namespace,
      name: row.name,
      text: row.text,
      place: placeOf(row),
    }));
}
