/** `inquest checks`: the catalogue of what can be found, each explained. */
import type { Command } from '../command.ts';

const command: Command = {
  name: 'checks',
  register(program) {
    program
      .command('checks')
      .description('List what inquest can find, or explain one check.')
      .argument('[id]', 'the check to explain, as in service/selector-mismatch')
      .option('--json', 'the catalogue, or the one check, as JSON')
      .addHelpText(
        'after',
        `
Examples:
  inquest checks                              all of them, a line each
  inquest checks service/selector-mismatch    the rule, and what it is not`,
      )
      .action(async (id: string | undefined, flags: { json?: boolean }) => {
        const { catalogue, catalogueData, checkNamed, dataOf, explanation } =
          await import('../../../analyze/report/catalogue.ts');
        if (flags.json === true) {
          const data = id === undefined ? catalogueData() : dataOf(checkNamed(id));
          process.stdout.write(`${JSON.stringify(data, null, 2)}\n`);
          return;
        }
        process.stdout.write(`${id === undefined ? catalogue() : explanation(id)}\n`);
      });
  },
};
export default command;
