/** Events before all else: they expire within the hour. */
import type { Collector } from '../collector.ts';
import { EVENTS } from '../kinds.ts';

const collector: Collector = {
  id: 'events',
  title: 'Events',
  tier: 'events',
  async run(context) {
    await context.lists.take(context, EVENTS);
  },
};
export default collector;
