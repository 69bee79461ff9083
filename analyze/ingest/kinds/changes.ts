/** `changes/<group>/<version>/<plural>[.<part>].ndjson`: what a watch saw between the list and the end of the capture. */
import { isRecord, parseJson } from '../../../src/core/json.ts';
import { resourceId } from '../../../src/core/ids.ts';
import { attempt } from '../attempt.ts';
import type { Ingester } from '../ingester.ts';
import { fields, text, time } from '../read.ts';
import { lineSink } from '../sinks.ts';

const PATH = /^changes\/([^/]+)\/[^/]+\/([^/.]+)(?:\.\d+)?\.ndjson$/;
const TYPES: ReadonlySet<unknown> = new Set(['ADDED', 'MODIFIED', 'DELETED']);

const unit: Ingester = {
  id: 'changes',
  paths: PATH,
  start(context) {
    const add = context.out.insert('changes', [
      'at',
      'type',
      'resource',
      'api_version',
      'kind',
      'namespace',
      'name',
      'uid',
      'resource_version',
      'jsonb:body',
      'file_id',
      'line',
    ]);
    return {
      open(entry) {
        const [, folder = '', plural = ''] = PATH.exec(entry.path) ?? [];
        const resource = resourceId(folder === 'core' ? '' : folder, plural);
        return lineSink({
          line(bytes, number) {
            const change = fields(parseJson(bytes));
            const { object, type } = change;
            const at = time(change['at']);
            const metadata = isRecord(object) ? fields(object['metadata']) : undefined;
            const name = text(metadata?.['name']);
            if (
              at === null ||
              !TYPES.has(type) ||
              !isRecord(object) ||
              metadata === undefined ||
              name === null
            ) {
              context.invalid(entry, number, 'no watch event with time, type and object');
              return;
            }
            const refused = attempt(() => {
              add(
                at,
                text(type),
                resource,
                text(object['apiVersion']) ?? '',
                text(object['kind']) ?? '',
                text(metadata['namespace']),
                name,
                text(metadata['uid']),
                text(metadata['resourceVersion']),
                JSON.stringify(object),
                entry.fileId,
                number,
              );
            });
            if (refused !== undefined) context.invalid(entry, number, refused);
          },
          tooLong: (number) => context.invalid(entry, number, 'longer than 192 MiB'),
        });
      },
    };
  },
};
export default unit;
