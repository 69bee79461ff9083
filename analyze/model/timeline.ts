/** `inquest-timeline/1`: entries of the merged line of time as `inquest timeline --format json` prints them. */
import { z } from 'zod';

export const TIMELINE_FORMAT = 'inquest-timeline/1';

/** In the order of their numbers in the table `timeline`: 0 is uncovered time, which is no event. */
export const SEVERITIES = ['unknown', 'trace', 'normal', 'warning', 'error'] as const;
export const severitySchema = z.enum(SEVERITIES);
export type SeverityName = z.infer<typeof severitySchema>;

export const timelineEntrySchema = z.object({
  /** Its place on the line of time, counted from 1; entries with equal times keep it. */
  id: z.number().int(),
  /** RFC 3339 UTC, up to microseconds. */
  at: z.string(),
  /** The end of what lasts, or of an interval within which it happened. */
  until: z.string().optional(),
  /** events, conditions, containers, pods, replicasets, objects, managed-fields, logs, probes, changes, gaps, coverage. */
  source: z.string(),
  severity: severitySchema,
  /** `observed`: this time was written down. `inferred`: worked out. `unknown`: time without evidence. */
  basis: z.enum(['observed', 'inferred', 'unknown']),
  object: z.object({ kind: z.string(), namespace: z.string().optional(), name: z.string() }).optional(),
  namespace: z.string().optional(),
  reason: z.string().optional(),
  text: z.string(),
  /** Entry of the bundle, and the line in it, counted from 1. */
  file: z.string().optional(),
  line: z.number().int().optional(),
});
export type TimelineEntry = z.infer<typeof timelineEntrySchema>;

/** A moment that the verdict names: since when a root cause has been there. */
export const timelineMarkSchema = z.object({
  at: z.string(),
  finding: z.string(),
  text: z.string(),
  basis: z.string(),
});
export type TimelineMark = z.infer<typeof timelineMarkSchema>;

export const timelineSchema = z.object({
  format: z.literal(TIMELINE_FORMAT),
  capturedAt: z.string().optional(),
  /** What was asked for; an absent bound is open. */
  window: z.object({ from: z.string().optional(), to: z.string().optional() }),
  /** Entries on the whole line of time, whatever was asked for. */
  total: z.number().int(),
  /** Entries that a filter other than the window hides within it. */
  hidden: z.number().int(),
  marks: z.array(timelineMarkSchema),
  entries: z.array(timelineEntrySchema),
});
export type Timeline = z.infer<typeof timelineSchema>;
