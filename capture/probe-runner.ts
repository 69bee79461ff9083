/** Runs a probe as a collector: its results become lines of `probes/<id>.ndjson`. */
import { probePath } from '../src/bundle/paths.ts';
import type { Collector } from './collector.ts';
import type { Probe } from './probe.ts';

/** The probe as a collector of the tier `probes`. What it had yielded before it was stopped is kept. */
export function asCollector(probe: Probe): Collector {
  return {
    id: probe.id,
    title: probe.title,
    tier: 'probes',
    async run(context) {
      const lines: string[] = [];
      const results = probe.run(context)[Symbol.asyncIterator]();
      try {
        while (!context.signal.aborted) {
          const next = await results.next();
          if (next.done === true) break;
          lines.push(`${JSON.stringify(next.value)}\n`);
          context.count(1);
        }
      } finally {
        const body = context.redactor.text(
          { evidence: 'probe', name: probe.id },
          Buffer.from(lines.join('')),
        );
        if (lines.length > 0) await context.write(probePath(probe.id), body);
      }
    },
  };
}
