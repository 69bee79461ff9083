/** `inquest verify`: is a bundle whole, interrupted or altered, and where. */
import type { Verification } from '../../bundle/verify.ts';
import { UserError } from '../../core/errors.ts';
import { EXIT } from '../../core/exit-codes.ts';
import { jsonText, oneLine, plural } from '../../core/text.ts';
import type { Command } from '../command.ts';

/** Problems shown in text; `--json` has them all. */
const MOST_SHOWN = 50;

interface Options {
  readonly json?: true;
  readonly strict?: true;
}

const command: Command = {
  name: 'verify',
  register(program) {
    program
      .command('verify')
      .summary('say whether a bundle is whole, interrupted or altered, and where')
      .description(
        'Reads every entry of a bundle, compares it with the manifest, and says whether the bundle is\n' +
          'whole, interrupted (the capture or the copy was cut: no manifest) or altered, and where.\n' +
          'Prints the digest, to compare with the one that `inquest capture` printed.',
      )
      .argument('<file>', 'a bundle: .tar.gz, .tar, an unpacked folder, or - for stdin')
      .option('--json', 'print the result as JSON (format inquest-verify/1)')
      .option('--strict', 'exit with 3 when the bundle is interrupted')
      .addHelpText(
        'after',
        `
Exit codes:
  0   whole; or interrupted, which is told on stderr (with --strict: 3)
  1   altered: an entry differs, is damaged, missing or was added
  2   not a bundle, or nothing of it can be read

Examples:
  inquest verify inquest-prod.tar.gz
  inquest verify ./inquest-prod-20260301T101500Z/   a folder it was unpacked to
  ssh jump cat bundle.tar.gz | inquest verify - --strict
  inquest verify bundle.tar.gz --json | jq -r .digest

The digest proves nothing alone: who can change a bundle can write a new
manifest too. Compare it with the one printed at capture.`,
      )
      .action(async (file: string, options: Options) => {
        const { verifyBundle } = await import('../../bundle/verify.ts');
        const result = await verifyBundle(file);
        process.stdout.write(options.json ? `${jsonText(result)}\n` : verifyText(result));
        if (result.result === 'altered') process.exitCode = EXIT.findings;
        else if (result.result === 'interrupted') interrupted(options.strict === true);
      });
  },
};
export default command;

function interrupted(strict: boolean): void {
  const message = 'the bundle is interrupted: what is missing cannot be told, and nothing can be compared';
  if (strict) {
    throw new UserError('bundle-interrupted', message, {
      hint: 'without --strict this is a warning; what is there can be opened',
      exitCode: EXIT.incomplete,
    });
  }
  process.stderr.write(`inquest: warning: ${message}\n`);
}

/** The result for a reader: a sentence, the digest, then what is wrong, a line each. */
export function verifyText(result: Verification): string {
  const lines = [`${result.result.padEnd(12)}${oneLine(result.source)}`];
  const row = (name: string, value: string | undefined): void => {
    if (value !== undefined) lines.push(`${name.padEnd(12)}${oneLine(value)}`);
  };
  row('digest', `sha256:${result.digest}${result.digestOf === 'content' ? ' (of all content)' : ''}`);
  row('cluster', result.cluster);
  row('captured', captured(result));
  row('holds', `${plural(result.entries, 'entry', 'entries')}, ${result.bytes} bytes`);
  for (const { kind, path, detail } of result.problems.slice(0, MOST_SHOWN)) {
    lines.push(`  ${kind.padEnd(11)} ${path === undefined ? '' : `${oneLine(path)}: `}${oneLine(detail)}`);
  }
  const more = result.problems.length - MOST_SHOWN;
  if (more > 0) lines.push(`  and ${more} more (--json lists them)`);
  return `${lines.join('\n')}\n`;
}

function captured(result: Verification): string | undefined {
  if (result.startedAt === undefined) return undefined;
  if (result.endedAt === undefined) return `from ${result.startedAt}; its end is missing`;
  const ends = {
    complete: 'complete',
    deadline: 'until its deadline',
    interrupted: 'until the user stopped it',
  };
  return `from ${result.startedAt} to ${result.endedAt}, ${result.end ? ends[result.end] : ''}`;
}
