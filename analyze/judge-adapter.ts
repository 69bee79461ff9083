/** Finds the judge at run time, as long as it may not be part of the tree; goes when analyze/judge.ts is there. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { formatTime } from '../src/core/time.ts';
import { VERDICT_FORMAT, type Verdict } from './model/verdict.ts';
import type { Store } from './store/store.ts';

type Judge = (store: Store) => Verdict;

export async function findJudge(): Promise<Judge> {
  const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
  const url = new URL(`./judge.${extension}`, import.meta.url);
  if (!existsSync(fileURLToPath(url))) return unjudged;
  const loaded = (await import(url.href)) as { judge: Judge };
  return loaded.judge;
}

/** Says that nothing was judged; never that all is well. */
function unjudged(store: Store): Verdict {
  const notes = new Map(
    store
      .all<{ key: string; value: string }>('SELECT key, value FROM bundle')
      .map(({ key, value }) => [key, value]),
  );
  const startedAt = formatTime(Number(notes.get('started_at') ?? 0));
  const endedAt = notes.get('ended_at');
  const end = notes.get('end');
  return {
    format: VERDICT_FORMAT,
    bundle: {
      id: notes.get('id') ?? '',
      cluster: notes.get('cluster') ?? '',
      startedAt,
      ...(endedAt === undefined ? {} : { endedAt: formatTime(Number(endedAt)) }),
      end: end === 'complete' || end === 'deadline' || end === 'interrupted' ? end : 'cut',
      tool: notes.get('tool') ?? '',
    },
    capturedAt: startedAt,
    roots: [],
    unexplained: [],
    findings: [],
    suspects: {},
    paths: [],
    unknown: [],
    errors: [{ check: 'judge', message: 'this build has no judge: nothing was judged' }],
    checks: [],
    gaps: [],
  };
}
