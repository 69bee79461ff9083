/** Every key and what it does, as data: the help view, the hints and the input layer are drawn from this one table. */

/** Where a binding holds. A screen names its contexts, most special first; `everywhere` comes last. */
export type KeyContext =
  | 'replay'
  | 'timeline'
  | 'logs'
  | 'sql'
  | 'search'
  | 'table'
  | 'document'
  | 'object'
  | 'move'
  | 'everywhere';

export type ActionId =
  | 'up'
  | 'down'
  | 'page-up'
  | 'page-down'
  | 'half-up'
  | 'half-down'
  | 'top'
  | 'bottom'
  | 'left'
  | 'right'
  | 'open'
  | 'view-evidence'
  | 'next-link'
  | 'previous-link'
  | 'describe'
  | 'yaml'
  | 'logs'
  | 'events'
  | 'owner'
  | 'timeline'
  | 'replay'
  | 'copy'
  | 'filter'
  | 'sort'
  | 'namespace'
  | 'search'
  | 'search-next'
  | 'search-previous'
  | 'error-next'
  | 'error-previous'
  | 'warning-next'
  | 'warning-previous'
  | 'zoom-in'
  | 'zoom-out'
  | 'histogram'
  | 'only-object'
  | 'severity'
  | 'bookmark'
  | 'bookmark-next'
  | 'bookmark-previous'
  | 'earlier'
  | 'later'
  | 'command'
  | 'sql'
  | 'gaps'
  | 'clock'
  | 'home'
  | 'help'
  | 'back'
  | 'quit';

export interface Binding {
  readonly action: ActionId;
  readonly context: KeyContext;
  readonly keys: readonly string[];
  /** In the help: what it does. */
  readonly title: string;
  /** In the hints at the bottom: one or two words. Only what a newcomer needs has one. */
  readonly hint?: string;
}

/** Letters that sort; those bound to something of their own in tables are left out. */
const SORT_KEYS = Array.from('ACDEFHIKLMNOPQRSTUVWXYZ');

const binding = (
  context: KeyContext,
  action: ActionId,
  keys: readonly string[],
  title: string,
  hint?: string,
): Binding => ({ action, context, keys, title, ...(hint === undefined ? {} : { hint }) });

export const KEYMAP: readonly Binding[] = [
  binding(
    'replay',
    'earlier',
    ['[', 'left'],
    'to the moment before: what the path looked like then',
    'earlier',
  ),
  binding('replay', 'later', [']', 'right'], 'to the moment after', 'later'),

  binding('timeline', 'zoom-in', ['z'], 'zoom in: less time around the selected entry', 'zoom'),
  binding('timeline', 'zoom-out', ['Z'], 'zoom out'),
  binding('timeline', 'earlier', ['[', 'left', 'h'], 'as much time earlier as the histogram spans'),
  binding('timeline', 'later', [']', 'right'], 'as much time later'),
  binding('timeline', 'histogram', ['i'], 'show or hide the histogram'),
  binding(
    'timeline',
    'only-object',
    ['o'],
    'only the object of the selected entry, or all again',
    'only this',
  ),
  binding(
    'timeline',
    'severity',
    ['s'],
    'only warnings and errors, then only errors, then all again',
    'filter',
  ),
  binding(
    'timeline',
    'namespace',
    Array.from('0123456789'),
    '0 all namespaces, 1 to 9 the one with that number',
  ),
  binding('timeline', 'error-next', ['e'], 'next error', 'error'),
  binding('timeline', 'error-previous', ['E'], 'error before'),
  binding('timeline', 'warning-next', ['w'], 'next warning or error'),
  binding('timeline', 'warning-previous', ['W'], 'warning or error before'),
  binding('timeline', 'bookmark', ['m'], 'set or remove a bookmark'),
  binding('timeline', 'bookmark-next', ['b'], 'next bookmark'),
  binding('timeline', 'bookmark-previous', ['B'], 'bookmark before'),

  binding('logs', 'error-next', ['e'], 'next error', 'error'),
  binding('logs', 'error-previous', ['E'], 'error before'),
  binding('logs', 'warning-next', ['w'], 'next warning or error', 'warning'),
  binding('logs', 'warning-previous', ['W'], 'warning or error before'),
  binding('logs', 'left', ['left', 'h'], 'scroll left'),
  binding('logs', 'right', ['right'], 'scroll right: long lines'),
  binding('logs', 'bookmark', ['m'], 'set or remove a bookmark'),
  binding('logs', 'bookmark-next', ['b'], 'next bookmark'),
  binding('logs', 'bookmark-previous', ['B'], 'bookmark before'),

  binding('search', 'search', ['/'], 'search (a regular expression; else the text as it is)', 'search'),
  binding('search', 'search-next', ['n'], 'next hit'),
  binding('search', 'search-previous', ['N'], 'hit before'),

  binding('table', 'filter', ['/'], 'filter: text or expression; !not; -l label=value; -f fuzzy', 'filter'),
  binding(
    'table',
    'sort',
    SORT_KEYS,
    'sort by the column with that letter underlined in its head; again: the other way',
  ),
  binding(
    'table',
    'namespace',
    Array.from('0123456789'),
    '0 all namespaces, 1 to 9 the one with that number',
  ),

  binding('document', 'next-link', ['tab'], 'to the next thing that opens'),
  binding('document', 'previous-link', ['shift+tab'], 'to the one before'),

  binding('object', 'view-evidence', ['v'], 'open the evidence', 'evidence'),
  binding('object', 'describe', ['d'], 'describe', 'describe'),
  binding('object', 'yaml', ['y'], 'YAML as it was captured', 'yaml'),
  binding('object', 'logs', ['l'], 'logs of the pod, or of the pods behind it', 'logs'),
  binding('object', 'events', ['e'], 'Events of the object', 'events'),
  binding('object', 'owner', ['J'], 'jump to the owner'),
  binding('object', 'replay', ['r'], 'replay the path layer by layer', 'replay'),
  binding('object', 'timeline', ['t'], 'timeline at the time of what is selected', 'timeline'),
  binding('object', 'copy', ['c'], 'copy what is selected (OSC 52)'),

  binding('move', 'up', ['k', 'up'], 'up'),
  binding('move', 'down', ['j', 'down'], 'down'),
  binding('move', 'page-up', ['pgup', 'ctrl+b'], 'a page up'),
  binding('move', 'page-down', ['pgdn', 'ctrl+f', 'space'], 'a page down'),
  binding('move', 'half-up', ['ctrl+u'], 'half a page up'),
  binding('move', 'half-down', ['ctrl+d'], 'half a page down'),
  binding('move', 'top', ['g', 'home'], 'to the first'),
  binding('move', 'bottom', ['G', 'end'], 'to the last'),
  binding('move', 'left', ['left', 'h'], 'scroll left'),
  binding('move', 'right', ['right'], 'scroll right'),
  binding('move', 'open', ['enter'], 'open what is selected', 'open'),

  binding('everywhere', 'command', [':'], 'command: a kind (:pods, :svc) or a view (:timeline)', 'command'),
  binding('everywhere', 'sql', [';'], 'SQL over everything that was captured', 'sql'),
  binding('everywhere', 'gaps', ['u'], 'what could not be judged: the gaps', 'gaps'),
  binding('everywhere', 'clock', ['ctrl+t'], 'times in UTC, local, or relative to the capture'),
  binding('everywhere', 'home', ['~'], 'back to the verdict'),
  binding('everywhere', 'help', ['?'], 'help', 'help'),
  binding('everywhere', 'back', ['esc', 'backspace'], 'back'),
  binding('everywhere', 'quit', ['q', 'ctrl+c'], 'quit', 'quit'),
];

const CONTEXT_TITLES: Readonly<Record<KeyContext, string>> = {
  replay: 'Replay',
  timeline: 'Timeline',
  logs: 'Logs',
  sql: 'SQL',
  search: 'Searching',
  table: 'Tables',
  document: 'Pages with links',
  object: 'The selected object or evidence',
  move: 'Moving',
  everywhere: 'Everywhere',
};

const byContext = new Map<KeyContext, Map<string, Binding>>();
for (const entry of KEYMAP) {
  const keys = byContext.get(entry.context) ?? new Map<string, Binding>();
  for (const key of entry.keys) keys.set(key, entry);
  byContext.set(entry.context, keys);
}

/** The binding of a key where these contexts hold, the first one winning; `everywhere` is always the last. */
export function bindingOf(key: string, contexts: readonly KeyContext[]): Binding | undefined {
  for (const context of [...contexts, 'everywhere' as const]) {
    const found = byContext.get(context)?.get(key);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The keys of a binding that still reach it when more special contexts hide some of them. */
export function reachableKeys(entry: Binding, contexts: readonly KeyContext[]): readonly string[] {
  return entry.keys.filter((key) => bindingOf(key, contexts) === entry);
}

/** Every binding that works where these contexts hold, in the order of the contexts. */
export function activeBindings(contexts: readonly KeyContext[]): Binding[] {
  const order = [...contexts, 'everywhere' as const];
  return order.flatMap((context) =>
    KEYMAP.filter((entry) => entry.context === context && reachableKeys(entry, contexts).length > 0),
  );
}

export function contextTitle(context: KeyContext): string {
  return CONTEXT_TITLES[context];
}
