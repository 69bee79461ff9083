/** `bundle.json`: what is captured, of which cluster, since when. */
import { headerSchema } from '../../../src/bundle/format.ts';
import { parseTime } from '../../../src/core/time.ts';
import { schemaSink } from '../documents.ts';
import type { Ingester } from '../ingester.ts';

const unit: Ingester = {
  id: 'header',
  paths: /^bundle\.json$/,
  start(context) {
    return {
      open: (entry) =>
        schemaSink(headerSchema, entry, context, (header, text) => {
          context.note('id', header.id);
          context.note('cluster', header.cluster.name);
          if (header.cluster.version !== undefined) context.note('version', header.cluster.version);
          context.note('tool', `${header.tool.name} ${header.tool.version}`);
          const startedAt = parseTime(header.startedAt);
          if (startedAt !== undefined) context.note('started_at', String(startedAt));
          context.note('header', text);
        }),
    };
  },
};
export default unit;
