/** `manifest.json`: when and how the capture ended, and every gap. Without it the bundle was cut. */
import { manifestSchema, type Manifest } from '../../../src/bundle/format.ts';
import { parseTime } from '../../../src/core/time.ts';
import { schemaSink } from '../documents.ts';
import { gapRow } from '../gaps.ts';
import type { IngestContext, Ingester } from '../ingester.ts';
import { time } from '../read.ts';

/** Takes over what a manifest says; the bundle's reader hands it over apart from the entries. */
export function loadManifest(context: IngestContext, manifest: Manifest): void {
  const endedAt = parseTime(manifest.endedAt);
  if (endedAt !== undefined) context.note('ended_at', String(endedAt));
  context.note('end', manifest.end);
  if (manifest.clockSkew !== undefined) {
    context.note('skew_ms', String(manifest.clockSkew.ms));
    context.note('skew_error_ms', String(manifest.clockSkew.errorMs));
  }
  context.note('redactions', JSON.stringify(manifest.redactions));
  // The entries' digests and the segments are of use to `verify` alone.
  context.note('manifest', JSON.stringify({ ...manifest, entries: undefined, segments: undefined }));
  const add = context.out.insert(
    'collectors',
    ['id', 'outcome', 'started_at', 'ms', 'records', 'bytes', 'detail'],
    'IGNORE',
  );
  for (const record of manifest.collectors) {
    add(
      record.id,
      record.outcome,
      time(record.startedAt),
      record.ms,
      record.records,
      record.bytes,
      record.detail ?? null,
    );
  }
  for (const gap of manifest.gaps) context.gap(gapRow(gap));
}

const unit: Ingester = {
  id: 'manifest',
  paths: /^manifest\.json$/,
  start(context) {
    return {
      open: (entry) =>
        schemaSink(manifestSchema, entry, context, (manifest) => loadManifest(context, manifest)),
    };
  },
};
export default unit;
