/**
 * Samples of what was scraped: `metrics/<ns>/<pod>/<port>.<label>.prom`, `nodes/<node>/<what>.<label>.prom`,
 * `apiserver/metrics.<label>.prom`; the label is `first` or `last`. NaN says nothing and is left out.
 */
import type { Ingester } from '../ingester.ts';
import { lineSink } from '../sinks.ts';
import { parseSample, type Sample } from '../prometheus.ts';

const PATH = /^(?:metrics\/[^/]+\/[^/]+\/[^/]+|nodes\/[^/]+\/[^/]+|apiserver\/[^/]+)\.prom$/;
const OF_POD = /^metrics\/([^/]+)\/([^/]+)\//;
const OF_NODE = /^nodes\/([^/]+)\/(?:metrics-)?([^/.]+)/;
const SCRAPE = /\.(first|last)\.prom$/;
/** Longer lines are none of an exporter's. */
const LONGEST = 1 << 20;

/** What a file's samples are about, as far as its path tells. */
interface Origin {
  readonly source: string;
  readonly node: string | null;
  readonly namespace: string | null;
  readonly pod: string | null;
}

const unit: Ingester = {
  id: 'metrics',
  paths: PATH,
  start(context) {
    const add = context.out.insert('metrics', [
      'file_id',
      'source',
      'node',
      'namespace',
      'pod',
      'container',
      'scrape',
      'name',
      'labels',
      'value',
    ]);
    return {
      open(entry) {
        const origin = originOf(entry.path);
        const scrape = SCRAPE.exec(entry.path)?.[1] ?? 'first';
        return lineSink(
          {
            line(bytes, number) {
              const sample = parseSample(bytes.toString('utf8').trimEnd());
              if (sample === undefined) context.invalid(entry, number, 'no sample');
              else if (sample !== null && !Number.isNaN(sample.value)) {
                const { namespace, pod, container } = placeOf(origin, sample);
                const labels = JSON.stringify(sample.labels);
                const { source, node } = origin;
                add(
                  entry.fileId,
                  source,
                  node,
                  namespace,
                  pod,
                  container,
                  scrape,
                  sample.name,
                  labels,
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

function originOf(path: string): Origin {
  const [, namespace = null, pod = null] = OF_POD.exec(path) ?? [];
  if (pod !== null) return { source: 'pod', node: null, namespace, pod };
  const [, node = null, source = 'apiserver'] = OF_NODE.exec(path) ?? [];
  return { source, node, namespace: null, pod: null };
}

/** A kubelet tells about many pods: its labels say which. */
function placeOf(
  { source, namespace, pod }: Origin,
  { labels }: Sample,
): { namespace: string | null; pod: string | null; container: string | null } {
  if (source !== 'cadvisor' && source !== 'probes') return { namespace, pod, container: null };
  return {
    namespace: labels['namespace'] || null,
    pod: labels['pod'] || null,
    container: labels['container'] || null,
  };
}
