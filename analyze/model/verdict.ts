/** `inquest-verdict/1`: the one answer from which text, JSON, SARIF, the UI and everything else is drawn. */
import { z } from 'zod';
import { evidenceSchema, findingSchema, objectRefSchema } from './finding.ts';
import { focusSchema } from './focus.ts';
import { SHARING } from './sharing.ts';
import { LAYERS, layerStatusSchema } from './layer.ts';

export const VERDICT_FORMAT = 'inquest-verdict/1';

/** One way a request travels, and what each layer of it looks like. */
export const pathSchema = z.object({
  /** `service/shop/payment:80`, `ingress/shop/web#shop.example/pay`. */
  key: z.string(),
  client: z.string().optional(),
  service: z.string().optional(),
  host: z.string().optional(),
  port: z.union([z.string(), z.number()]).optional(),
  layers: z.record(z.enum(LAYERS), layerStatusSchema),
  /** Why a layer is `unknown`: a gap's key, or `no-check` where this version has no check for it. */
  because: z.partialRecord(z.enum(LAYERS), z.string()),
  /** Keys of the findings behind each layer that is not `pass`. */
  findings: z.array(z.string()),
});
export type Path = z.infer<typeof pathSchema>;

/** Something that changed before a root began: a suspect, never a proof. */
export const suspectSchema = z.object({
  at: z.string(),
  /** Before the root's onset, in milliseconds (0: at the same time). */
  beforeMs: z.number(),
  object: objectRefSchema,
  summary: z.string(),
  basis: z.enum(['observed', 'inferred']),
  source: z.string(),
});
export type Suspect = z.infer<typeof suspectSchema>;

/** One step of a chain: the finding, and how it follows from the one before it. */
export const linkSchema = z.object({
  finding: z.string(),
  /** By which relation (analyze/model/sharing.ts) it follows from the finding before; absent for the first. */
  relation: z.enum(SHARING).optional(),
  /** The same in a clause: `Deployment web names Service db`. */
  because: z.string().optional(),
  /** What shows that the two are joined; what shows each finding is with the finding. */
  evidence: z.array(evidenceSchema),
});
export type Link = z.infer<typeof linkSchema>;

/** How a root leads to a symptom at the end of its consequences, step by step. */
export const chainSchema = z.object({
  /** A root, or a symptom that nothing explains. */
  root: z.string(),
  symptom: z.string(),
  /** `selector mismatch (Service pay) → no endpoints (Service pay) → crash loop (Deployment web)`. */
  text: z.string(),
  links: z.array(linkSchema),
  /** Keys of the broken paths on which the chain ends. */
  paths: z.array(z.string()),
});
export type Chain = z.infer<typeof chainSchema>;

/** Something that was broken and is not any more: never a root, and no finding. */
export const overSchema = z.object({
  object: objectRefSchema,
  summary: z.string(),
  /** When it began, if anything tells. */
  from: z.string().optional(),
  /** When it ended. */
  to: z.string(),
  basis: z.enum(['observed', 'inferred']),
  source: z.string(),
  evidence: z.array(evidenceSchema).min(1),
});
export type Over = z.infer<typeof overSchema>;

/** A question that could not be answered, and the gap that is to blame. */
export const unknownSchema = z.object({
  check: z.string(),
  object: objectRefSchema.optional(),
  because: z.string(),
  /** In a sentence. */
  detail: z.string().optional(),
});
export type Unknown = z.infer<typeof unknownSchema>;

export const verdictSchema = z.object({
  format: z.literal(VERDICT_FORMAT),
  bundle: z.object({
    id: z.string(),
    cluster: z.string(),
    version: z.string().optional(),
    startedAt: z.string(),
    endedAt: z.string().optional(),
    /** `complete`, `deadline`, `interrupted` as the manifest says, or `cut` without one. */
    end: z.enum(['complete', 'deadline', 'interrupted', 'cut']),
    tool: z.string(),
  }),
  capturedAt: z.string(),
  /** Where something was asked about (`--focus`): the answer for it. Its roots come first in `roots`. */
  focus: focusSchema.optional(),
  /** Ranked; the first is the verdict. Empty when healthy. */
  roots: z.array(z.string()),
  /** Symptoms that no finding explains. */
  unexplained: z.array(z.string()),
  /** For each of them, the checks that might have found its cause and could not, and the gap to blame. */
  hiding: z.record(z.string(), z.array(z.object({ check: z.string(), because: z.string() }))),
  findings: z.array(findingSchema),
  /** For each root and unexplained symptom its ways down to what it broke, the longest first. */
  chains: z.array(chainSchema),
  /** What was broken and was mended shortly before the capture, the latest first. */
  over: z.array(overSchema),
  /** For each root, and the first unexplained symptoms: what changed before it began, the likeliest first. */
  suspects: z.record(z.string(), z.array(suspectSchema)),
  paths: z.array(pathSchema),
  unknown: z.array(unknownSchema),
  /** Checks that threw: a bug of ours, never a finding. */
  errors: z.array(z.object({ check: z.string(), message: z.string() })),
  /** Every check that ran: how many it judged and how they came out. */
  checks: z.array(
    z.object({
      id: z.string(),
      outcome: z.enum(['fail', 'pass', 'unknown', 'error']),
      failed: z.number().int(),
      passed: z.number().int(),
      unknown: z.number().int(),
    }),
  ),
  gaps: z.array(
    z.object({
      key: z.string(),
      evidence: z.string(),
      reason: z.string(),
      summary: z.string(),
      detail: z.string(),
    }),
  ),
});
export type Verdict = z.infer<typeof verdictSchema>;
