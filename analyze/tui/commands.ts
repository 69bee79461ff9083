/** The views that `:` opens by name, as data: the palette, its completion and the help are drawn from it. */

export type ViewName =
  | 'verdict'
  | 'replay'
  | 'paths'
  | 'timeline'
  | 'kinds'
  | 'events'
  | 'logs'
  | 'findings'
  | 'gaps'
  | 'unknown'
  | 'checks'
  | 'sql'
  | 'clock'
  | 'help'
  | 'quit';

export interface ViewCommand {
  readonly view: ViewName;
  /** The first is the one shown. */
  readonly names: readonly string[];
  readonly title: string;
}

const command = (view: ViewName, names: readonly string[], title: string): ViewCommand => ({
  view,
  names,
  title,
});

export const COMMANDS: readonly ViewCommand[] = [
  command('verdict', ['verdict'], 'what broke'),
  command('replay', ['replay'], 'a path layer by layer: :replay shop/payment, or the broken one'),
  command('paths', ['paths'], 'every path a request may travel'),
  command('timeline', ['timeline'], 'everything that happened; at a time: :timeline 14:19'),
  command('kinds', ['kinds', 'api-resources'], 'every kind of object, and how its list came'),
  command('events', ['events', 'ev'], 'Kubernetes Events'),
  command('logs', ['logs'], 'container logs'),
  command('findings', ['findings'], 'everything that was found'),
  command('gaps', ['gaps'], 'evidence that did not come, and why'),
  command('unknown', ['unknown'], 'questions that could not be answered'),
  command('checks', ['checks'], 'what was looked at, and how it came out'),
  command('sql', ['sql'], 'the SQL console'),
  command('clock', ['utc', 'local', 'relative'], 'how times are shown'),
  command('help', ['help'], 'keys and commands'),
  command('quit', ['q', 'quit', 'exit'], 'leave'),
];

/** The command of a name as it is typed. */
export function commandOf(name: string): ViewCommand | undefined {
  return COMMANDS.find((entry) => entry.names.includes(name));
}
