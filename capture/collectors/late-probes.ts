/** Asks what had not started when it was asked first, in the last second of the capture: as more results of those probes. */
import type { Collector } from '../collector.ts';
import { linesOf } from '../probe-runner.ts';
import { probes } from '../probes/registry.ts';
import { finaleOf } from '../scrape.ts';

/** A capture that has all else waits no longer for it. */
const LIMIT_MS = 5000;

const collector: Collector = {
  id: 'late-probes',
  title: 'probes of what started meanwhile',
  tier: 'throughout',
  async run(context) {
    await finaleOf(context);
    // The time of collecting may be over; what is kept back for the last scrapes is for this too.
    const signal = AbortSignal.any([context.budget.lastSignal, AbortSignal.timeout(LIMIT_MS)]);
    const late = { ...context, signal };
    await Promise.all(
      probes.map(async (probe) => {
        if (probe.late === undefined) return;
        const lines = linesOf(context, probe.id);
        try {
          for await (const result of probe.late(late)) await lines.add(result);
        } finally {
          await lines.flush();
        }
      }),
    );
  },
};
export default collector;
