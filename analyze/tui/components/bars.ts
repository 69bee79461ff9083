/** The rows around a screen: the status bar above, the trail, and the hints below. */
import { parseTime, formatTime } from '../../../src/core/time.ts';
import { plural } from '../../../src/core/text.ts';
import { clockName } from '../clock.ts';
import { activeBindings, reachableKeys, type ActionId, type Binding, type KeyContext } from '../keymap.ts';
import { keyLabel } from '../keys.ts';
import type { Env } from '../screen.ts';
import { cell, fit, truncate, widthOf } from '../width.ts';

/** Cluster, time of the capture, how it ended, gaps, and how times are shown. */
export function drawStatusBar(env: Env, width: number): string {
  const { bundle, capturedAt, gaps } = env.verdict;
  const at = parseTime(capturedAt);
  const captured = at === undefined ? capturedAt : formatTime(at, 0).replace('T', ' ');
  const end = bundle.end === 'complete' ? '' : ` · ${bundle.end.toUpperCase()}`;
  const gapText = gaps.length === 0 ? 'no gaps' : `${plural(gaps.length, 'gap')} (u)`;
  const right = ` ${clockName(env.clock.mode)} `;
  const rest = ` · captured ${captured}${end} · ${gapText}`;
  const room = width - widthOf(right) - widthOf(rest) - ' inquest · '.length;
  const left = ` inquest · ${truncate(cell(bundle.cluster), Math.max(6, room))}${rest}`;
  return env.theme.paint('bar', fit(left, width - widthOf(right)) + right);
}

/** Where one is: the screens that Esc leads back through, the last one whole. */
export function drawTrail(crumbs: readonly string[], status: string, env: Env, width: number): string {
  const right = status === '' ? '' : ` ${cell(status)}`;
  const room = Math.max(1, width - widthOf(right) - 1);
  const safe = crumbs.map(cell);
  let shown = safe;
  while (shown.length > 1 && widthOf(shown.join(' › ')) > room)
    shown = ['…', ...shown.slice(shown[0] === '…' ? 2 : 1)];
  const text = fit(shown.join(' › '), room);
  return ` ${env.theme.paint('title', text)}${env.theme.paint('label', right)}`;
}

/** What the hints show first where not all fit; what belongs to one view alone comes before. */
const FIRST: readonly ActionId[] = ['open', 'view-evidence', 'replay', 'timeline', 'search', 'command'];
const FIRST_IN_TABLES: readonly ActionId[] = [
  'open',
  'filter',
  'describe',
  'yaml',
  'logs',
  'events',
  'timeline',
];

function place(binding: Binding, contexts: readonly KeyContext[]): number {
  if (['replay', 'timeline', 'logs', 'sql'].includes(binding.context)) return -1;
  const first = contexts.includes('table') ? FIRST_IN_TABLES : FIRST;
  const index = first.indexOf(binding.action);
  return index < 0 ? first.length : index;
}

/** The keys a newcomer needs here, as many as fit. */
export function drawHints(contexts: readonly KeyContext[], env: Env, width: number): string {
  let used = 1;
  let line = ' ';
  const bindings = activeBindings(contexts)
    .filter((entry) => entry.hint !== undefined)
    .toSorted((a, b) => place(a, contexts) - place(b, contexts));
  // Help and quit always fit: they are what one looks for when lost.
  const last = bindings.filter((entry) => entry.action === 'help' || entry.action === 'quit');
  const reserve = last.length * 12;
  for (const entry of [...bindings.filter((entry) => !last.includes(entry)), ...last]) {
    const key = `<${keyLabel(reachableKeys(entry, contexts)[0] ?? '')}>`;
    const hint = entry.hint ?? '';
    const size = key.length + 1 + hint.length + 2;
    if (used + size > width - (last.includes(entry) ? 0 : reserve)) continue;
    line += `${env.theme.paint('label', key)} ${env.theme.paint('dim', hint)}  `;
    used += size;
  }
  return line;
}
