/** `resources/…/list[.<namespace>].json`: which lists were asked for, and how they ended. */
import { listSchema } from '../../../src/bundle/format.ts';
import { resourceId } from '../../../src/core/ids.ts';
import { schemaSink } from '../documents.ts';
import type { Ingester } from '../ingester.ts';
import { time } from '../read.ts';

const unit: Ingester = {
  id: 'lists',
  paths: /^resources\/[^/]+\/[^/]+\/[^/]+\/list(\.[^/]+)?\.json$/,
  start(context) {
    const add = context.out.insert('lists', [
      'resource',
      'version',
      'kind',
      'namespaced',
      'namespace',
      'selector',
      'outcome',
      'items',
      'started_at',
      'ended_at',
      'gap',
      'from_cache',
    ]);
    return {
      open: (entry) =>
        schemaSink(listSchema, entry, context, (list) => {
          add(
            resourceId(list.group, list.plural),
            list.version,
            list.kind,
            list.namespaced ? 1 : 0,
            list.namespace ?? null,
            list.selector ?? null,
            list.outcome,
            list.items,
            time(list.startedAt),
            time(list.endedAt),
            list.gap ?? null,
            list.fromCache === true ? 1 : 0,
          );
        }),
    };
  },
};
export default unit;
