/** Builds the program from the registered commands and runs it. Loads nothing that a command alone needs. */
import { Command, CommanderError } from 'commander';
import { UserError, messageOf } from '../core/errors.ts';
import { EXIT, type ExitCode } from '../core/exit-codes.ts';
import { packageVersion } from '../core/package-info.ts';
import { printable } from '../core/text.ts';
import { commands } from './commands/registry.ts';

const OLDEST_NODE = [22, 19] as const;

/**
 * Runs one command line and leaves its exit code in `process.exitCode`. What goes wrong is written to stderr, in words a
 * user can act on.
 */
export async function run(argv: readonly string[]): Promise<void> {
  const tooOld = complainAboutNode(process.versions.node);
  if (tooOld !== undefined) {
    process.stderr.write(tooOld);
    process.exitCode = EXIT.unusable;
    return;
  }
  dieQuietlyOnClosedPipe();
  try {
    await program().parseAsync(argv);
  } catch (error) {
    process.exitCode = explain(error);
  }
}

/** The program with every command registered, as the documentation generator reads it too. */
export function program(): Command {
  const root = new Command('inquest')
    .description(
      'Capture a Kubernetes service outage into one file, and find from that file alone ' +
        'what broke, in which layer, since when, and what it dragged down.',
    )
    .version(packageVersion())
    .showSuggestionAfterError()
    .showHelpAfterError('(add --help for how to use it)')
    .addHelpText(
      'after',
      `
Examples:
  inquest capture                     capture the current context's cluster; prints the verdict
  inquest open inquest-prod.tar.gz    look at it in the terminal
  inquest diagnose FILE --json        the verdict for a script
  inquest demo                        a recorded incident, to try it without a cluster`,
    )
    .exitOverride();
  for (const command of commands) command.register(root);
  return root;
}

/** The message for a Node.js that is too old, or undefined when it will do. */
export function complainAboutNode(version: string): string | undefined {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantMajor, wantMinor] = OLDEST_NODE;
  if (major > wantMajor || (major === wantMajor && minor >= wantMinor)) return undefined;
  return (
    `inquest: needs Node.js ${wantMajor}.${wantMinor} or newer, and this is ${version}.\n` +
    'Next: install a newer Node.js, or in a checkout run it through npm (npm start), which brings its own.\n'
  );
}

function explain(error: unknown): ExitCode {
  if (error instanceof CommanderError) {
    // Commander has printed the message itself; help and version end here too, with code 0.
    return error.exitCode === 0 ? EXIT.done : EXIT.unusable;
  }
  if (error instanceof UserError) {
    process.stderr.write(`inquest: ${printable(error.message)}\n`);
    if (error.hint !== undefined) process.stderr.write(`Next: ${printable(error.hint)}\n`);
    return error.exitCode;
  }
  const stack = error instanceof Error ? (error.stack ?? error.message) : messageOf(error);
  process.stderr.write(
    `inquest: a bug: ${printable(messageOf(error))}\nPlease report it with what follows.\n${printable(stack)}\n`,
  );
  return EXIT.bug;
}

/** `inquest … | head` is no error: when the reader has gone, stop without a stack trace. */
function dieQuietlyOnClosedPipe(): void {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.done);
    throw error;
  });
}
