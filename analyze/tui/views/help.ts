/** Every key of the screen one came from, and the commands: drawn from the keymap, so that it cannot be out of date. */
import { COMMANDS } from '../commands.ts';
import { heading, type Block } from '../components/document.ts';
import { contextTitle, KEYMAP, reachableKeys, type KeyContext } from '../keymap.ts';
import { keyLabel } from '../keys.ts';
import type { Screen } from '../screen.ts';
import { pageScreen } from './page.ts';

const LEAD = 20;

/** The help for a screen: its own keys first, then everywhere, then the commands. */
export function helpScreen(of: Screen): Screen {
  return pageScreen({ crumb: 'help', blocks: (env) => helpBlocks(of.contexts, of.sorts?.(env) ?? []) });
}

type Sorts = ReadonlyArray<readonly [key: string, title: string]>;

function helpBlocks(contexts: readonly KeyContext[], sorts: Sorts): Block[] {
  const sections = [...contexts, 'everywhere' as const].flatMap((context) =>
    keysIn(context, contexts, sorts),
  );
  return [
    { text: 'Keys here', tone: 'strong' },
    ...sections,
    ...heading('Commands, after :'),
    ...COMMANDS.map((command): Block => ({
      lead: `:${command.names.join(' :')}`,
      leadWidth: LEAD,
      text: command.title,
      target: { kind: 'view', command: command.names[0] ?? '' },
    })),
    { lead: ':pods :svc :deploy', leadWidth: LEAD, text: 'a kind, by its plural, singular or short name' },
    { lead: ':pods shop', leadWidth: LEAD, text: 'a kind in one namespace' },
    { lead: ':pods /web', leadWidth: LEAD, text: 'a kind, filtered' },
    ...heading('How things are marked'),
    { lead: '>', leadWidth: LEAD, text: 'what is selected' },
    { lead: '~', leadWidth: LEAD, text: 'inferred: worked out, not seen then' },
    { lead: '?', leadWidth: LEAD, text: 'unknown: there is no evidence about it' },
  ];
}

function keysIn(context: KeyContext, contexts: readonly KeyContext[], sorts: Sorts): Block[] {
  const rows = KEYMAP.filter((entry) => entry.context === context).flatMap((entry): Block[] => {
    if (entry.action === 'sort') return sorts.map(sortBlock);
    const keys = reachableKeys(entry, contexts);
    return keys.length === 0 ? [] : [{ lead: keysText(keys), leadWidth: LEAD, text: entry.title }];
  });
  return rows.length === 0 ? [] : [...heading(contextTitle(context)), ...rows];
}

function sortBlock([key, title]: readonly [string, string]): Block {
  return { lead: keyLabel(key), leadWidth: LEAD, text: `sort by ${title}; again: the other way` };
}

/** Runs of letters or digits are shown as a range. */
function keysText(keys: readonly string[]): string {
  if (keys.length > 4) return `${keyLabel(keys[0] ?? '')} … ${keyLabel(keys.at(-1) ?? '')}`;
  return keys.map(keyLabel).join('  ');
}
