/** The state of the whole UI and what keys do to it. Knows no terminal: keys come in as names, rows go out as strings. */
import { messageOf } from '../../src/core/errors.ts';
import { parseTime } from '../../src/core/time.ts';
import { createClock, type Clock } from './clock.ts';
import { promptKey, startPrompt, type PromptState } from './components/prompt.ts';
import { drawFrame, screenSize, tooSmall } from './frame.ts';
import { bindingOf } from './keymap.ts';
import { completeCommand, completeSql, globalAction, openTarget } from './navigate.ts';
import type { Ask, Env, Message, Opened, Outcome, Screen, Size } from './screen.ts';
import type { Theme, Tone } from './theme.ts';

export interface ControllerOptions {
  readonly theme: Theme;
  readonly size: Size;
  /** Writes to the terminal past the screen: the clipboard's escape sequence. Returns why it refuses. */
  readonly copy: (text: string) => string | undefined;
  readonly quit: () => void;
}

export interface Controller {
  key(name: string): void;
  resize(size: Size): void;
  /** The rows of the present frame; the same array until something changes. */
  readonly frame: () => readonly string[];
  readonly subscribe: (listener: () => void) => () => void;
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

interface Ui {
  readonly opened: Opened;
  readonly options: ControllerOptions;
  readonly listeners: Set<() => void>;
  readonly histories: Map<Ask['kind'], string[]>;
  readonly first: Slot;
  /** On top of the first. */
  readonly above: Slot[];
  size: Size;
  clock: Clock;
  prompt: Prompt | undefined;
  note: { readonly text: string; readonly tone: Tone } | undefined;
  drawn: readonly string[] | undefined;
  closed: boolean;
}

const HISTORY = 200;

/** Starts the UI's state machine on its first screen. */
export function createController(opened: Opened, first: Screen, options: ControllerOptions): Controller {
  const ui: Ui = {
    opened,
    options,
    listeners: new Set(),
    histories: new Map(),
    first: { screen: first, job: undefined },
    above: [],
    size: options.size,
    clock: createClock('utc', parseTime(opened.verdict.capturedAt) ?? 0),
    prompt: undefined,
    note: undefined,
    drawn: undefined,
    closed: false,
  };
  return {
    key: (name) => pressed(ui, name),
    resize(next) {
      if (next.columns === ui.size.columns && next.rows === ui.size.rows) return;
      ui.size = next;
      changed(ui);
    },
    frame() {
      ui.drawn ??= frameOf(ui);
      return ui.drawn;
    },
    subscribe(listener) {
      ui.listeners.add(listener);
      return () => ui.listeners.delete(listener);
    },
    close() {
      ui.closed = true;
      for (const slot of [ui.first, ...ui.above]) slot.job?.abort();
    },
  };
}

function pressed(ui: Ui, name: string): void {
  if (ui.closed) return;
  ui.note = undefined;
  try {
    if (name === 'ctrl+c') ui.options.quit();
    else if (tooSmall(ui.size)) apply(ui, name === 'q' ? { quit: true } : {});
    else if (ui.prompt !== undefined) promptStep(ui, ui.prompt, name);
    else screenKey(ui, name);
  } catch (error) {
    // A screen that breaks must not take the terminal with it.
    ui.note = { text: messageOf(error), tone: 'bad' };
  }
  changed(ui);
}

function changed(ui: Ui): void {
  ui.drawn = undefined;
  for (const listener of ui.listeners) listener();
}

function envOf(ui: Ui): Env {
  return { ...ui.opened, theme: ui.options.theme, clock: ui.clock, size: screenSize(ui.size) };
}

function top(ui: Ui): Slot {
  return ui.above.at(-1) ?? ui.first;
}

function frameOf(ui: Ui): readonly string[] {
  return drawFrame(envOf(ui), {
    size: ui.size,
    screen: top(ui).screen,
    crumbs: [ui.first, ...ui.above].map((slot) => slot.screen.crumb),
    note: ui.note,
    prompt: ui.prompt && {
      label: ui.prompt.ask.label,
      state: ui.prompt.state,
      completion: completion(ui, ui.prompt),
    },
  });
}

function screenKey(ui: Ui, key: string): void {
  const { screen } = top(ui);
  const binding = bindingOf(key, screen.contexts);
  if (binding === undefined) {
    ui.note = { text: `${key} does nothing here; ? lists the keys.`, tone: 'dim' };
    return;
  }
  const act = { action: binding.action, key };
  apply(ui, screen.act(envOf(ui), act) ?? globalAction(envOf(ui), screen, act));
}

function apply(ui: Ui, outcome: Outcome): void {
  applyTo(ui, top(ui), outcome);
  if (outcome.push !== undefined) ui.above.push({ screen: outcome.push, job: undefined });
  if (outcome.open !== undefined) push(ui, openTarget(envOf(ui), outcome.open));
  if (outcome.back === true) pop(ui);
  if (outcome.home === true) while (ui.above.length > 0) pop(ui);
  if (outcome.clock !== undefined) ui.clock = createClock(outcome.clock, ui.clock.reference);
  if (outcome.copy !== undefined) copy(ui, outcome.copy);
  if (outcome.ask !== undefined) ui.prompt = { ask: outcome.ask, state: startPrompt(outcome.ask.text) };
  if (outcome.quit === true) ui.options.quit();
}

/** The part of an outcome that concerns the screen it came from. */
function applyTo(ui: Ui, slot: Slot, outcome: Outcome): void {
  if (outcome.screen !== undefined) slot.screen = outcome.screen;
  if (outcome.job !== undefined) startJob(ui, slot, outcome.job);
  if (outcome.say !== undefined) ui.note = { text: outcome.say, tone: outcome.tone ?? 'plain' };
}

/** An outcome's screen on top of what is there, and the rest of the outcome on that screen. */
function push(ui: Ui, outcome: Outcome): void {
  const { screen, ...rest } = outcome;
  if (screen !== undefined) ui.above.push({ screen, job: undefined });
  apply(ui, rest);
}

function pop(ui: Ui): void {
  const slot = ui.above.pop();
  slot?.job?.abort();
  if (slot === undefined) ui.note = { text: 'This is the first screen; q quits.', tone: 'plain' };
}

function startJob(ui: Ui, slot: Slot, job: NonNullable<Outcome['job']>): void {
  slot.job?.abort();
  slot.job = new AbortController();
  const { signal } = slot.job;
  const receive = (message: Message): void => {
    if (signal.aborted || ui.closed) return;
    const next = slot.screen.receive?.(envOf(ui), message);
    if (next !== undefined) applyTo(ui, slot, next);
    changed(ui);
  };
  job(receive, signal);
}

function copy(ui: Ui, text: string): void {
  const refused = ui.options.copy(text);
  ui.note =
    refused === undefined ? { text: `Copied: ${text}`, tone: 'good' } : { text: refused, tone: 'warn' };
}

function completion(ui: Ui, { ask, state }: Prompt): string | undefined {
  if (ask.kind === 'command') return completeCommand(envOf(ui), state.text);
  return ask.kind === 'sql' ? completeSql(envOf(ui), state.text) : undefined;
}

function promptStep(ui: Ui, prompt: Prompt, key: string): void {
  const { ask, state } = prompt;
  const history = ui.histories.get(ask.kind) ?? [];
  const result = promptKey(state, key, history, completion(ui, prompt));
  if ('state' in result) {
    ui.prompt = { ask, state: result.state };
    if (ask.live === true && result.state.text !== state.text) submit(ui, ask, result.state.text);
    return;
  }
  ui.prompt = undefined;
  if (result.done === 'cancel') {
    // A filter that followed the typing goes back to what it was.
    if (ask.live === true) submit(ui, ask, ask.text);
    return;
  }
  if (state.text.trim() !== '' && history.at(-1) !== state.text) {
    ui.histories.set(ask.kind, [...history, state.text].slice(-HISTORY));
  }
  if (ask.live !== true) submit(ui, ask, state.text);
}

function submit(ui: Ui, ask: Ask, text: string): void {
  const outcome = ask.submit(envOf(ui), top(ui).screen, text);
  if (outcome !== undefined) apply(ui, outcome);
}
