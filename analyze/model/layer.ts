/** The layers of a request's way, numbered as a person would debug them. */
import { z } from 'zod';

export const LAYERS = ['platform', 'pod', 'service', 'policy', 'dns', 'edge'] as const;
export const layerSchema = z.enum(LAYERS);
export type Layer = z.infer<typeof layerSchema>;

/** What a layer of a path looks like: `none` where the path does not cross it. */
export const LAYER_STATUS = ['pass', 'fail', 'unknown', 'none'] as const;
export const layerStatusSchema = z.enum(LAYER_STATUS);
export type LayerStatus = z.infer<typeof layerStatusSchema>;

/** The order in which a request meets the layers; platform carries all of them. */
export const REQUEST_ORDER = [
  'dns',
  'edge',
  'service',
  'policy',
  'pod',
  'platform',
] as const satisfies readonly Layer[];
