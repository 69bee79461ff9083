/** Entries that are one JSON document of our own format, checked by its schema. */
import { parseJson } from '../../src/core/json.ts';
import type { z } from 'zod';
import type { Entry, IngestContext, Sink } from './ingester.ts';
import { documentSink } from './sinks.ts';

/** A sink that parses the whole entry by a schema; what does not fit is counted as invalid. */
export function schemaSink<T>(
  schema: z.ZodType<T>,
  entry: Entry,
  context: IngestContext,
  done: (document: T, text: string) => void,
): Sink {
  return documentSink((bytes) => {
    if (bytes === undefined) return context.invalid(entry, 1, 'larger than 64 MiB');
    const parsed = schema.safeParse(parseJson(bytes));
    if (parsed.success) done(parsed.data, bytes.toString('utf8'));
    else context.invalid(entry, 1, parsed.error.issues[0]?.message ?? 'not of its format');
  });
}
