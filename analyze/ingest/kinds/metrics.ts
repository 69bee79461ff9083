/** `metrics/<ns>/<pod>/<port>.<first|last>.prom`: samples of what was scraped. NaN says nothing and is left out. */
import type { Ingester } from '../ingester.ts';
import { lineSink } from '../sinks.ts';
import { parseSample } from '../prometheus.ts';

const PATH = /^metrics\/([^/]+)\/([^/]+)\/[^/]+?(?:\.(first|last))?\.prom$/;
/** Longer lines are none of an exporter's. */
const LONGEST = 1 << 20;

const unit: Ingester = {
  id: 'metrics',
  paths: PATH,
  start(context) {
    const add = context.out.insert('metrics', [
      'file_id',
      'namespace',
      'pod',
      'scrape',
      'name',
      'labels',
      'value',
    ]);
    return {
      open(entry) {
        const [, namespace = '', pod = '', scrape = 'first'] = PATH.exec(entry.path) ?? [];
        return lineSink(
          {
            line(bytes, number) {
              const sample = parseSample(bytes.toString('utf8').trimEnd());
              if (sample === undefined) context.invalid(entry, number, 'no sample');
              else if (sample !== null && !Number.isNaN(sample.value)) {
                add(
                  entry.fileId,
                  namespace,
                  pod,
                  scrape,
                  sample.name,
                  JSON.stringify(sample.labels),
                  sample.value,
                );
              }
            },
            tooLong: (number) => context.invalid(entry, number, 'longer than 1 MiB'),
          },
          LONGEST,
        );
      },
    };
  },
};
export default unit;
