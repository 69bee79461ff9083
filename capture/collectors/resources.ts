/** Every listable kind that the cluster serves, custom resources included, as it is served. */
import type { Collector } from '../collector.ts';
import { SERVED_TWICE } from '../kinds.ts';
import { resourceId } from '../../src/core/ids.ts';

const collector: Collector = {
  id: 'resources',
  title: 'all other objects',
  tier: 'rest',
  async run(context) {
    const wanted = (await context.resources(context)).filter(
      ({ group, plural }) => !SERVED_TWICE.has(resourceId(group, plural)),
    );
    await Promise.all(wanted.map((resource) => context.lists.take(context, resource)));
  },
};
export default collector;
