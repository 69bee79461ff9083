/** What a probe is: one file `capture/probes/<id>.ts` with a default export of this shape. */
import type { ProbeResult } from '../src/bundle/format.ts';
import type { CollectorContext } from './collector.ts';

export interface Probe {
  /** The file's name; results lie in `probes/<id>.ndjson`. */
  readonly id: string;
  readonly title: string;
  /**
   * Yields its results, the most telling first; each is in the bundle even when the rest never comes. What it leaves out
   * it tells by `context.gap`.
   */
  run(context: CollectorContext): AsyncIterable<ProbeResult>;
}
