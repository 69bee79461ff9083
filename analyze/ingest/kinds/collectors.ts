/** `collectors/<id>.json`: how each collector and probe ended, with its gaps, so that a cut bundle still tells them. */
import { collectorSchema } from '../../../src/bundle/format.ts';
import { schemaSink } from '../documents.ts';
import { gapRow } from '../gaps.ts';
import type { Ingester } from '../ingester.ts';
import { time } from '../read.ts';

const unit: Ingester = {
  id: 'collectors',
  paths: /^collectors\/[^/]+\.json$/,
  start(context) {
    const add = context.out.insert(
      'collectors',
      ['id', 'outcome', 'started_at', 'ms', 'records', 'bytes', 'detail'],
      'REPLACE',
    );
    return {
      open: (entry) =>
        schemaSink(collectorSchema, entry, context, (record) => {
          add(
            record.id,
            record.outcome,
            time(record.startedAt),
            record.ms,
            record.records,
            record.bytes,
            record.detail ?? null,
          );
          for (const gap of record.gaps) context.gap(gapRow(gap));
        }),
    };
  },
};
export default unit;
