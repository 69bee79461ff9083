/** `probes/<probe>[.<part>].ndjson`: one result a line. */
import { parseJson } from '../../../src/core/json.ts';
import { probeResultSchema } from '../../../src/bundle/format.ts';
import type { Ingester } from '../ingester.ts';
import { json, time } from '../read.ts';
import { lineSink } from '../sinks.ts';

const PATH = /^probes\/([^/.]+)(?:\.\d+)?\.ndjson$/;

const unit: Ingester = {
  id: 'probes',
  paths: PATH,
  start(context) {
    const add = context.out.insert('probes', [
      'probe',
      'at',
      'vantage',
      'target',
      'outcome',
      'ms',
      'detail',
      'file_id',
      'line',
    ]);
    return {
      open(entry) {
        const probe = PATH.exec(entry.path)?.[1] ?? '';
        return lineSink({
          line(bytes, number) {
            const parsed = probeResultSchema.safeParse(parseJson(bytes));
            if (!parsed.success) {
              context.invalid(entry, number, parsed.error.issues[0]?.message ?? 'no probe result');
              return;
            }
            const result = parsed.data;
            add(
              probe,
              time(result.at),
              result.from,
              result.to,
              result.outcome,
              result.ms ?? null,
              json(result.detail),
              entry.fileId,
              number,
            );
          },
          tooLong: (number) => context.invalid(entry, number, 'longer than 192 MiB'),
        });
      },
    };
  },
};
export default unit;
