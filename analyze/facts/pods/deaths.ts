/** Why a container died: how it ended, the line of its log that tells, the probe for which the kubelet killed it. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE, type Micros } from '../../../src/core/time.ts';
import { explainExit } from './container-story.ts';
import type { Facts } from '../facts.ts';
import { lastWordOf, type LastWord } from '../logs/last-words.ts';
import { failureIn } from '../logs/failures.ts';
import type { EventRow, LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import type { ContainerRow } from '../rows.ts';
import { mountedOver } from './mounted-over.ts';
import { linkRead } from './service-links.ts';
import { startRefusal, type Refusal } from './start-words.ts';

/** An Event older than this tells of another life. */
const RECENT: Micros = 10 * MINUTE;
/** How many lines of its last life are read for the reason, and how many of its end are shown. */
const READ_LINES = 60;
const SHOWN_LINES = 3;

/** How a container's last life ended, and what tells. */
export interface Death {
  /** A clause: how it ended, and what it said of that. */
  readonly words: string;
  readonly remedy: string;
  /** Of its log: what tells, and the end. */
  readonly lines: readonly LogRow[];
  readonly killing: EventRow | undefined;
  /** What its last words are about, where that is all that tells. */
  readonly said?: LastWord['kind'];
  /** False where the runtime could not even start it: then it never reached for anything. */
  readonly started: boolean;
}

/** Of a container that died, from how it ended, what it said and what the kubelet did. Needs pods, Services, Events and logs. */
export function deathOf(facts: Facts, pod: PodFact, container: ContainerRow): Death {
  const death = known.get(container) ?? readDeath(facts, pod, container);
  known.set(container, death);
  return death;
}

/** Several checks ask how a container died; each row is of one store. */
const known = new WeakMap<ContainerRow, Death>();

function readDeath(facts: Facts, pod: PodFact, container: ContainerRow): Death {
  const tail = lastWords(facts, pod, container);
  const word = linkWord(facts, pod, container, tail) ?? lastWordOf(tail);
  const killing = killedBy(facts, pod, container);
  const end = tail.slice(-SHOWN_LINES);
  const lines = word === undefined || end.includes(word.line) ? end : [word.line, ...end];
  const ended = container.state === 'terminated';
  const code = ended ? container.exit_code : container.last_exit_code;
  const reason = ended ? container.reason : container.last_reason;
  const probe = killing && /failed (liveness|startup) probe/.exec(killing.message ?? '')?.[1];
  if (probe !== undefined)
    return {
      words: `the kubelet kills it because its ${probe} probe fails${code === null ? '' : ` (exit code ${code})`}`,
      remedy: `See what its ${probe} probe asks, and whether the program could answer by then.`,
      lines,
      killing,
      started: true,
    };
  const hook = hookOf(facts, pod, container);
  if (hook !== undefined)
    return {
      words: `the kubelet kills it because its postStart hook fails${code === null ? '' : ` (exit code ${code})`}`,
      remedy: 'See what its lifecycle.postStart runs: it must end well, and in time.',
      lines,
      killing: hook,
      started: true,
    };
  const start = startError(facts, pod, container);
  if (start !== undefined)
    return {
      words: `${start.words}: ${explainExit(code, reason)}${quotedStart(container)}`,
      remedy: start.remedy,
      lines: [],
      killing: undefined,
      started: false,
    };
  const said = word?.line ?? tail.at(-1);
  const quoted = said === undefined ? '' : `, last words "${oneLine(said.text).slice(0, 160)}"`;
  return {
    words: `${word === undefined ? '' : `${word.words}: `}${explainExit(code, reason)}${quotedStart(container)}${quoted}`,
    remedy: remedyOf(code, reason, word),
    ...(word === undefined ? {} : { said: word.kind }),
    lines,
    killing: undefined,
    started: true,
  };
}

/** What fails at an address did understand it: only where no dependency is to blame may the variable be. */
function linkWord(
  facts: Facts,
  pod: PodFact,
  { name }: ContainerRow,
  tail: readonly LogRow[],
): LastWord | undefined {
  const link = linkRead(facts, pod, name, tail);
  if (link === undefined || failureIn(link.line) !== undefined) return undefined;
  return {
    kind: 'usage',
    words: `it reads ${link.variable}, which Kubernetes sets to ${link.value} for Service ${link.service}`,
    remedy: `Set enableServiceLinks: false in the pod's spec, or ${link.variable} in its env; or call the Service otherwise.`,
    line: link.line,
  };
}

function remedyOf(code: number | null, reason: string | null, word: LastWord | undefined): string {
  if (reason === 'OOMKilled') return 'It was killed for want of memory: look at its limit first.';
  if (word !== undefined) return word.remedy;
  if (code === 0) return 'Let the program stay in the foreground; if it is meant to end, run it as a Job.';
  if (code === 126 || code === 127 || code === 128)
    return 'Correct command and args, or put the program into the image.';
  return 'Read what the container said before it died.';
}

/** What the runtime says of a program that it could not even start, where that is how its last life ended. */
function startError(facts: Facts, pod: PodFact, container: ContainerRow): Refusal | undefined {
  const said = runtimeSays(container) ?? '';
  const start = startRefusal(said);
  return start && (mountedOver(said, facts.body(pod), container.name) ?? start);
}

/** In its own words: `exec: "/app/serve": stat /app/serve: no such file …`. */
function quotedStart(container: ContainerRow): string {
  const said = /exec: "[^"]+": .*/.exec(runtimeSays(container) ?? '')?.[0];
  return said === undefined ? '' : `, ${oneLine(said).slice(0, 160)}`;
}

function runtimeSays({ state, message, last_message: last }: ContainerRow): string | null {
  return state === 'terminated' ? message : last;
}

/** The kubelet ends a container whose postStart hook fails (kuberuntime_container.go), and starts it anew. */
function hookOf(facts: Facts, pod: PodFact, { name }: ContainerRow): EventRow | undefined {
  return facts
    .events(pod.ref)
    .findLast(
      ({ reason, field_path, last_at }) =>
        reason === 'FailedPostStartHook' &&
        (field_path ?? '').endsWith(`{${name}}`) &&
        facts.clock.endedAt - (last_at ?? 0) < RECENT,
    );
}

/** The kubelet's own word that it ended this container for its probe (kuberuntime: "Container app failed liveness probe"). */
function killedBy(facts: Facts, pod: PodFact, container: ContainerRow): EventRow | undefined {
  const { endedAt } = facts.clock;
  return facts
    .events(pod.ref)
    .findLast(
      ({ reason, message, last_at }) =>
        reason === 'Killing' &&
        (message ?? '').startsWith(`Container ${container.name} failed `) &&
        endedAt - (last_at ?? 0) < RECENT,
    );
}

/** What the kubelet answers in a log's place when the runtime has dropped it already (kubelet/kuberuntime). */
const NO_LOG = 'unable to retrieve container logs for ';

/** The end of the log of the run that died: the previous one while the next runs or waits. */
function lastWords(facts: Facts, pod: PodFact, container: ContainerRow): ReturnType<Facts['logTail']> {
  const said = (previous: boolean): ReturnType<Facts['logTail']> =>
    facts
      .logTail(pod, container.name, previous, READ_LINES)
      .filter(({ text }) => text.trim() !== '' && !text.startsWith(NO_LOG));
  const previous = said(true);
  if (previous.length > 0) return previous;
  const now = said(false);
  // The runtime may have dropped the old log, while the new life has said by now what it will die of, like those before.
  return container.state !== 'running' || lastWordOf(now) !== undefined ? now : [];
}
