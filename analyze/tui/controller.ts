/** The state of the whole UI and what keys do to it. Knows no terminal: keys come in as names, rows go out as strings. */
import { parseTime } from '../../src/core/time.ts';
import { messageOf } from '../../src/core/errors.ts';
import { createClock, type ClockMode } from './clock.ts';
import { drawHints, drawStatusBar, drawTrail } from './components/bars.ts';
import { drawPrompt, promptKey, startPrompt, type PromptState } from './components/prompt.ts';
import { bindingOf } from './keymap.ts';
import { completeCommand, completeSql, globalAction, openTarget } from './navigate.ts';
import type { Ask, Env, Message, Opened, Outcome, Screen, Size } from './screen.ts';
import type { Theme, Tone } from './theme.ts';
import { cell, fit } from './width.ts';

export interface ControllerOptions {
  readonly theme: Theme;
  readonly size: Size;
  /** Writes to the terminal past the screen: the clipboard's escape sequence. */
  readonly copy: (text: string) => string | undefined;
  readonly quit: () => void;
}

export interface Controller {
  key(name: string): void;
  resize(size: Size): void;
  /** The rows of the present frame; the same array until something changes. */
  frame(): readonly string[];
  subscribe(listener: () => void): () => void;
  /** Stops all background work. */
  close(): void;
}

/** One screen of the stack. Its background job ends when it goes, or when it starts another. */
interface Slot {
  screen: Screen;
  job: AbortController | undefined;
}

interface Prompt {
  readonly ask: Ask;
  readonly state: PromptState;
}

/** The rows around a screen: status bar, trail, and the line of hints, prompt or message. */
const CHROME = 3;
const SMALLEST: Size = { columns: 60, rows: 10 };

/** Starts the UI's state machine on its first screen. */
export function createController(opened: Opened, first: Screen, options: ControllerOptions): Controller {
  const reference = parseTime(opened.verdict.capturedAt) ?? 0;
  const listeners = new Set<() => void>();
  const histories = new Map<Ask['kind'], string[]>();
  const stack: Slot[] = [{ screen: first, job: undefined }];
  let size = options.size;
  let clock = createClock('utc', reference);
  let prompt: Prompt | undefined;
  let note: { readonly text: string; readonly tone: Tone } | undefined;
  let drawn: readonly string[] | undefined;
  let closed = false;

  const env = (): Env => ({
    ...opened,
    theme: options.theme,
    clock,
    size: { columns: size.columns, rows: Math.max(1, size.rows - CHROME) },
  });
  const top = (): Slot => stack.at(-1) ?? { screen: first, job: undefined };
  const changed = (): void => {
    drawn = undefined;
    for (const listener of listeners) listener();
  };

  const startJob = (slot: Slot, outcome: Outcome): void => {
    if (outcome.job === undefined) return;
    slot.job?.abort();
    slot.job = new AbortController();
    const { signal } = slot.job;
    outcome.job((message: Message) => {
      if (signal.aborted || closed || !stack.includes(slot)) return;
      const next = slot.screen.receive?.(env(), message);
      if (next !== undefined) applyTo(slot, next);
      changed();
    }, signal);
  };

  /** The part of an outcome that concerns the screen it came from. */
  const applyTo = (slot: Slot, outcome: Outcome): void => {
    if (outcome.screen !== undefined) slot.screen = outcome.screen;
    startJob(slot, outcome);
    if (outcome.say !== undefined) note = { text: outcome.say, tone: outcome.tone ?? 'plain' };
  };

  const push = (outcome: Outcome & { readonly screen: Screen }): void => {
    const slot: Slot = { screen: outcome.screen, job: undefined };
    stack.push(slot);
    const { screen: _, ...rest } = outcome;
    apply(rest);
  };

  const apply = (outcome: Outcome): void => {
    const slot = top();
    applyTo(slot, outcome);
    if (outcome.push !== undefined) push({ screen: outcome.push });
    if (outcome.open !== undefined) {
      const opened = openTarget(env(), outcome.open);
      if (opened.screen === undefined) apply(opened);
      else push({ ...opened, screen: opened.screen });
    }
    if (outcome.back === true) pop();
    if (outcome.home === true) while (stack.length > 1) pop();
    if (outcome.clock !== undefined) setClock(outcome.clock);
    if (outcome.copy !== undefined) copy(outcome.copy);
    if (outcome.ask !== undefined) prompt = { ask: outcome.ask, state: startPrompt(outcome.ask.text) };
    if (outcome.quit === true) options.quit();
  };

  const pop = (): void => {
    if (stack.length <= 1) {
      note = { text: 'This is the first screen; q quits.', tone: 'plain' };
      return;
    }
    stack.pop()?.job?.abort();
  };

  const setClock = (mode: ClockMode): void => {
    clock = createClock(mode, reference);
  };

  const copy = (text: string): void => {
    const refused = options.copy(text);
    note = refused === undefined ? { text: `Copied: ${text}`, tone: 'good' } : { text: refused, tone: 'warn' };
  };

  const completion = (current: Prompt): string | undefined => {
    if (current.ask.kind === 'command') return completeCommand(env(), current.state.text);
    return current.ask.kind === 'sql' ? completeSql(env(), current.state.text) : undefined;
  };

  const promptStep = (current: Prompt, key: string): void => {
    const history = histories.get(current.ask.kind) ?? [];
    const result = promptKey(current.state, key, history, completion(current));
    if ('state' in result) {
      prompt = { ask: current.ask, state: result.state };
      if (current.ask.live === true && result.state.text !== current.state.text) submit(current.ask, result.state.text);
      return;
    }
    prompt = undefined;
    if (result.done === 'cancel') {
      // A filter that followed the typing goes back to what it was.
      if (current.ask.live === true) submit(current.ask, current.ask.text);
      return;
    }
    const text = current.state.text;
    if (text.trim() !== '' && history.at(-1) !== text) histories.set(current.ask.kind, [...history, text].slice(-200));
    if (current.ask.live !== true) submit(current.ask, text);
  };

  const submit = (ask: Ask, text: string): void => {
    const outcome = ask.submit(env(), top().screen, text);
    if (outcome !== undefined) apply(outcome);
  };

  const screenKey = (key: string): void => {
    const { screen } = top();
    const binding = bindingOf(key, screen.contexts);
    if (binding === undefined) {
      note = { text: `${key} does nothing here; ? lists the keys.`, tone: 'dim' };
      return;
    }
    const act = { action: binding.action, key };
    const own = screen.act(env(), act);
    apply(own ?? globalAction(env(), screen, act));
  };

  return {
    key(name) {
      if (closed) return;
      note = undefined;
      try {
        if (name === 'ctrl+c') options.quit();
        else if (tooSmall(size)) apply(name === 'q' ? { quit: true } : {});
        else if (prompt !== undefined) promptStep(prompt, name);
        else screenKey(name);
      } catch (error) {
        note = { text: messageOf(error), tone: 'bad' };
      }
      changed();
    },
    resize(next) {
      size = next;
      changed();
    },
    frame() {
      drawn ??= drawFrame();
      return drawn;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      closed = true;
      for (const slot of stack) slot.job?.abort();
    },
  };

  function drawFrame(): readonly string[] {
    if (tooSmall(size)) return drawTooSmall(size);
    const now = env();
    const { screen } = top();
    const body = screen.draw(now).slice(0, now.size.rows);
    const filler = Array.from({ length: now.size.rows - body.length }, () => '');
    const crumbs = stack.map((slot) => slot.screen.crumb);
    return [
      drawStatusBar(now, size.columns),
      drawTrail(crumbs, screen.status?.(now) ?? '', now, size.columns),
      ...body,
      ...filler,
      lastLine(now, screen),
    ];
  }

  function lastLine(now: Env, screen: Screen): string {
    if (prompt !== undefined) {
      return drawPrompt(prompt.ask.label, prompt.state, completion(prompt), now.theme, size.columns);
    }
    if (note !== undefined) return now.theme.paint(note.tone, fit(` ${cell(note.text)}`, size.columns).trimEnd());
    return drawHints(screen.contexts, now, size.columns);
  }
}

function tooSmall(size: Size): boolean {
  return size.columns < SMALLEST.columns || size.rows < SMALLEST.rows;
}

function drawTooSmall(size: Size): string[] {
  const says = [
    'inquest: terminal too small',
    `${size.columns}x${size.rows}, needs ${SMALLEST.columns}x${SMALLEST.rows}`,
    'make it larger, or q quits',
  ];
  const rows = says.slice(0, size.rows).map((text) => fit(text, size.columns).trimEnd());
  return [...rows, ...Array.from({ length: Math.max(0, size.rows - rows.length) }, () => '')];
}

