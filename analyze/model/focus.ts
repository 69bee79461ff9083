/** The answer for what the caller knows to be broken: `focus` of `inquest-verdict/1`, where it was asked for. */
import { z } from 'zod';
import { objectRefSchema } from './finding.ts';
import { LAYERS, layerStatusSchema } from './layer.ts';

export const focusSchema = z.object({
  /** As it was asked: `svc/pay`, `shop.example`. */
  asked: z.string(),
  /** The object meant; none for a host. */
  object: objectRefSchema.optional(),
  /** Keys of the paths that lead to it or over it. */
  paths: z.array(z.string()),
  /** Roots that lead to it, in their order, and over which Service where that is one it depends on. */
  roots: z.array(z.object({ finding: z.string(), through: z.string().optional() })),
  /** Findings on it that nothing explains. */
  unexplained: z.array(z.string()),
  /** The worst that any of its paths shows, and of what is unknown the gap. */
  layers: z.partialRecord(
    z.enum(LAYERS),
    z.object({ status: layerStatusSchema, because: z.string().optional() }),
  ),
  /** All of it in a sentence. */
  summary: z.string(),
});
export type FocusAnswer = z.infer<typeof focusSchema>;

/** `inquest-why-not/1`: why a check found nothing: what spoke against the fault, or what was missing. */
export const whyNotSchema = z.object({
  format: z.literal('inquest-why-not/1'),
  check: z.string(),
  title: z.string(),
  focus: z.string().optional(),
  /** What it needs or uses, and the gap where that did not come whole. */
  evidence: z.array(
    z.object({
      need: z.string(),
      needed: z.boolean(),
      gap: z.string().optional(),
      detail: z.string().optional(),
    }),
  ),
  answers: z.array(
    z.object({
      object: z.string().optional(),
      outcome: z.enum(['fail', 'pass', 'unknown']),
      because: z.string().optional(),
    }),
  ),
  /** Answers there are beyond those given. */
  more: z.number().int(),
  notConfusedWith: z.array(z.string()),
  error: z.string().optional(),
});
export type WhyNot = z.infer<typeof whyNotSchema>;
