/** A real terminal for the built program: a PTY underneath, a headless xterm that draws what a person would see. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import xterm from '@xterm/headless';
import { ROOT } from '../support/sources.ts';

export interface TerminalOptions {
  readonly columns: number;
  readonly rows: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Where stores are kept between terminals of one test; default: a new folder that goes with the terminal. */
  readonly cache?: string;
}

export interface Terminal {
  /** The rows of the screen, right-hand spaces cut. */
  screen(): string[];
  /** Sends keys, one after another in one write. */
  press(...keys: string[]): void;
  /** Resolves with the screen as soon as the text (or what the function looks for) is on it. */
  until(what: string | RegExp | ((screen: readonly string[]) => boolean)): Promise<string[]>;
  resize(columns: number, rows: number): void;
  /** Whether the alternate screen is on, and whether the cursor is shown. */
  modes(): { readonly alternate: boolean; readonly cursor: boolean; readonly autowrap: boolean };
  /** Whether any colour was ever written. */
  colours(): boolean;
  kill(signal: string): void;
  readonly exit: Promise<{ readonly code: number; readonly signal: number }>;
  dispose(): Promise<void>;
}

export const KEYS = {
  enter: '\r',
  esc: '\u001b',
  up: '\u001b[A',
  down: '\u001b[B',
  right: '\u001b[C',
  left: '\u001b[D',
  pageDown: '\u001b[6~',
  tab: '\t',
  ctrlC: '\u0003',
  ctrlT: '\u0014',
} as const;

/** SGR sequences that set a colour or invert: 30-37, 40-47, 90-107, 38, 48, 7. */
const COLOUR = /\u001b\[(?:[\d;]*;)?(?:3\d|4\d|9\d|10[0-7]|7)m/;

/** Long enough for a busy machine; a condition that holds is noticed at once. */
const PATIENCE_MS = 15_000;

/** Starts `inquest …args` in a terminal. */
export function startTerminal(args: readonly string[], options: TerminalOptions): Terminal {
  const { columns, rows } = options;
  const cache = options.cache ?? mkdtempSync(join(tmpdir(), 'inquest-pty-'));
  const screen = new xterm.Terminal({ cols: columns, rows, allowProposedApi: true, scrollback: 0 });
  const watchers = new Set<() => void>();
  let cursor = true;
  const pty = spawn(process.execPath, [join(ROOT, 'dist/src/cli/main.js'), ...args], {
    name: options.env?.['TERM'] ?? 'xterm-256color',
    cols: columns,
    rows,
    cwd: ROOT,
    env: { ...environment(), XDG_CACHE_HOME: cache, ...options.env },
  });
  let ended = false;
  let coloured = false;
  const exit = new Promise<{ code: number; signal: number }>((resolve) => {
    pty.onExit(({ exitCode, signal }) => {
      ended = true;
      // What it wrote last is still on its way through the terminal.
      screen.write('', () => resolve({ code: exitCode, signal: signal ?? 0 }));
    });
  });
  // Ink frames what it draws (DEC mode 2026): in the middle of a frame there is nothing to look at.
  let drawing = false;
  pty.onData((data) => {
    const begun = data.lastIndexOf('\u001b[?2026h');
    const done = data.lastIndexOf('\u001b[?2026l');
    if (begun !== done) drawing = begun > done;
    const shown = data.lastIndexOf('\u001b[?25h');
    const hidden = data.lastIndexOf('\u001b[?25l');
    coloured ||= COLOUR.test(data);
    if (shown !== hidden) cursor = shown > hidden;
    const whole = !drawing;
    screen.write(data, () => {
      if (!whole) return;
      for (const watcher of watchers) watcher();
    });
  });
  const rowsOf = (): string[] => {
    const { active } = screen.buffer;
    return Array.from(
      { length: screen.rows },
      (_, row) => active.getLine(active.baseY + row)?.translateToString(true) ?? '',
    );
  };
  return {
    screen: rowsOf,
    press: (...keys) => pty.write(keys.join('')),
    until: (what) => waitFor(rowsOf, watchers, what),
    resize(nextColumns, nextRows) {
      screen.resize(nextColumns, nextRows);
      pty.resize(nextColumns, nextRows);
    },
    modes: () => ({
      alternate: screen.buffer.active.type === 'alternate',
      cursor,
      autowrap: screen.modes.wraparoundMode,
    }),
    colours: () => coloured,
    kill: (signal) => pty.kill(signal),
    exit,
    async dispose() {
      if (!ended) pty.kill('SIGKILL');
      await exit;
      screen.dispose();
      if (options.cache === undefined) rmSync(cache, { recursive: true, force: true });
    },
  };
}

function waitFor(
  rowsOf: () => string[],
  watchers: Set<() => void>,
  what: string | RegExp | ((screen: readonly string[]) => boolean),
): Promise<string[]> {
  const holds = (): boolean => {
    const rows = rowsOf();
    if (typeof what === 'function') return what(rows);
    const text = rows.join('\n');
    return typeof what === 'string' ? text.includes(what) : what.test(text);
  };
  return new Promise((resolve, reject) => {
    const look = (): void => {
      if (!holds()) return;
      watchers.delete(look);
      clearTimeout(timer);
      resolve(rowsOf());
    };
    const timer = setTimeout(() => {
      watchers.delete(look);
      reject(new Error(`the screen never showed ${String(what)}; it shows:\n${rowsOf().join('\n')}`));
    }, PATIENCE_MS);
    watchers.add(look);
    look();
  });
}

/** The environment of a person's shell: none of the test runner's own colour settings. */
function environment(): Record<string, string> {
  const { NO_COLOR: _, FORCE_COLOR: __, CI: ___, NODE_ENV: ____, ...rest } = process.env;
  return Object.fromEntries(
    Object.entries(rest).flatMap(([key, value]) => (value === undefined ? [] : [[key, value]])),
  );
}
