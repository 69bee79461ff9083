/** The verdict on evidence that a test puts together. */
import { judge } from '../../analyze/judge.ts';
import type { Verdict } from '../../analyze/model/verdict.ts';
import { storeFrom, type EvidenceGiven } from './evidence.ts';

/** What every check makes of it, through a store in memory. */
export function verdictOf(given: EvidenceGiven): Verdict {
  const store = storeFrom(given);
  try {
    return judge(store);
  } finally {
    store.close();
  }
}
