/** The line at the bottom where people type: editing, history, completion. Pure: a key makes a new state. */
import type { Theme } from '../theme.ts';
import { typed } from '../keys.ts';
import { cell, fit, take, widthOf } from '../width.ts';

export interface PromptState {
  readonly text: string;
  /** Index in code points. */
  readonly cursor: number;
  /** Position in the history, counted from its end; 0 is what is being typed. */
  readonly back: number;
  /** What was typed before the history was entered. */
  readonly draft: string;
}

export type PromptResult = { readonly state: PromptState } | { readonly done: 'submit' | 'cancel' };

export function startPrompt(text: string): PromptState {
  return { text, cursor: Array.from(text).length, back: 0, draft: text };
}

/** What a key does to the line. `complete` gives the text that Tab (or the right arrow at the end) makes of it. */
export function promptKey(
  state: PromptState,
  key: string,
  history: readonly string[],
  complete: string | undefined,
): PromptResult {
  const chars = Array.from(state.text);
  switch (key) {
    case 'enter':
      return { done: 'submit' };
    case 'esc':
      return { done: 'cancel' };
    case 'backspace':
      return state.text === ''
        ? { done: 'cancel' }
        : edited(chars.toSpliced(state.cursor - 1, state.cursor > 0 ? 1 : 0), state.cursor - 1);
    case 'delete':
      return edited(chars.toSpliced(state.cursor, 1), state.cursor);
    case 'left':
      return moved(state, state.cursor - 1);
    case 'right':
      return state.cursor >= chars.length && complete !== undefined
        ? { state: startPrompt(complete) }
        : moved(state, state.cursor + 1);
    case 'tab':
      return complete === undefined ? { state } : { state: startPrompt(complete) };
    case 'home':
    case 'ctrl+a':
      return moved(state, 0);
    case 'end':
    case 'ctrl+e':
      return moved(state, chars.length);
    case 'ctrl+u':
      return edited(chars.slice(state.cursor), 0);
    case 'ctrl+k':
      return edited(chars.slice(0, state.cursor), state.cursor);
    case 'ctrl+w':
      return deleteWord(chars, state.cursor);
    case 'up':
    case 'ctrl+p':
      return recall(state, state.back + 1, history);
    case 'down':
    case 'ctrl+n':
      return recall(state, state.back - 1, history);
    default: {
      const char = typed(key);
      return char === undefined
        ? { state }
        : edited(chars.toSpliced(state.cursor, 0, char), state.cursor + 1);
    }
  }
}

/** The line in exactly `width` cells, the part around the cursor visible, the completion dim after the text. */
export function drawPrompt(
  label: string,
  state: PromptState,
  complete: string | undefined,
  theme: Theme,
  width: number,
): string {
  const chars = Array.from(cell(state.text));
  const room = Math.max(4, width - widthOf(label) - 1);
  let start = 0;
  while (widthOf(chars.slice(start, state.cursor).join('')) >= room) start += 1;
  const before = chars.slice(start, state.cursor).join('');
  const under = chars[state.cursor] ?? (theme.color ? ' ' : '_');
  const after = take(chars.slice(state.cursor + 1).join(''), room - widthOf(before) - widthOf(under));
  const ghost =
    complete?.startsWith(state.text) === true && state.cursor >= chars.length
      ? complete.slice(state.text.length)
      : '';
  const used = widthOf(label) + widthOf(before) + widthOf(under) + widthOf(after);
  const rest = fit(cell(ghost), Math.max(0, width - used));
  const { paint } = theme;
  return `${paint('label', label)}${before}${paint('selected', under)}${after}${paint('dim', rest)}`;
}

function edited(chars: readonly string[], cursor: number): PromptResult {
  const text = chars.join('');
  return { state: { text, cursor: Math.max(0, Math.min(chars.length, cursor)), back: 0, draft: text } };
}

function moved(state: PromptState, cursor: number): PromptResult {
  return { state: { ...state, cursor: Math.max(0, Math.min(Array.from(state.text).length, cursor)) } };
}

function deleteWord(chars: readonly string[], cursor: number): PromptResult {
  let start = cursor;
  while (start > 0 && chars[start - 1] === ' ') start -= 1;
  while (start > 0 && chars[start - 1] !== ' ') start -= 1;
  return edited([...chars.slice(0, start), ...chars.slice(cursor)], start);
}

function recall(state: PromptState, wanted: number, history: readonly string[]): PromptResult {
  const back = Math.max(0, Math.min(history.length, wanted));
  if (back === state.back) return { state };
  const text = back === 0 ? state.draft : (history[history.length - back] ?? '');
  return { state: { text, cursor: Array.from(text).length, back, draft: state.draft } };
}
