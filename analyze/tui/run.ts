/** The UI in a terminal: on the alternate screen from the first frame on, the terminal restored however it ends. */
import { runQuery } from '../store/query-child.ts';
import type { Store } from '../store/store.ts';
import type { Verdict } from '../model/verdict.ts';
import { prepareReplay } from '../replay/replay.ts';
import { copySequence } from './clipboard.ts';
import { createController, type Controller } from './controller.ts';
import type { Opened } from './screen.ts';
import { createTheme, wantsColor } from './theme.ts';
import { verdictScreen } from './views/verdict.ts';

/**
 * The alternate screen, no cursor, and no wrapping at the right edge: a character that a terminal draws wider than
 * expected spoils its own row then, and none beneath.
 */
const ENTER = '\u001b[?1049h\u001b[?25l\u001b[?7l';
const LEAVE = '\u001b[?7h\u001b[?25h\u001b[?1049l';
const WRAP_AGAIN = '\u001b[?7h';
const CLEAR = '\u001b[2J\u001b[H';
/** Around a frame, so that a terminal shows it whole (DEC mode 2026). */
const BEGIN_FRAME = '\u001b[?2026h';
const END_FRAME = '\u001b[?2026l';

/** Rows of a query that the console shows. */
const MOST_ROWS = 5000;

/** The seams of the UI filled with the analysis of a bundle. */
export function openedFrom(source: string, store: Store, verdict: Verdict, moment: Opened['moment']): Opened {
  return {
    source,
    store,
    verdict,
    moment,
    replay: (pathKey) => prepareReplay(store, verdict, pathKey),
    async query(sql, signal) {
      const { columns, rows, truncated, ms } = await runQuery(store.path, sql, { limit: MOST_ROWS, signal });
      return { columns, rows, truncated: truncated !== false, ms };
    },
  };
}

/** Runs the UI until the user quits. stdin and stdout must be terminals. Rejects with what broke inside it. */
export async function runUi(opened: Opened): Promise<void> {
  const { stdout } = process;
  // Until Ink is there, an end that is asked for is kept in mind.
  let ending = false;
  let quit = (): void => {
    ending = true;
  };
  const controller: Controller = createController(opened, verdictScreen(opened.verdict), {
    theme: createTheme(wantsColor(process.env)),
    size: { columns: stdout.columns, rows: stdout.rows },
    quit: () => quit(),
    copy(text) {
      const sequence = copySequence(text, process.env);
      if (sequence === undefined) return 'This is too long for a terminal to copy.';
      stdout.write(sequence);
      return undefined;
    },
  });
  const failures: unknown[] = [];
  const restore = restoreOnDeath(
    () => quit(),
    (error) => {
      failures.push(error);
      quit();
    },
  );
  try {
    drawFirst(controller);
    const { columns, rows } = stdout;
    const { mount } = await import('./ink.tsx');
    if (columns !== stdout.columns || rows !== stdout.rows) stdout.write(CLEAR);
    const app = mount(controller);
    quit = () => app.unmount();
    if (ending) app.unmount();
    await app.waitUntilExit();
    stdout.write(WRAP_AGAIN);
  } catch (error) {
    giveBack();
    throw error;
  } finally {
    controller.close();
    restore();
  }
  if (failures.length > 0) throw failures[0];
}

/**
 * The first frame, before Ink is loaded: it is nothing but strings. Ink then draws the same rows over it. Keys typed
 * from now on are not echoed over the screen and wait until Ink reads them.
 */
function drawFirst(controller: Controller): void {
  process.stdin.setRawMode(true);
  const frame = controller.frame().join('\r\n');
  process.stdout.write(`${ENTER}${BEGIN_FRAME}${CLEAR}${frame}\u001b[H${END_FRAME}`);
}

function giveBack(): void {
  if (process.stdin.isTTY) process.stdin.setRawMode(false);
  process.stdout.write(LEAVE);
}

/** Signals and bugs end the UI the way `q` does; whatever else ends the process leaves a usable terminal behind. */
function restoreOnDeath(quit: () => void, fail: (error: unknown) => void): () => void {
  // Ink lets the process die of the signal as soon as it has left the screen: nothing can be written after that.
  const end = (): void => {
    process.stdout.write(WRAP_AGAIN);
    quit();
  };
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
  const bugs = ['uncaughtException', 'unhandledRejection'] as const;
  process.once('exit', giveBack);
  for (const signal of signals) process.once(signal, end);
  for (const bug of bugs) process.on(bug, fail);
  return () => {
    process.off('exit', giveBack);
    for (const signal of signals) process.off(signal, end);
    for (const bug of bugs) process.off(bug, fail);
  };
}
