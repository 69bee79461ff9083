/** What kinds the cluster serves, as its discovery documents say. */
import type { Collector } from '../collector.ts';

const collector: Collector = {
  id: 'discovery',
  title: 'which kinds there are',
  tier: 'rest',
  async run(context) {
    // The documents are written and the gaps told where discovery happens: it is asked for once, by whoever needs it first.
    context.count((await context.resources(context)).length);
  },
};
export default collector;
