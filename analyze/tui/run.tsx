/** The UI in a terminal: drawn by Ink on the alternate screen, the terminal restored however it ends. */
import { render } from 'ink';
import { runQuery } from '../store/query-child.ts';
import type { Store } from '../store/store.ts';
import type { Verdict } from '../model/verdict.ts';
import { prepareReplay } from '../replay/replay.ts';
import { App } from './app.tsx';
import { copySequence } from './clipboard.ts';
import { createController, type Controller } from './controller.ts';
import type { Opened } from './screen.ts';
import { createTheme, wantsColor } from './theme.ts';
import { verdictScreen } from './views/verdict.ts';

const SHOW_CURSOR = '\u001b[?25h';
const LEAVE_ALTERNATE = '\u001b[?1049l';
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

/** Runs the UI until the user quits. stdin and stdout must be terminals. */
export async function runUi(opened: Opened): Promise<void> {
  const { stdout } = process;
  let quit = (): void => {};
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
  // Before the first frame: what is typed into it must not be echoed over it.
  if (process.stdin.isTTY) process.stdin.setRawMode(true);
  const app = render(<App controller={controller} />, {
    alternateScreen: true,
    incrementalRendering: true,
    interactive: true,
    maxFps: 60,
    exitOnCtrlC: false,
    patchConsole: false,
  });
  quit = () => app.unmount();
  const restore = restoreOnDeath(quit);
  try {
    await app.waitUntilExit();
  } finally {
    controller.close();
    restore();
  }
}

/** Signals end the UI the way `q` does; whatever else ends the process leaves a usable terminal behind. */
function restoreOnDeath(quit: () => void): () => void {
  const onExit = (): void => {
    if (process.stdin.isTTY) process.stdin.setRawMode(false);
    process.stdout.write(SHOW_CURSOR + LEAVE_ALTERNATE);
  };
  const signals = ['SIGTERM', 'SIGHUP', 'SIGINT'] as const;
  process.once('exit', onExit);
  for (const signal of signals) process.once(signal, quit);
  return () => {
    process.off('exit', onExit);
    for (const signal of signals) process.off(signal, quit);
  };
}
