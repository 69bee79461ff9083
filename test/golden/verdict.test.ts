/** Several faults at once: the whole verdict as data and as text, held against what was reviewed. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../analyze/judge.ts';
import { verdictSchema } from '../../analyze/model/verdict.ts';
import text from '../../analyze/report/formats/text.ts';
import { busyNamespace } from '../support/busy-namespace.ts';
import { storeFrom } from '../support/evidence.ts';

describe('the verdict on a namespace in which everything is wrong at once', () => {
  const store = storeFrom(busyNamespace());
  const verdict = judge(store);
  store.close();

  it('is as it was, name by name', async () => {
    verdictSchema.parse(verdict);
    await expect(`${JSON.stringify(verdict, null, 2)}\n`).toMatchFileSnapshot('busy-namespace.verdict.json');
  });

  it('reads as it did', async () => {
    await expect(text.render(verdict, { source: 'bundle.tar.gz' })).toMatchFileSnapshot('busy-namespace.txt');
  });
});
