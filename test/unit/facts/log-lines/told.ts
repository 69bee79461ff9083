/** One line, and what the product must read out of it. */
import type { DependencyWay } from '../../../../analyze/facts/logs/ways.ts';

/** In which way a dependency fails, where it is (undefined where the line does not say), and the line. */
export type Told = readonly [way: DependencyWay, target: string | undefined, text: string];
