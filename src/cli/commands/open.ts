/** `inquest open`: the terminal UI over one bundle. */
import { UserError } from '../../core/errors.ts';
import { oneLine } from '../../core/text.ts';
import { parseTime } from '../../core/time.ts';
import type { Command } from '../command.ts';
import { parseMoment } from '../moment.ts';

const command: Command = {
  name: 'open',
  register(program) {
    program
      .command('open')
      .summary('look at a bundle in the terminal')
      .description(
        'Opens a bundle in the terminal: what broke and its evidence, the broken path layer by layer, the line of\n' +
          'time, every captured object, logs, and SQL over all of it. ? lists the keys. Needs no cluster and no network.',
      )
      .argument('<file>', 'a bundle (.tar.gz, .tar) or the folder of an unpacked one')
      .option('--rebuild', 'load the bundle anew instead of taking it from the cache')
      .addHelpText(
        'after',
        `
Examples:
  inquest open inquest-prod.tar.gz
  NO_COLOR=1 inquest open FILE     without colours; > marks the selection`,
      )
      .action((file: string, options: { rebuild?: boolean }) => open(file, options.rebuild === true));
  },
};
export default command;

async function open(file: string, rebuild: boolean): Promise<void> {
  if (!process.stdin.isTTY || !process.stdout.isTTY || process.env['TERM'] === 'dumb') {
    throw new UserError('no-terminal', 'inquest open draws on a terminal, and this is none', {
      hint: `inquest diagnose ${oneLine(file)} prints the verdict; --json gives it to scripts.`,
    });
  }
  if (file === '-') {
    throw new UserError(
      'no-terminal',
      'inquest open reads keys from stdin, so the bundle cannot come from there',
      {
        hint: 'write it to a file first.',
      },
    );
  }
  // React reads this once, while it is imported: its development build takes twice as long for a frame.
  process.env['NODE_ENV'] = 'production';
  // Ink's own colours ignore NO_COLOR on a terminal.
  if ((process.env['NO_COLOR'] ?? '') !== '') process.env['FORCE_COLOR'] = '0';
  const [{ openAnalysis }, { openedFrom, runUi }] = await Promise.all([
    import('../../../analyze/analysis.ts'),
    import('../../../analyze/tui/run.ts'),
  ]);
  const progress = progressLine(file);
  const analysis = await openAnalysis(file, { rebuild, onProgress: progress.show }).finally(progress.clear);
  try {
    const reference = parseTime(analysis.verdict.capturedAt) ?? 0;
    const moment = (text: string, local: boolean): number | undefined =>
      parseMoment(text, { reference, local });
    await runUi(openedFrom(file, analysis.store, analysis.verdict, moment));
  } finally {
    analysis.close();
  }
}

interface ProgressLine {
  readonly show: (progress: { readonly bytes: number; readonly total: number | undefined }) => void;
  readonly clear: () => void;
}

const PROGRESS_EVERY_MS = 100;

/** One line on stderr that tells how far loading is, and goes before the first screen. */
function progressLine(file: string): ProgressLine {
  let shownAt = 0;
  const write = (text: string): void => {
    process.stderr.write(`\r\u001b[2K${text}`);
  };
  write(`inquest: opening ${oneLine(file)}`);
  return {
    show({ bytes, total }) {
      const now = performance.now();
      if (now - shownAt < PROGRESS_EVERY_MS) return;
      shownAt = now;
      const part = total === undefined || total === 0 ? '' : ` of ${Math.ceil(total / 1e6)}`;
      write(`inquest: loading ${oneLine(file)}, ${Math.floor(bytes / 1e6)}${part} MB`);
    },
    clear: () => write(''),
  };
}
