/** One frame: the status bar, the trail, the screen's rows, and the last line of hints, message or prompt. */
import { drawHints, drawStatusBar, drawTrail } from './components/bars.ts';
import { drawPrompt, type PromptState } from './components/prompt.ts';
import type { Env, Screen, Size } from './screen.ts';
import type { Tone } from './theme.ts';
import { cell, fit } from './width.ts';

/** The rows around a screen. */
const CHROME = 3;
const SMALLEST: Size = { columns: 60, rows: 10 };

export interface FrameParts {
  /** Of the whole terminal. */
  readonly size: Size;
  readonly screen: Screen;
  readonly crumbs: readonly string[];
  readonly note: { readonly text: string; readonly tone: Tone } | undefined;
  readonly prompt:
    | { readonly label: string; readonly state: PromptState; readonly completion: string | undefined }
    | undefined;
}

/** The room of a screen's body in a terminal of a size. */
export function screenSize(size: Size): Size {
  return { columns: size.columns, rows: Math.max(1, size.rows - CHROME) };
}

export function tooSmall(size: Size): boolean {
  return size.columns < SMALLEST.columns || size.rows < SMALLEST.rows;
}

/** Exactly as many rows as the terminal has. */
export function drawFrame(env: Env, parts: FrameParts): string[] {
  const { size, screen } = parts;
  if (tooSmall(size)) return drawTooSmall(size);
  const body = screen.draw(env).slice(0, env.size.rows);
  const filler = Array.from({ length: env.size.rows - body.length }, () => '');
  return [
    drawStatusBar(env, size.columns),
    drawTrail(parts.crumbs, screen.status?.(env) ?? '', env, size.columns),
    ...body,
    ...filler,
    lastLine(env, parts),
  ];
}

function lastLine(env: Env, { prompt, note, screen, size }: FrameParts): string {
  if (prompt !== undefined) {
    return drawPrompt(prompt.label, prompt.state, prompt.completion, env.theme, size.columns);
  }
  if (note !== undefined) {
    return env.theme.paint(note.tone, fit(` ${cell(note.text)}`, size.columns).trimEnd());
  }
  return drawHints(screen.contexts, env, size.columns);
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
