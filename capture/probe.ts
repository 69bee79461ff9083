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
  /**
   * More of them in the last second of the capture, of what had not started when it was asked (capture/late.ts); nothing
   * where `run` never came to ask.
   */
  late?(context: CollectorContext): AsyncIterable<ProbeResult>;
}
