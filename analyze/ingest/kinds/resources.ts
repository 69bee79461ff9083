/** `resources/<group>/<version>/<plural>/*.ndjson`: objects of every kind, as served, and the typed tables over them. */
import { resourceId } from '../../../src/core/ids.ts';
import type { Entry, IngestContext, IngestRun, Ingester } from '../ingester.ts';
import { objectLoader } from '../objects.ts';
import { lineSink } from '../sinks.ts';

const PATH = /^resources\/([^/]+)\/([^/]+)\/([^/]+)\/[^/]*\.ndjson$/;

/** Group, version and plural that a part's path names. */
export function resourceOfPath(path: string): { resource: string; version: string } | undefined {
  const match = PATH.exec(path);
  if (!match) return undefined;
  const [, folder = '', version = '', plural = ''] = match;
  return { resource: resourceId(folder === 'core' ? '' : folder, plural), version };
}

const unit: Ingester = {
  id: 'resources',
  paths: PATH,
  start(context: IngestContext): IngestRun {
    const load = objectLoader(context.out);
    return {
      open(entry: Entry) {
        const of = resourceOfPath(entry.path);
        if (of === undefined) throw new Error(`${entry.path} is no part of a list`);
        return lineSink({
          line(bytes, number) {
            const problem = load(of.resource, bytes, entry.fileId, number);
            if (problem !== undefined) context.invalid(entry, number, problem);
          },
          tooLong: (number) => context.invalid(entry, number, 'longer than 192 MiB'),
        });
      },
    };
  },
};
export default unit;
