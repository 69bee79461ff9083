/** `inquest demo`: a recorded incident of samples/, opened the same way as any bundle. */
import type { Command } from '../command.ts';

const command: Command = {
  name: 'demo',
  register(program) {
    program.command('demo');
  },
};
export default command;
