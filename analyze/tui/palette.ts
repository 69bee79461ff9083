/** What is typed after `:`: a view, or a kind with a namespace and a filter. */
import uFuzzy from '@leeoniya/ufuzzy';
import { findPaths, mainPath } from '../replay/replay.ts';
import { clockName, CLOCKS, type ClockMode } from './clock.ts';
import { COMMANDS, commandOf, type ViewName } from './commands.ts';
import { kindNames, kindsOf } from './data/kinds.ts';
import type { Env, Outcome } from './screen.ts';
import { openEvents } from './views/events.ts';
import { openChecks, openFindings, openGaps, openPaths, openUnknown } from './views/lists.ts';
import { openLogs } from './views/logs.ts';
import { openReplay } from './views/replay.ts';
import { namespaceNames, openKinds, openResources } from './views/resources.ts';
import { openSql } from './views/sql.ts';
import { openTimeline } from './views/timeline.ts';

/** Opens what a command names; an outcome without a screen says what is wrong with it. */
export function runCommand(env: Env, text: string): Outcome {
  const [name = '', ...rest] = text.trim().split(/\s+/);
  if (name === '') return {};
  const view = commandOf(name);
  if (view !== undefined) return openView(env, view.view, rest.join(' '), name);
  const kinds = kindsOf(env.store);
  const named = kinds.filter((row) => kindNames(row).includes(name.toLowerCase()));
  // Of kinds that share a name, the one with most objects is meant.
  const [kind] = named.toSorted((a, b) => b.objects - a.objects);
  if (kind === undefined) return unknownCommand(name, kinds.flatMap(kindNames));
  const at = rest.findIndex((word) => /^[/!-]/.test(word));
  const filter = at < 0 ? undefined : rest.slice(at).join(' ').replace(/^\//, '');
  const namespace = at === 0 ? undefined : rest[0];
  if (namespace !== undefined && !namespaceNames(env.store).includes(namespace)) {
    return { say: `There is no namespace ${namespace} in this bundle.`, tone: 'warn' };
  }
  return openResources(env, kind, {
    ...(namespace === undefined ? {} : { namespace }),
    ...(filter === undefined ? {} : { filter }),
  });
}

function timelineAt(env: Env, text: string): Outcome {
  if (text === '') return openTimeline(env);
  const at = env.moment(text, env.clock.mode === 'local');
  return at === undefined
    ? { say: `${text} is no time; write 14:19, 10m (before the capture) or an RFC 3339 time.`, tone: 'warn' }
    : openTimeline(env, at);
}

function clockMode(name: string): ClockMode {
  return CLOCKS.find((mode) => mode === name) ?? 'utc';
}

function openView(env: Env, view: ViewName, rest: string, name: string): Outcome {
  switch (view) {
    case 'verdict':
      return { home: true };
    case 'replay': {
      const key = rest === '' ? mainPath(env.verdict) : findPaths(env.verdict, rest)[0];
      return key === undefined
        ? { say: 'No such path was walked in this bundle; :paths lists them.', tone: 'warn' }
        : openReplay(env, key);
    }
    case 'paths':
      return openPaths(env);
    case 'timeline':
      return timelineAt(env, rest);
    case 'clock':
      return { clock: clockMode(name), say: `Times: ${clockName(clockMode(name))}` };
    case 'kinds':
      return openKinds(env);
    case 'events':
      return openEvents(env);
    case 'logs':
      return openLogs(env);
    case 'findings':
      return openFindings(env);
    case 'gaps':
      return openGaps(env);
    case 'unknown':
      return openUnknown(env);
    case 'checks':
      return openChecks(env);
    case 'sql':
      return openSql(env);
    case 'help':
      return { say: '? lists the keys of the screen it is pressed on.' };
    case 'quit':
      return { quit: true };
    default:
      return {};
  }
}

function unknownCommand(name: string, kinds: readonly string[]): Outcome {
  const names = [...COMMANDS.flatMap((entry) => entry.names), ...kinds].filter(
    (known) => known[0] === name[0],
  );
  const [near] = new uFuzzy({ intraMode: 1 }).filter(names, name) ?? [];
  const meant = near === undefined ? '' : ` Did you mean :${names[near] ?? ''}?`;
  return { say: `There is no view and no kind named ${name}.${meant}`, tone: 'warn' };
}
