/** `resources/<group>/<version>/<plural>/*.ndjson`: objects of every kind, as served, and the typed tables over them. */
import { joinApiVersion, resourceId } from '../../../src/core/ids.ts';
import { kindOfWord } from '../../../src/k8s/kinds.ts';
import type { Entry, IngestContext, IngestRun, Ingester } from '../ingester.ts';
import { objectLoader, type ListedAs } from '../objects.ts';
import { lineSink } from '../sinks.ts';

const PATH = /^resources\/([^/]+)\/([^/]+)\/([^/]+)\/[^/]*\.ndjson$/;

/** Groups whose plurals cannot be anything but the kinds that we know; `metrics.k8s.io` has pods of its own. */
const BUILT_IN =
  /^(|apps|autoscaling|batch|policy|(discovery|networking|gateway\.networking|coordination|events)\.k8s\.io)$/;

/** Group, version and plural that a part's path names. */
export function resourceOfPath(
  path: string,
): { resource: string; version: string; listed: ListedAs } | undefined {
  const match = PATH.exec(path);
  if (!match) return undefined;
  const [, folder = '', version = '', plural = ''] = match;
  const group = folder === 'core' ? '' : folder;
  const listed = {
    apiVersion: joinApiVersion(group, version),
    kind: BUILT_IN.test(group) ? (kindOfWord(plural) ?? '') : '',
  };
  return { resource: resourceId(group, plural), version, listed };
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
            const problem = load(of.resource, bytes, entry.fileId, number, of.listed);
            if (problem !== undefined) context.invalid(entry, number, problem);
          },
          tooLong: (number) => context.invalid(entry, number, 'longer than 192 MiB'),
        });
      },
    };
  },
};
export default unit;
