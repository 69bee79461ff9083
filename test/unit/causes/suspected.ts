/** The suspects of a finding on Deployment pay that began at 14:10:00, for tests of what counts as one. */
import { judge } from '../../../analyze/judge.ts';
import type { Suspect } from '../../../analyze/model/verdict.ts';
import { storeFrom, type EvidenceGiven, type KubeObject } from '../../support/evidence.ts';
import { workload } from '../../support/kube-objects.ts';
import { at, check, found } from './findings.ts';

export const PAY = { apiVersion: 'apps/v1', kind: 'Deployment', namespace: 'shop', name: 'pay' };

/** What a finding on Deployment pay that began at 14:10:00 has for suspects. */
function suspects(
  objects: readonly KubeObject[],
  object: typeof PAY | KubeObject = PAY,
  more: EvidenceGiven = {},
): readonly Suspect[] {
  const store = storeFrom({ ...more, objects });
  const ref = object as typeof PAY;
  try {
    const verdict = judge(store, [
      check('service/a', {
        run: () => [{ outcome: 'fail', finding: found(ref, { since: at('14:10:00') }) }],
      }),
    ]);
    return Object.values(verdict.suspects)[0] ?? [];
  } finally {
    store.close();
  }
}

/** Clock, words and basis of each. */
export const told = (
  objects: readonly KubeObject[],
  object?: KubeObject,
  more?: EvidenceGiven,
): Array<[string, string, string]> =>
  suspects(objects, object, more).map(({ at: when, summary, basis }) => [when.slice(11, 19), summary, basis]);

export const pay = workload('pay', { pods: { app: 'pay' } });
