/** What pods wait for in vain: their logs say so, the commands of their probes, or an init container that goes on waiting. */
import { oneLine } from '../../../src/core/text.ts';
import { MINUTE, type Micros } from '../../../src/core/time.ts';
import type { Evidence } from '../../model/finding.ts';
import { eventEvidence, fieldEvidence, logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import type { ComplainingRow } from '../object-rows.ts';
import { isLooping } from '../pods/looping.ts';
import type { PodAnswer } from '../pods/pod-findings.ts';
import type { PodFact } from '../pods.ts';
import { servicesAsked } from '../probes/asked-services.ts';
import { failingCommands, probeComplaints } from '../probes/complaints.ts';
import { groupBy } from '../read.ts';
import type { ContainerRow } from '../rows.ts';
import { failureIn, failuresIn, waitIn, type DependencyFailure } from './failures.ts';
import { isContinued } from './noise.ts';
import { isLoopback } from './targets.ts';
import { isSilentSince, servesAgain } from '../services/back-again.ts';
import { servicesReachedFor } from './waiting.ts';
import type { DependencyWay } from './ways.ts';

/** How far back the log is read: a program on the JVM writes a hundred lines of stack for one failure. */
const LINES = 500;
const WITHIN = 10 * MINUTE;
/** A program that still has the trouble has said so shortly before it was captured. */
const STILL = 2 * MINUTE;
/** One retry or two go with any restart of a dependency; a container that died of it need say it only once. */
const OFTEN = 3;

/** What a pod waits for, in which way that fails, and what tells. */
export interface Waits {
  readonly way: DependencyWay;
  readonly target: string | undefined;
  /** What says so. */
  readonly teller: string;
  readonly last: string;
  readonly texts: readonly string[];
  readonly times: readonly Micros[];
  readonly count: number;
  readonly shown: readonly Evidence[];
  readonly died: boolean;
}

/** Reads what a pod waits for. Needs pods, Services, their paths, logs and `PROBE_STORY`. */
export function waitReader(facts: Facts): (pod: PodFact) => PodAnswer<Waits> {
  const complaining = groupBy(
    facts.complaining(facts.clock.endedAt - WITHIN, 1),
    ({ namespace, pod }) => `${namespace}/${pod}`,
  );
  const troubled = facts.troubledPods();
  return (pod) => {
    const logs = complaining.get(`${pod.namespace}/${pod.name}`) ?? [];
    return troubled.has(pod.id) || logs.length > 0
      ? waitsFor(facts, pod, logs)
      : { fine: 'its log does not complain' };
  };
}

/** The same of a pod that is not well, from the logs of those of its containers alone that are not: without a look at all logs. */
export function waitOf(facts: Facts, pod: PodFact): PodAnswer<Waits> {
  return waitsFor(facts, pod, []);
}

function byLog(
  pod: PodFact,
  failures: readonly DependencyFailure[],
  last: DependencyFailure,
  died: boolean,
): Waits {
  const first = failures[0];
  return {
    way: last.way,
    target: last.target,
    teller: 'Its log',
    last: last.line.text,
    texts: failures.map(({ line }) => line.text),
    times: failures.flatMap(({ line }) => line.at ?? []),
    count: failures.length,
    shown: (first === undefined || first === last ? [last] : [first, last]).map(({ line }) =>
      logEvidence(line, pod),
    ),
    died,
  };
}

/** The command of a probe that fails now says what it could not use. */
function byProbe(facts: Facts, pod: PodFact): Waits | undefined {
  // What a probe asks at localhost is the program itself.
  const failures = mostNamed(
    probeComplaints(facts, pod)
      .flatMap((one) => failureIn(one) ?? [])
      .filter(({ target }) => target === undefined || !isLoopback(target)),
  );
  const last = failures.at(-1);
  const count = failures.reduce((sum, { line }) => sum + line.event.count, 0);
  if (last === undefined || last.target === undefined || count < OFTEN) return undefined;
  return {
    way: last.way,
    target: last.target,
    teller: `The command of its ${last.line.kind} probe`,
    last: last.line.text,
    texts: failures.map(({ line }) => line.text),
    times: failures.flatMap(({ line }) => line.event.first_at ?? []),
    count,
    shown: [eventEvidence(facts, last.line.event)],
    died: false,
  };
}

/**
 * The command of a probe that fails now asks a Service that has nothing ready behind it, and says nothing of what it could not
 * use: `nc -z` and `pg_isready -q` are silent.
 */
function byCommand(facts: Facts, pod: PodFact): Waits | undefined {
  for (const { probe, failures } of failingCommands(facts, pod)) {
    const last = failures.at(-1);
    const count = failures.reduce((sum, { event }) => sum + event.count, 0);
    const empty = servicesAsked(facts, pod, probe).find((service) => {
      const paths = facts.pathsOf(service);
      return (
        service.selector !== undefined && paths.length > 0 && paths.every(({ ready }) => ready.length === 0)
      );
    });
    if (last === undefined || empty === undefined || count < OFTEN) continue;
    const { namespace, name } = empty;
    return {
      way: 'unavailable',
      target: namespace === pod.namespace ? name : `${name}.${namespace}`,
      teller: `Its ${probe.kind} probe asks Service ${name}, which has nothing ready behind it; its command`,
      last: oneLine(last.text) || 'nothing',
      texts: [`http://${name}.${namespace}.svc`],
      times: failures.flatMap(({ event }) => event.first_at ?? []),
      count,
      shown: [
        eventEvidence(facts, last.event),
        fieldEvidence(facts, pod, `${probe.at}.exec.command`, probe.command),
      ],
      died: false,
    };
  }
  return undefined;
}

/** What was read of each pod, by the containers whose logs were: two checks ask for it. */
const known = new WeakMap<PodFact, Map<string, PodAnswer<Waits>>>();

function waitsFor(facts: Facts, pod: PodFact, complaining: readonly ComplainingRow[]): PodAnswer<Waits> {
  const containers = new Set([
    ...complaining.map(({ container }) => container),
    ...facts.troubled(pod).map(nameOfRow),
  ]);
  const answers = known.get(pod) ?? new Map<string, PodAnswer<Waits>>();
  known.set(pod, answers);
  const key = [...containers].join();
  const answer = answers.get(key) ?? readWaits(facts, pod, containers);
  answers.set(key, answer);
  return answer;
}

function readWaits(facts: Facts, pod: PodFact, containers: ReadonlySet<string>): PodAnswer<Waits> {
  let found: Waits | undefined;
  for (const name of containers) {
    const row = facts.troubled(pod).find((one) => one.name === name);
    const died = row !== undefined && ((row.restarts ?? 0) > 0 || row.state === 'terminated');
    const now = failuresIn(facts.logTail(pod, name, false, LINES)).filter((one) => isRecent(facts, one));
    const before = died
      ? failuresIn(facts.logTail(pod, name, true, 20)).filter((one) => isRecent(facts, one))
      : [];
    // One that loops is dead, though it was up for the moment in which it was looked at.
    const dead = died && (row.ready !== 1 || isLooping(row, facts.clock.endedAt));
    const all = [...before, ...now];
    // An init container that runs has not come to its work yet: what it says between two tries is talk of the waiting.
    const holds = row?.type === 'init' && row.state === 'running';
    const same = holds ? mostNamed(all) : lastRun(facts, pod, name, mostNamed(all));
    const last = same.at(-1);
    if (last === undefined) continue;
    const lasting = facts.clock.endedAt - (last.line.at ?? facts.clock.endedAt) < STILL;
    if (
      dead ||
      (same.length >= OFTEN && lasting && !isOver(facts, pod, name, last) && !hasCeased(facts, pod, same))
    ) {
      found = byLog(pod, same, last, dead);
      break;
    }
  }
  if (found?.target !== undefined) return { bad: found };
  const waits = heldBack(facts, pod);
  const wait = waits.at(-1);
  if (wait !== undefined) return { bad: byLog(pod, waits, wait, false) };
  if (found !== undefined) return { bad: found };
  const probe = byProbe(facts, pod) ?? byCommand(facts, pod);
  if (probe !== undefined) return { bad: probe };
  return { fine: 'its log names no dependency that fails, or the trouble is over' };
}

/** What an init container that runs says again and again that it waits for: the others do not start before it ends. */
function heldBack(facts: Facts, pod: PodFact): readonly DependencyFailure[] {
  const init = facts.troubled(pod).find(({ type, state }) => type === 'init' && state === 'running');
  if (init === undefined) return [];
  const waits = mostNamed(
    facts
      .logTail(pod, init.name, false, LINES)
      .flatMap((line) => waitIn(line) ?? [])
      .filter((one) => isRecent(facts, one) && reachesService(facts, pod, one)),
  );
  const last = waits.at(-1)?.line.at ?? facts.clock.endedAt;
  return waits.length >= OFTEN && facts.clock.endedAt - last < STILL ? waits : [];
}

/** `waiting for connections` is no wait for a dependency, unless there is a Service of that name. */
function reachesService(facts: Facts, { namespace }: PodFact, { line }: DependencyFailure): boolean {
  return servicesReachedFor(facts, [line.text], namespace).length > 0;
}

function nameOfRow({ name }: ContainerRow): string {
  return name;
}

function isRecent(facts: Facts, { line }: DependencyFailure): boolean {
  return line.at === null || facts.clock.endedAt - line.at <= WITHIN;
}

/** As many lines without trouble as there were with it, and more than a few: it has gone on. */
function isOver(facts: Facts, pod: PodFact, container: string, last: DependencyFailure): boolean {
  const lines = facts.logTail(pod, container, false, LINES);
  const after = lines.filter(
    (one) => one.file === last.line.file && one.line > last.line.line && !isContinued(one),
  );
  return after.length >= 10 && facts.clock.endedAt - (last.line.at ?? 0) > MINUTE / 2;
}

/** Said so many times in a row, it has a pace: a retry waits longer each time, twice as long most often. */
const PACE = 4;
const MISSED = 10;

/**
 * A pod that is Ready and said it every few seconds, and then no more for many times as long: the dependency is back. Where
 * its Service is seen to have been mended then, a shorter silence does.
 */
function hasCeased(facts: Facts, pod: PodFact, failures: readonly DependencyFailure[]): boolean {
  const times = failures.flatMap(({ line }) => line.at ?? []);
  if (pod.ready !== 'True' || times.length < PACE || times.length < failures.length) return false;
  const widest = Math.max(...times.slice(1).map((at, index) => at - (times[index] ?? at)));
  // The log was read at some moment of the capture: only its silence before that is known.
  const last = Math.max(...times);
  const silence = facts.clock.startedAt - last;
  if (silence > MINUTE / 2 && silence > MISSED * widest) return true;
  if (!isSilentSince(facts, last, widest)) return false;
  const texts = failures.map(({ line }) => line.text);
  return servesAgain(facts, servicesReachedFor(facts, texts, pod.namespace), last, widest);
}

/** A line or two between failures is talk; more, and it worked in between. */
const BETWEEN = 3;

/** The failures of the end, back to when it last worked: what failed before that was another time. */
function lastRun(
  facts: Facts,
  pod: PodFact,
  container: string,
  failures: readonly DependencyFailure[],
): readonly DependencyFailure[] {
  const lines = facts.logTail(pod, container, false, LINES);
  const silent = new Set(
    [
      ...failuresIn(lines).map(({ line }) => line),
      ...lines.filter((one) => one.text.trim() === '' || isContinued(one)),
    ].map(({ line }) => line),
  );
  let from = failures.length - 1;
  for (; from > 0; from -= 1) {
    const [earlier, later] = [failures[from - 1]?.line, failures[from]?.line];
    if (earlier === undefined || later === undefined || earlier.file !== later.file) continue;
    let between = 0;
    for (let line = earlier.line + 1; line < later.line; line += 1) if (!silent.has(line)) between += 1;
    if (between >= BETWEEN) break;
  }
  return failures.slice(Math.max(from, 0));
}

/**
 * The failures of the way and target that is named most; the later wins a tie. A line without a target goes with those of
 * its way that have one: an error is printed over several lines (`Error: connect ECONNREFUSED …`, then its `code`). What
 * names its target often enough is surer than what does not, however often that is said.
 */
function mostNamed<One extends Pick<DependencyFailure, 'way' | 'target'>>(
  failures: readonly One[],
): readonly One[] {
  const named = new Set(failures.flatMap(({ way, target }) => (target === undefined ? [] : way)));
  const told = failures.filter(({ way, target }) => target !== undefined || !named.has(way));
  const groups = [...Map.groupBy(told, ({ way, target }) => `${way} ${target ?? ''}`).values()];
  const sure = groups.filter((group) => group.length >= OFTEN && group[0]?.target !== undefined);
  return (sure.length > 0 ? sure : groups).reduce<readonly One[]>(
    (best, group) => (group.length >= best.length ? group : best),
    [],
  );
}
