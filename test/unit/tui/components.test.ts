import { describe, expect, it } from 'vitest';
import { keepTexts, meetsLabels, parseFilter, toExpression } from '../../../analyze/tui/components/filter.ts';
import { centerAt, moveList, windowTop } from '../../../analyze/tui/components/list.ts';
import {
  drawPrompt,
  promptKey,
  startPrompt,
  type PromptState,
} from '../../../analyze/tui/components/prompt.ts';
import { placeColumns } from '../../../analyze/tui/components/table.ts';
import { createClock } from '../../../analyze/tui/clock.ts';
import { copySequence } from '../../../analyze/tui/clipboard.ts';
import { createTheme, wantsColor } from '../../../analyze/tui/theme.ts';
import { lineOfPath, pathKeys } from '../../../analyze/tui/views/yaml.ts';
import { lowerBound, listIds, rangeIds, rangesIds, sliceIds, walk } from '../../../analyze/tui/data/ids.ts';

describe('filters', () => {
  const texts = ['payment-api-1 Running', 'cart-1 CrashLoopBackOff', 'coredns-x Running'];
  const kept = (filter: string): string[] =>
    keepTexts(parseFilter(filter), texts).map((index) => texts[index]?.split(' ')[0] ?? '');

  it('takes text and expressions, turns them round with !, and finds roughly with -f', () => {
    expect(kept('PAYMENT')).toEqual(['payment-api-1']);
    expect(kept('^c.*Running$')).toEqual(['coredns-x']);
    expect(kept('!running')).toEqual(['cart-1']);
    expect(kept('-f pymntapi')).toEqual(['payment-api-1']);
    expect(kept('zzz')).toEqual([]);
  });

  it('keeps everything while there is nothing to filter by yet', () => {
    for (const text of ['', ' ', '!', '-l', '-f']) expect(parseFilter(text)).toEqual({ kind: 'none' });
  });

  it('takes what is no expression as it is written', () => {
    expect(toExpression('a(b[').test('xa(b[y')).toBe(true);
  });

  it('judges labels as kubectl does', () => {
    const labels = new Map([
      ['app', 'pay'],
      ['tier', 'back'],
    ]);
    const meets = (text: string): boolean => {
      const filter = parseFilter(`-l ${text}`);
      return filter.kind === 'labels' && meetsLabels(filter.requirements, labels);
    };
    for (const text of [
      'app=pay',
      'app==pay,tier!=front',
      'app in (pay, cart)',
      'app notin (x)',
      'tier',
      '!gone',
      'gone!=x',
      'gone notin (x)',
    ]) {
      expect({ text, meets: meets(text) }).toEqual({ text, meets: true });
    }
    for (const text of [
      'app=cart',
      'app!=pay',
      'app in (cart)',
      'app notin (pay)',
      'gone',
      '!app',
      'gone=x',
    ]) {
      expect({ text, meets: meets(text) }).toEqual({ text, meets: false });
    }
  });
});

describe('lists', () => {
  it('keep the cursor in the window and both within the rows', () => {
    let position = { cursor: 0, top: 0 };
    for (const action of [
      'up',
      'page-down',
      'down',
      'bottom',
      'down',
      'page-up',
      'half-up',
      'top',
      'half-down',
    ] as const) {
      position = moveList(position, action, 100, 10) ?? position;
      expect(position.cursor).toBeGreaterThanOrEqual(position.top);
      expect(position.cursor).toBeLessThan(position.top + 10);
      expect(position.top).toBeLessThanOrEqual(90);
    }
    expect(moveList({ cursor: 5, top: 0 }, 'bottom', 100, 10)).toEqual({ cursor: 99, top: 90 });
    expect(moveList(position, 'open', 100, 10)).toBeUndefined();
  });

  it('are sound when empty, short, or resized', () => {
    expect(moveList({ cursor: 0, top: 0 }, 'down', 0, 10)).toEqual({ cursor: 0, top: 0 });
    expect(windowTop({ cursor: 50, top: 41 }, 100, 3)).toBe(48);
    expect(windowTop({ cursor: 2, top: 90 }, 3, 10)).toBe(0);
    expect(centerAt(50, 100, 10)).toEqual({ cursor: 50, top: 45 });
  });
});

describe('ids', () => {
  it('are the same whether held or worked out', () => {
    const range = rangeIds(10, 5);
    const held = listIds([10, 11, 12, 13, 14]);
    const joined = rangesIds([
      { first: 10, length: 2 },
      { first: 12, length: 3 },
    ]);
    for (const ids of [range, held, joined]) {
      expect(sliceIds(ids, 1, 3)).toEqual([11, 12, 13]);
      expect(sliceIds(ids, 3, 100)).toEqual([13, 14]);
      expect([ids.at(-1), ids.at(5)]).toEqual([undefined, undefined]);
      expect(lowerBound(ids, 12)).toBe(2);
      expect(lowerBound(ids, 99)).toBe(5);
    }
  });

  it('are walked in slices, both ways, until found, to the end, or stopped', async () => {
    const seen: number[] = [];
    const run = (from: number, step: 1 | -1, length: number, stopAt: number): Promise<boolean> =>
      new Promise((resolve) => {
        walk(
          {
            from,
            step,
            length,
            look(start, count) {
              for (let index = start; index < start + count; index += 1) seen.push(index);
              const found = start <= stopAt && stopAt < start + count;
              if (found) resolve(true);
              return found;
            },
            end: () => resolve(false),
          },
          new AbortController().signal,
        );
      });
    expect(await run(0, 1, 2500, 1700)).toBe(true);
    expect(seen.length).toBe(2000);
    seen.length = 0;
    expect(await run(2499, -1, 2500, -5)).toBe(false);
    expect(new Set(seen).size).toBe(2500);
  });
});

describe('the prompt', () => {
  const keys = (
    state: PromptState,
    names: readonly string[],
    history: readonly string[] = [],
    complete?: string,
  ): PromptState | string =>
    names.reduce<PromptState | string>((current, key) => {
      if (typeof current === 'string') return current;
      const result = promptKey(current, key, history, complete);
      return 'state' in result ? result.state : result.done;
    }, state);

  it('edits anywhere in the line, letters of any width', () => {
    expect(keys(startPrompt('pods'), ['left', 'left', 'backspace', 'x', '日'])).toMatchObject({
      text: 'px日ds',
      cursor: 3,
    });
    expect(keys(startPrompt('one two'), ['ctrl+w', 'home', 'delete', 'end', 'space', 'z'])).toMatchObject({
      text: 'ne  z',
    });
    expect(keys(startPrompt('abc'), ['left', 'ctrl+u'])).toMatchObject({ text: 'c', cursor: 0 });
    expect(keys(startPrompt('abc'), ['home', 'right', 'ctrl+k'])).toMatchObject({ text: 'a' });
  });

  it('submits, cancels, and goes when there is nothing left to delete', () => {
    expect(keys(startPrompt('x'), ['enter'])).toBe('submit');
    expect(keys(startPrompt('x'), ['esc'])).toBe('cancel');
    expect(keys(startPrompt('x'), ['backspace', 'backspace'])).toBe('cancel');
  });

  it('recalls, and gives back what was being typed', () => {
    const history = ['pods', 'svc'];
    expect(keys(startPrompt('ti'), ['up'], history)).toMatchObject({ text: 'svc' });
    expect(keys(startPrompt('ti'), ['up', 'up', 'up'], history)).toMatchObject({ text: 'pods' });
    expect(keys(startPrompt('ti'), ['up', 'up', 'down', 'down'], history)).toMatchObject({ text: 'ti' });
  });

  it('completes by Tab, and shows the whole of a long line around its cursor', () => {
    expect(keys(startPrompt('po'), ['tab'], [], 'pods')).toMatchObject({ text: 'pods', cursor: 4 });
    const row = drawPrompt(':', startPrompt(`${'x'.repeat(200)}end`), undefined, createTheme(false), 40);
    expect(row).toHaveLength(40);
    expect(row).toContain('end_');
  });
});

describe('columns', () => {
  const column = (title: string, more: object = {}) => ({ title, value: () => '', ...more });
  const columns = [
    column('NAME', { least: 10 }),
    column('STATUS'),
    column('IP', { drop: 2 }),
    column('NODE', { drop: 3 }),
  ];

  it('drop the least important when the screen is narrow, and shrink only where allowed', () => {
    const titles = (width: number): string[] =>
      placeColumns(columns, [30, 10, 12, 20], width).map((entry) => entry.column.title);
    expect(titles(200)).toEqual(['NAME', 'STATUS', 'IP', 'NODE']);
    expect(titles(50)).toEqual(['NAME', 'STATUS', 'IP']);
    expect(titles(30)).toEqual(['NAME', 'STATUS']);
  });

  it('always fit the screen', () => {
    for (let width = 26; width < 120; width += 1) {
      const placed = placeColumns(columns, [30, 10, 12, 20], width);
      const used = placed.reduce((sum, entry) => sum + entry.width + 2, 0);
      expect(used).toBeLessThanOrEqual(width);
    }
  });
});

describe('field paths', () => {
  const yaml =
    'metadata:\n  labels:\n    app.kubernetes.io/name: pay\nspec:\n  selector:\n    app: x\n  ports:\n    - port: 80\n    - port: 81\n      targetPort: web\n';

  it('lead to the line where the field stands', () => {
    expect(lineOfPath(yaml, 'spec.selector.app')).toBe(6);
    expect(lineOfPath(yaml, 'spec.ports[1].targetPort')).toBe(10);
    expect(lineOfPath(yaml, 'metadata.labels["app.kubernetes.io/name"]')).toBe(3);
    expect(lineOfPath(yaml, 'metadata.labels.app.kubernetes.io/name')).toBe(3);
  });

  it('of a field that is absent, to the last part that is there; of none of it, nowhere', () => {
    expect(lineOfPath(yaml, 'spec.selector.gone')).toBe(5);
    expect(lineOfPath(yaml, 'nothing.at.all')).toBeUndefined();
    expect(pathKeys("a['b c'].d[0]")).toEqual(['a', 'b c', 'd', '0']);
  });
});

describe('times', () => {
  const at = Date.UTC(2026, 4, 1, 14, 19, 3) * 1000;
  const reference = Date.UTC(2026, 4, 1, 14, 30) * 1000;

  it('are UTC, local or relative to the capture, each with its width', () => {
    expect(createClock('utc', reference).short(at)).toBe('14:19:03Z');
    expect(createClock('utc', reference).short(at - 86_400_000_000)).toBe('2026-04-30 14:19:03Z');
    expect(createClock('relative', reference).short(at)).toBe('-10m57s');
    for (const mode of ['utc', 'local'] as const) {
      const clock = createClock(mode, reference);
      expect(clock.stamp(at)).toHaveLength(clock.stampWidth);
    }
    expect(createClock('utc', reference).stamp(undefined)).toBe('-');
  });
});

describe('colours and the clipboard', () => {
  it('are left away where nobody wants them', () => {
    expect(wantsColor({ NO_COLOR: '1' })).toBe(false);
    expect(wantsColor({ NO_COLOR: '' })).toBe(true);
    expect(wantsColor({ FORCE_COLOR: '0' })).toBe(false);
    expect(createTheme(false).paint('bad', 'x')).toBe('x');
    expect(createTheme(true).paint('bad', 'x')).toBe('\u001b[1m\u001b[31mx\u001b[39m\u001b[22m');
    expect(createTheme(true).paint('bad', '')).toBe('');
  });

  it('wraps the sequence for tmux and screen, and refuses what terminals do not take', () => {
    const encoded = Buffer.from('pod').toString('base64');
    expect(copySequence('pod', {})).toContain(`]52;c;${encoded}`);
    expect(copySequence('pod', { TMUX: '/tmp/x' })).toMatch(/^\u001bPtmux;/);
    expect(copySequence('x'.repeat(80_000), {})).toBeUndefined();
  });
});
