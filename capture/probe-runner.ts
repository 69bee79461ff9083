/** Runs a probe as a collector: its results become lines of `probes/<id>.ndjson`, written as they come. */
import { probePath } from '../src/bundle/paths.ts';
import type { ProbeResult } from '../src/bundle/format.ts';
import type { Collector, CollectorContext } from './collector.ts';
import { ApiFailure, failureOf, gapOf } from './failure.ts';
import type { Probe } from './probe.ts';

/** A capture that is killed has all results but those of the last second. */
const WRITE_EVERY_MS = 1000;

/**
 * The probe as a collector of the tier `probes`. What it had yielded before it was stopped is kept, what was under way then
 * is waited for, and that it was stopped is a gap: a line that is missing must not look like one that nobody wanted.
 */
export function asCollector(probe: Probe): Collector {
  return {
    id: probe.id,
    title: probe.title,
    tier: 'probes',
    async run(context) {
      const { signal } = context;
      if (signal.aborted) return tellCut(context, probe, 'was not begun');
      const lines = linesOf(context, probe.id);
      // Whatever does not end in time is left behind: so at once, not at its end.
      const stopped = (): void => {
        tellCut(context, probe, 'was cut short; its other results did not come');
        lines.flush().catch(() => undefined);
      };
      signal.addEventListener('abort', stopped, { once: true });
      try {
        for await (const result of probe.run(context)) await lines.add(result);
      } catch (error) {
        if (!signal.aborted) throw error;
      } finally {
        signal.removeEventListener('abort', stopped);
        await lines.flush();
      }
    },
  };
}

function tellCut(context: CollectorContext, { id }: Probe, what: string): void {
  const { reason, message } = failureOf(context.signal.reason);
  context.gap(
    gapOf(
      { key: `probe:${id}/cut`, evidence: 'probe', subject: { probe: id }, partial: true },
      new ApiFailure(reason, `the probe ${id} ${what}: ${message}`),
    ),
  );
}

export interface Lines {
  add(result: ProbeResult): Promise<void>;
  flush(): Promise<void>;
}

/** By capture, found by what its collectors share: how many parts each probe has. */
const parts = new WeakMap<object, Map<string, number>>();

/** Writes results of this probe as further parts of its file. */
export function linesOf(context: CollectorContext, id: string): Lines {
  const counts = parts.get(context.inventory) ?? new Map<string, number>();
  parts.set(context.inventory, counts);
  let lines: string[] = [];
  let written = Date.now();
  const flush = async (): Promise<void> => {
    if (lines.length === 0) return;
    const body = context.redactor.text({ evidence: 'probe', name: id }, Buffer.from(lines.join('')));
    lines = [];
    const part = (counts.get(id) ?? 0) + 1;
    counts.set(id, part);
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
