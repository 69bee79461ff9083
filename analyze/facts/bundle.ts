/** What a verdict says of the bundle it was made from. */
import { formatTime } from '../../src/core/time.ts';
import type { Verdict } from '../model/verdict.ts';
import type { Store } from '../store/store.ts';
import type { CaptureClock } from './clock.ts';
import { NOTES } from './object-rows.ts';

export function bundleFacts(store: Store, clock: CaptureClock): Verdict['bundle'] {
  const notes = new Map(store.all(NOTES).map(({ key, value }) => [key, value]));
  const end = notes.get('end');
  const version = notes.get('version');
  return {
    id: notes.get('id') ?? '',
    cluster: notes.get('cluster') ?? '',
    ...(version === undefined || version === '' ? {} : { version }),
    startedAt: formatTime(clock.startedAt),
    ...(notes.get('ended_at') === undefined ? {} : { endedAt: formatTime(clock.endedAt) }),
    end: end === 'complete' || end === 'deadline' || end === 'interrupted' ? end : 'cut',
    tool: notes.get('tool') ?? '',
  };
}
