/** Which screen a target opens, and what the keys that hold everywhere do: the one module that knows every view. */
import { COMMANDS } from './commands.ts';
import { nextClock, clockName } from './clock.ts';
import { kindNames, kindsOf } from './data/kinds.ts';
import {
  bodyOf,
  findingByKey,
  findObject,
  objectAtLine,
  objectById,
  ownerOf,
  refOf,
} from './data/objects.ts';
import { runCommand } from './palette.ts';
import type { Act, Env, Outcome, Screen, Subject, Target } from './screen.ts';
import { openDescribe } from './views/describe.ts';
import { openEvents } from './views/events.ts';
import { findingScreen } from './views/finding.ts';
import { helpScreen } from './views/help.ts';
import { gapScreen } from './views/lists.ts';
import { openLog, openLogAt, openLogs, openTogether } from './views/logs.ts';
import { pageScreen } from './views/page.ts';
import { openReplay } from './views/replay.ts';
import { openResources } from './views/resources.ts';
import { openSql } from './views/sql.ts';
import { openTimeline } from './views/timeline.ts';
import { openYaml } from './views/yaml.ts';
import type { ObjectRef } from '../../src/core/ids.ts';
import { objectKey } from '../../src/core/ids.ts';
import { parseTime } from '../../src/core/time.ts';
import type { Evidence } from '../model/finding.ts';
import { mainPath } from '../replay/replay.ts';

/** The screen a target leads to; an outcome without a screen says why there is none. */
export function openTarget(env: Env, target: Target): Outcome {
  switch (target.kind) {
    case 'evidence':
      return openEvidence(env, target.evidence);
    case 'object':
      return openObject(env, target.ref, target.path);
    case 'finding': {
      const finding = findingByKey(env.verdict, target.key);
      return finding === undefined ? missing(target.key) : { screen: findingScreen(finding) };
    }
    case 'path':
      return openReplay(env, target.key, target.at);
    case 'describe':
      return openDescribe(env, target.id);
    case 'yaml':
      return openYaml(env, target.id, target.path);
    case 'events':
      return openEvents(env, target.ref);
    case 'logs':
      return openLogs(env, target.of);
    case 'logs-together':
      return openTogether(env, target.of);
    case 'log-lines':
      return openLog(env, target.log);
    case 'log':
      return openLogAt(env, target.file, target.line);
    case 'resources': {
      const kind = kindsOf(env.store).find((row) => row.resource === target.resource);
      return kind === undefined ? missing(target.resource) : openResources(env, kind, target);
    }
    case 'text':
      return {
        screen: pageScreen({
          crumb: target.title,
          blocks: () => [{ text: target.text }],
          subject: { text: target.text },
        }),
      };
    case 'moment':
      return openTimeline(env, target.at);
    case 'gap':
      return gapScreen(env.verdict, target.key);
    case 'view':
      return runCommand(env, target.command);
    default:
      return {};
  }
}

/** What keys do that the screen has no meaning of its own for. */
export function globalAction(env: Env, screen: Screen, act: Act): Outcome {
  switch (act.action) {
    case 'command':
      return {
        ask: {
          kind: 'command',
          label: ':',
          text: '',
          submit: (now, _screen, text) => pushed(runCommand(now, text)),
        },
      };
    case 'sql':
      return pushed(openSql(env));
    case 'gaps':
      return pushed(runCommand(env, 'gaps'));
    case 'help':
      return { push: helpScreen(screen) };
    case 'clock': {
      const mode = nextClock(env.clock.mode);
      return { clock: mode, say: `Times: ${clockName(mode)}` };
    }
    case 'home':
      return { home: true };
    case 'back':
      return { back: true };
    case 'quit':
      return { quit: true };
    default:
      return objectAction(env, subjectIn(env, screen), act);
  }
}

/** What is selected; of a finding, its object, onset and summary too. */
function subjectIn(env: Env, screen: Screen): Subject {
  const subject = screen.subject?.(env) ?? {};
  const finding = subject.finding === undefined ? undefined : findingByKey(env.verdict, subject.finding);
  if (finding === undefined) return subject;
  const at = parseTime(finding.since.from ?? finding.since.to);
  return { ref: finding.object, text: finding.summary, ...(at === undefined ? {} : { at }), ...subject };
}

/** An outcome whose screen goes on top instead of replacing. */
function pushed(outcome: Outcome): Outcome {
  if (outcome.screen === undefined) return outcome;
  const { screen, ...rest } = outcome;
  return { ...rest, push: screen };
}

function objectAction(env: Env, subject: Subject, act: Act): Outcome {
  const ref = subject.ref ?? refById(env, subject.objectId);
  switch (act.action) {
    case 'view-evidence':
      return evidenceOf(env, subject);
    case 'describe':
    case 'yaml':
      return objectTarget(env, subject, (id) => ({ kind: act.action === 'yaml' ? 'yaml' : 'describe', id }));
    case 'events':
      return ref === undefined ? noObject : { open: { kind: 'events', ref } };
    case 'logs':
      return ref === undefined ? noObject : { open: { kind: 'logs', of: ref } };
    case 'owner':
      return openOwner(env, subject);
    case 'timeline':
      return {
        open: {
          kind: 'moment',
          ...(subject.at === undefined ? {} : { at: subject.at }),
          ...(ref === undefined ? {} : { ref }),
        },
      };
    case 'replay': {
      const key = subject.pathKey ?? pathOf(env, subject, ref);
      if (key === undefined) return { say: 'No path was walked in this bundle.', tone: 'warn' };
      return { open: { kind: 'path', key } };
    }
    case 'copy':
      return subject.text === undefined ? { say: 'There is nothing here to copy.' } : { copy: subject.text };
    default:
      return {};
  }
}

const noObject: Outcome = { say: 'No object is selected here.' };

/** Evidence of what is selected: its own, or the first of the finding's. */
function evidenceOf(env: Env, subject: Subject): Outcome {
  if (subject.evidence !== undefined) return { open: { kind: 'evidence', evidence: subject.evidence } };
  const evidence =
    subject.finding === undefined ? undefined : findingByKey(env.verdict, subject.finding)?.evidence[0];
  return evidence === undefined
    ? { say: 'No finding is selected here.' }
    : { open: { kind: 'evidence', evidence } };
}

function objectTarget(env: Env, subject: Subject, target: (id: number) => Target): Outcome {
  const id =
    subject.objectId ?? (subject.ref === undefined ? undefined : findObject(env.store, subject.ref)?.id);
  if (id !== undefined) return { open: target(id) };
  return subject.ref === undefined ? noObject : notHere(subject.ref);
}

function refById(env: Env, id: number | undefined): ObjectRef | undefined {
  const row = id === undefined ? undefined : objectById(env.store, id);
  return row === undefined ? undefined : refOf(row);
}

function openOwner(env: Env, subject: Subject): Outcome {
  const row =
    subject.objectId === undefined
      ? subject.ref && findObject(env.store, subject.ref)
      : objectById(env.store, subject.objectId);
  if (row === undefined) return subject.ref === undefined ? noObject : notHere(subject.ref);
  const owner = ownerOf(env.store, row);
  if (owner === undefined) return { say: `${row.kind}/${row.name} has no owner.` };
  return owner.row === undefined ? notHere(owner.ref) : { open: { kind: 'describe', id: owner.row.id } };
}

/** The path that the finding or the object is about, else the main one. */
function pathOf(env: Env, subject: Subject, ref: ObjectRef | undefined): string | undefined {
  const { paths } = env.verdict;
  const { finding } = subject;
  const broken = finding === undefined ? undefined : paths.find((path) => path.findings.includes(finding));
  const through = paths.find(
    (path) => ref?.kind === 'Service' && path.key.startsWith(`service/${ref.namespace ?? ''}/${ref.name}:`),
  );
  return (broken ?? through)?.key ?? mainPath(env.verdict);
}

function openObject(env: Env, ref: ObjectRef, path?: string): Outcome {
  const row = findObject(env.store, ref);
  if (row === undefined) return notHere(ref);
  return path === undefined ? openDescribe(env, row.id) : openYaml(env, row.id, path);
}

function notHere(ref: ObjectRef): Outcome {
  return { say: `${objectKey(ref)} is not in the bundle.`, tone: 'warn' };
}

function missing(what: string): Outcome {
  return { say: `There is no ${what} in this bundle.`, tone: 'warn' };
}

/** Evidence where it lies: the field in the YAML, the log line, the Event; else all that is known of it as text. */
function openEvidence(env: Env, evidence: Evidence): Outcome {
  const { object, file, line } = evidence;
  if (evidence.kind === 'log' && file !== undefined) {
    return openLogAt(env, file, line);
  }
  const placed = file === undefined || line === undefined ? undefined : objectAtLine(env.store, file, line);
  const row = placed ?? (object === undefined ? undefined : findObject(env.store, object));
  if (row !== undefined && bodyOf(env.store, row.id) !== undefined && evidence.kind !== 'probe') {
    return evidence.path === undefined && evidence.kind !== 'event'
      ? openDescribe(env, row.id)
      : openYaml(env, row.id, evidence.path);
  }
  const text = JSON.stringify(evidence, undefined, 2);
  return {
    screen: pageScreen({
      crumb: `${evidence.kind} evidence`,
      blocks: () => [{ text }],
      subject: { evidence, text },
    }),
  };
}

/** What Tab makes of a command: the first name, view or kind, that begins with it. */
export function completeCommand(env: Env, text: string): string | undefined {
  if (text === '' || text.includes(' ')) return undefined;
  const names = [...COMMANDS.flatMap((entry) => entry.names), ...kindsOf(env.store).flatMap(kindNames)];
  return names.filter((name) => name.startsWith(text)).toSorted((a, b) => a.length - b.length)[0];
}

export { completeSql } from './views/sql.ts';
