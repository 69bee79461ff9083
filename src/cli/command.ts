/** What a command is: one file `src/cli/commands/<name>.ts` with a default export of this shape. */
import type { Command as Commander } from 'commander';

export interface Command {
  readonly name: string;
  /**
   * Adds the command's arguments, options, help and action. It must not import anything heavy: the action loads what
   * it runs with `await import()`. The action returns nothing and sets `process.exitCode`, or throws UserError.
   */
  register(program: Commander): void;
}
