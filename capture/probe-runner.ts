/** Runs a probe as a collector: its results become lines of `probes/<id>.ndjson`, written as they come. */
import { probePath } from '../src/bundle/paths.ts';
import type { ProbeResult } from '../src/bundle/format.ts';
import type { Collector, CollectorContext } from './collector.ts';
import type { Probe } from './probe.ts';

/** A capture that is killed has all results but those of the last second. */
const WRITE_EVERY_MS = 1000;

/** The probe as a collector of the tier `probes`. What it had yielded before it was stopped is kept. */
export function asCollector(probe: Probe): Collector {
  return {
    id: probe.id,
    title: probe.title,
    tier: 'probes',
    async run(context) {
      const lines = writer(context, probe.id);
      const results = probe.run(context)[Symbol.asyncIterator]();
      try {
        while (!context.signal.aborted) {
          const next = await results.next();
          if (next.done === true) break;
          await lines.add(next.value);
        }
      } finally {
        await lines.flush();
      }
    },
  };
}

interface Lines {
  add(result: ProbeResult): Promise<void>;
  flush(): Promise<void>;
}

function writer(context: CollectorContext, id: string): Lines {
  let lines: string[] = [];
  let part = 0;
  let written = Date.now();
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const body = context.redactor.text({ evidence: 'probe', name: id }, Buffer.from(lines.join('')));
    lines = [];
    part += 1;
    written = Date.now();
    await context.write(probePath(id, part), body);
  };
  return {
    flush,
    async add(result) {
      lines.push(`${JSON.stringify(result)}\n`);
      context.count(1);
      if (Date.now() - written >= WRITE_EVERY_MS) await flush();
    },
  };
}
