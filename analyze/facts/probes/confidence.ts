/** How sure a probe's fault is. */
import type { Finding } from '../../model/finding.ts';

export type Confidence = Finding['confidence'];
