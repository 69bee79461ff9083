/** A replay: one path, walked layer by layer at a time T. Drawn by the command line and the UI; computed in analyze/replay. */
import { z } from 'zod';
import { evidenceSchema } from './finding.ts';
import { layerStatusSchema } from './layer.ts';

/** The stations of a request, in the order it travels. `pod` is judged together with the node beneath it. */
export const STATIONS = ['client', 'dns', 'edge', 'service', 'policy', 'pod', 'platform'] as const;

export const replayStepSchema = z.object({
  station: z.enum(STATIONS),
  /** `Service shop/payment, port http`. */
  title: z.string(),
  /** `none`: the path does not cross it. */
  status: layerStatusSchema,
  /** What this layer looks at to do its part, one line each (`selector app=payment-v1`). */
  looked: z.array(z.string()),
  /** What it found, in a sentence. */
  found: z.string(),
  evidence: z.array(evidenceSchema),
  /** What follows for the layer above, in a sentence. */
  means: z.string(),
  /** Whether the state shown was seen at T, worked out for T, or not known. */
  basis: z.enum(['observed', 'inferred', 'unknown']),
  findings: z.array(z.string()),
  /** When a layer cannot say: the gap, or that no check of this version judges it. */
  because: z.string().optional(),
});
export type ReplayStep = z.infer<typeof replayStepSchema>;

export const replaySchema = z.object({
  format: z.literal('inquest-replay/1'),
  path: z.string(),
  /** The moment shown. */
  at: z.string(),
  capturedAt: z.string(),
  /** The moments at which something about this path changed, oldest first; stepping through time goes along them. */
  moments: z.array(z.object({ at: z.string(), text: z.string(), basis: z.enum(['observed', 'inferred']) })),
  steps: z.array(replayStepSchema),
  /** The station that breaks first on the way, if one does. */
  stopsAt: z.enum(STATIONS).optional(),
});
export type Replay = z.infer<typeof replaySchema>;
