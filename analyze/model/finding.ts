/** A finding: what a check says is wrong, and the evidence a person can open. Part of `inquest-verdict/1`. */
import { z } from 'zod';
import { layerSchema } from './layer.ts';

export const objectRefSchema = z.object({
  apiVersion: z.string(),
  kind: z.string(),
  namespace: z.string().optional(),
  name: z.string(),
});

/** One pointer into the bundle. `at` is RFC 3339 UTC; `path` a field path such as `spec.selector.app`. */
export const evidenceSchema = z.object({
  kind: z.enum(['field', 'event', 'log', 'probe', 'metric', 'change']),
  at: z.string().optional(),
  object: objectRefSchema.optional(),
  path: z.string().optional(),
  value: z.unknown().optional(),
  text: z.string().optional(),
  /** Entry of the bundle, and the line in it, counted from 1. */
  file: z.string().optional(),
  line: z.number().int().optional(),
});
export type Evidence = z.infer<typeof evidenceSchema>;

/**
 * Since when. Exactly known: `from` equals `to`. Only bounds known: they differ, or one is absent. `source` says what
 * it rests on, for people.
 */
export const sinceSchema = z.object({
  from: z.string().optional(),
  to: z.string().optional(),
  basis: z.enum(['observed', 'inferred', 'unknown']),
  source: z.string().optional(),
});
export type Since = z.infer<typeof sinceSchema>;

export const remedySchema = z.object({
  summary: z.string(),
  /** Commands that show the fault. */
  confirm: z.array(z.string()),
  /** Commands that end it. */
  mend: z.array(z.string()),
});
export type Remedy = z.infer<typeof remedySchema>;

export const findingSchema = z.object({
  key: z.string(),
  check: z.string(),
  layer: layerSchema,
  severity: z.enum(['critical', 'warning', 'advice']),
  confidence: z.enum(['certain', 'likely', 'possible']),
  /** A cause may be a root; a symptom is explained or said to be unexplained; advice is neither. */
  role: z.enum(['cause', 'symptom', 'advice']),
  object: objectRefSchema,
  /** It has no effect yet: something else stops what it would stop once that is mended. It explains nothing so far. */
  latent: z.boolean().optional(),
  summary: z.string(),
  detail: z.string(),
  evidence: z.array(evidenceSchema).min(1),
  since: sinceSchema,
  /** Other objects it is about (the pods of a Service), for joining and for the screen. */
  involves: z.array(objectRefSchema),
  /**
   * Services that its evidence shows its object to wait for (a log that names them). Where it is there, even empty, nothing
   * else that the object is configured with counts as what it depends on.
   */
  names: z.array(objectRefSchema).optional(),
  /** Keys of the findings that explain this one. */
  causes: z.array(z.string()),
  /** Keys of the findings that stop the path next, once this is mended. */
  masks: z.array(z.string()),
  remedy: remedySchema,
});
export type Finding = z.infer<typeof findingSchema>;

/** What a check returns: a finding without what the judgement adds. */
export type CheckFinding = Omit<Finding, 'check' | 'layer' | 'causes' | 'masks' | 'key' | 'role'> & {
  /** Tells apart several findings of one check on one object. */
  readonly part?: string;
  /** Only where a check's findings can be of either role. */
  readonly role?: Finding['role'];
};
