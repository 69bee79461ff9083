/** `inquest demo`: a recorded incident of samples/, opened the same way as any bundle. */
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../core/errors.ts';
import { packageRoot } from '../../core/package-info.ts';
import type { Command } from '../command.ts';

const DEFAULT_SAMPLE = 'selector-mismatch';

const command: Command = {
  name: 'demo',
  register(program) {
    program
      .command('demo')
      .summary('open a recorded incident, to try inquest without a cluster')
      .description(
        'Opens an incident that was recorded from a real cluster: in the terminal UI on a terminal,\n' +
          'as a verdict in text elsewhere.',
      )
      .argument('[name]', 'which incident', DEFAULT_SAMPLE)
      .option('--list', 'list the incidents')
      .addHelpText(
        'after',
        `
Examples:
  inquest demo                 look at the default incident
  inquest demo --list          what there is
  inquest demo | head -10      the verdict alone`,
      )
      .action(async (name: string, options: { list?: boolean }) => {
        if (options.list === true) {
          const all = samples();
          const width = Math.max(...all.map(({ name: one }) => one.length));
          for (const sample of all) process.stdout.write(`${sample.name.padEnd(width)}  ${sample.title}\n`);
          return;
        }
        const interactive = process.stdin.isTTY && process.stdout.isTTY;
        await program.parseAsync([interactive ? 'open' : 'diagnose', bundleOf(name)], { from: 'user' });
      });
  },
};
export default command;

/** The recorded incidents, with the first heading of each story. */
function samples(): Array<{ name: string; title: string }> {
  const folder = join(packageRoot(), 'samples');
  return readdirSync(folder)
    .filter((name) => existsSync(join(folder, name, 'bundle.tar.gz')))
    .toSorted()
    .map((name) => ({ name, title: titleOf(join(folder, name, 'story.md')) }));
}

function titleOf(story: string): string {
  if (!existsSync(story)) return '';
  return /^# (.*)$/m.exec(readFileSync(story, 'utf8'))?.[1] ?? '';
}

function bundleOf(name: string): string {
  const known = samples();
  if (!known.some((sample) => sample.name === name)) {
    throw new UserError('sample-unknown', `there is no recorded incident named "${name}"`, {
      hint: `choose one of: ${known.map((sample) => sample.name).join(', ') || '(none recorded)'}`,
    });
  }
  return join(packageRoot(), 'samples', name, 'bundle.tar.gz');
}
