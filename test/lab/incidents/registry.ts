/** Every incident that is recorded as a sample and re-made by the lab's tests. */
import type { Incident } from './incident.ts';
import { readinessOnDependency } from './readiness-on-dependency.ts';
import { selectorMismatch } from './selector-mismatch.ts';
import { targetPortRollout } from './target-port-rollout.ts';

export const incidents: readonly Incident[] = [selectorMismatch, targetPortRollout, readinessOnDependency];
