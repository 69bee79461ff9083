/** `inquest replay`: a request's way, layer by layer, at the time of the capture or before it. */
import { createInterface } from 'node:readline/promises';
import type { Replay } from '../../../analyze/model/replay.ts';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { UserError } from '../../core/errors.ts';
import { jsonText, oneLine } from '../../core/text.ts';
import { parseTime, type Micros } from '../../core/time.ts';
import type { Command } from '../command.ts';
import { parseMoment } from '../moment.ts';

/** As a request meets them. */
const ORDER = ['dns', 'edge', 'service', 'policy', 'pod', 'platform'] as const;

interface Flags {
  readonly at?: string;
  readonly step?: string;
  readonly moments?: boolean;
  readonly list?: boolean;
  readonly all?: boolean;
  readonly local?: boolean;
  readonly json?: boolean;
}

const command: Command = {
  name: 'replay',
  register(program) {
    program
      .command('replay')
      .description("Walk a request's way layer by layer, now or at an earlier time.")
      .argument('<file>', 'a bundle, an unpacked one, or - for standard input')
      .argument('[path]', "a path's key, or a Service's name\n(default: what the root cause breaks)")
      .option(
        '--at <time>',
        'as it was then: 14:19, 10m (before the capture), or\na moment by its number (#3, see --moments)',
      )
      .option('--step <n>', 'only this station, counted from 1')
      .option('--moments', 'the times at which something on this path changed')
      .option('--list', 'the paths there are, with their layers')
      .option('--all', 'everything at once, without waiting for Enter')
      .option('--local', "times in this machine's zone")
      .option('--json', 'the replay as JSON (inquest-replay/1)')
      .addHelpText(
        'after',
        `
Before the capture nothing was recorded: what is shown for an earlier time is
worked out from what is left and says so (inferred), or is unknown.

Examples:
  inquest replay FILE                       the path that the root cause breaks
  inquest replay FILE payment --at 14:15    the same before it broke
  inquest replay FILE payment --moments     when something changed on it
  inquest replay FILE --list                all paths`,
      )
      .action((file: string, path: string | undefined, flags: Flags) => act(file, path, flags));
  },
};
export default command;

async function act(file: string, wanted: string | undefined, flags: Flags): Promise<void> {
  const { openAnalysis } = await import('../../../analyze/analysis.ts');
  const { replayPath, findPaths, mainPath } = await import('../../../analyze/replay/replay.ts');
  const analysis = await openAnalysis(file);
  try {
    const { store, verdict } = analysis;
    const found = findPaths(verdict, wanted);
    const main = mainPath(verdict);
    if (flags.list === true || (main === undefined && wanted === undefined))
      return list(verdict, flags.json === true);
    const key = wanted === undefined ? main : found[0];
    if (key === undefined) {
      throw new UserError('no-such-path', `No path of this bundle is called ${wanted}.`, {
        hint: `inquest replay ${file} --list prints them.`,
      });
    }
    if (wanted !== undefined && found.length > 1) {
      process.stderr.write(
        `${found.length} paths fit; the first is shown. Others: ${found.slice(1, 5).map(oneLine).join(', ')}\n`,
      );
    }
    const reference = parseTime(verdict.capturedAt) ?? 0;
    const at =
      flags.at === undefined
        ? undefined
        : momentOf(flags, reference, () => replayPath(store, verdict, key).moments);
    const replay = replayPath(store, verdict, key, at);
    if (flags.json === true) process.stdout.write(`${jsonText(replay)}\n`);
    else await print(replay, flags);
  } finally {
    analysis.close();
  }
}

function momentOf(flags: Flags, reference: Micros, moments: () => Replay['moments']): Micros {
  const text = flags.at ?? '';
  const numbered = /^#(\d+)$/.exec(text)?.[1];
  const at =
    numbered === undefined
      ? parseMoment(text, { reference, local: flags.local === true })
      : parseTime(moments()[Number(numbered) - 1]?.at);
  if (at !== undefined) return at;
  throw new UserError('bad-argument', `--at takes a time, and "${text}" is none here`, {
    hint: 'Try 14:19, 10m, an RFC 3339 time, or #1 for the first of --moments.',
  });
}

function list(verdict: Verdict, json: boolean): void {
  if (json) {
    process.stdout.write(`${jsonText(verdict.paths)}\n`);
    return;
  }
  if (verdict.paths.length === 0)
    process.stdout.write('There are no paths: the bundle has no Service whose way could be walked.\n');
  for (const path of verdict.paths) {
    const layers = ORDER.filter((layer) => path.layers[layer] !== 'none').map(
      (layer) => `${layer} ${path.layers[layer]}`,
    );
    process.stdout.write(`${oneLine(path.key)}  ${layers.join(', ')}\n`);
  }
}

async function print(replay: Replay, flags: Flags): Promise<void> {
  const { replayHead, stepText, momentsText } = await import('../../../analyze/replay/text.ts');
  const interactive = process.stdout.isTTY && process.stdin.isTTY;
  const options = {
    zone: flags.local === true ? ('local' as const) : ('utc' as const),
    width: process.stdout.isTTY ? process.stdout.columns : 80,
  };
  const say = (lines: readonly string[]): void => {
    process.stdout.write(`${lines.join('\n')}\n`);
  };
  if (flags.moments === true) {
    say(
      replay.moments.length === 0 ? ['Nothing on this path carries a time.'] : momentsText(replay, options),
    );
    return;
  }
  const total = replay.steps.length;
  const only = flags.step === undefined ? undefined : stepNumber(flags.step, total);
  if (only === undefined) say(replayHead(replay, options));
  const shown = [...replay.steps.entries()].filter(([index]) => only === undefined || index === only - 1);
  const terminal =
    interactive && flags.all !== true && only === undefined
      ? createInterface({ input: process.stdin, output: process.stdout })
      : undefined;
  let left = false;
  terminal?.once('close', () => (left = true));
  for (const [index, step] of shown) {
    if (only === undefined) say(['']);
    say(stepText(step, index + 1, total, options));
    if (terminal !== undefined && index + 1 < total) {
      const answer = await ask(terminal);
      if (left || /^q/i.test(answer)) break;
    }
  }
  terminal?.close();
}

/** Resolves on Enter, and when the input ends. */
async function ask(terminal: ReturnType<typeof createInterface>): Promise<string> {
  const closed = new Promise<string>((resolve) => {
    terminal.once('close', () => resolve('q'));
  });
  return Promise.race([terminal.question('-- Enter: next layer, q: stop -- '), closed]);
}

function stepNumber(text: string, total: number): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 1 && number <= total) return number;
  throw new UserError('bad-argument', `--step takes a number from 1 to ${total}, not "${text}"`, {
    hint: 'Leave it out to see all of them.',
  });
}
