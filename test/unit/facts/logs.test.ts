import { expect, it } from 'vitest';
import { logTails } from '../../../analyze/facts/logs/logs.ts';
import { storeFrom } from '../../support/evidence.ts';

const lines = (from: number, to: number): string =>
  Array.from(
    { length: to - from + 1 },
    (_, nth) => `2026-05-01T14:29:${String(from + nth).padStart(2, '0')}Z line ${from + nth}\n`,
  ).join('');

it('reads the end of one log across its parts, and of no other', () => {
  const of = { namespace: 'shop', pod: 'pay-a', container: 'app' };
  const store = storeFrom({
    logs: [
      { ...of, part: 1, text: lines(1, 5) },
      { ...of, part: 2, text: lines(6, 8) },
      { ...of, previous: true, text: lines(20, 22) },
      { ...of, pod: 'pay-b', text: lines(30, 40) },
    ],
  });
  const tail = logTails(store);
  const pod = { namespace: 'shop', name: 'pay-a' };
  const texts = (previous: boolean, count: number): string[] =>
    tail(pod, 'app', previous, count).map(({ text }) => text);
  expect(texts(false, 4)).toEqual(['line 5', 'line 6', 'line 7', 'line 8']);
  expect(texts(false, 100)).toHaveLength(8);
  // What was read before serves for less, and the lines are the very same.
  expect(texts(false, 2)).toEqual(['line 7', 'line 8']);
  expect(tail(pod, 'app', false, 2)[0]).toBe(tail(pod, 'app', false, 100)[6]);
  expect(texts(true, 2)).toEqual(['line 21', 'line 22']);
  expect(tail(pod, 'app', false, 4).map(({ file, line }) => [file.split('/').at(-1), line])).toEqual([
    ['app.log', 5],
    ['app.2.log', 1],
    ['app.2.log', 2],
    ['app.2.log', 3],
  ]);
  expect(tail({ namespace: 'shop', name: 'absent' }, 'app', false, 4)).toEqual([]);
  store.close();
});
