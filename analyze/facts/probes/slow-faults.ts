/** A probe that waits for less than its program takes: for an answer, or for the start. */
import { SECOND } from '../../../src/core/time.ts';
import { logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { failureIn, failuresIn } from '../logs/failures.ts';
import { unacceptedIn } from '../pods/accept-queue.ts';
import type { PodFact } from '../pods.ts';
import { probeEvidence } from '../probes.ts';
import { asksAnother } from './asked-services.ts';
import { fault, type ProbeFault } from './probe-fault.ts';
import type { SpecProbe } from './spec.ts';
import { passes, type ProbeStory, type SeenFailure } from './story.ts';

/** Longer than the probe waits: by measure, or because the answer waits for something else. */
export function tooSlow(
  facts: Facts,
  pod: PodFact,
  story: ProbeStory,
  others: readonly ProbeStory[],
): ProbeFault | undefined {
  const { probe, asked } = story;
  if (probe.type === 'exec') {
    // One that waits for something else would not be quicker for having more time; nor is one too slow that most often
    // answers no in time, and was late on a busy node.
    const late = times(story.failures.filter(({ way }) => way === 'timeout'));
    if (asksAnother(facts, pod, story) || late * 2 < times(story.failures)) return undefined;
    return fault(
      'timeout',
      `runs a command that takes longer than timeoutSeconds ${probe.timeout}`,
      'Raise timeoutSeconds above what the command takes, or make it quicker.',
      'likely',
    );
  }
  const slow = asked.findLast(
    ({ outcome, ms }) => (outcome === 'ok' || outcome === 'http-error') && (ms ?? 0) > probe.timeout * 1000,
  );
  if (slow !== undefined) {
    const took = ((slow.ms ?? 0) / 1000).toFixed(1);
    return fault(
      'timeout',
      `waits ${probe.timeout} s (timeoutSeconds) for an answer that takes ${took} s`,
      `Raise timeoutSeconds above ${Math.ceil((slow.ms ?? 0) / 1000)}, or make the answer quicker.`,
      'certain',
      [probeEvidence(slow)],
    );
  }
  if (probe.kind !== 'readiness') return undefined;
  const waits = failuresIn(facts.logTail(pod, probe.container, false, 200)).at(-1);
  const alive = others.find(
    (other) =>
      other.probe.container === probe.container &&
      other.probe !== probe &&
      passes(other, facts.clock.endedAt) &&
      (other.probe.port === probe.port || other.probe.type === 'exec'),
  );
  if (waits === undefined && (alive === undefined || acceptsNobody(facts, pod, probe))) return undefined;
  return fault(
    'hangs',
    `hangs: the program runs${alive === undefined ? '' : ` and passes its ${alive.probe.kind} probe`}, but ${probe.type === 'http' ? probe.path : 'the probe'} gets no answer within ${probe.timeout} s${waits === undefined ? '' : `, while its log names ${waits.target ?? 'what it waits for'}`}`,
    'Let readiness answer for this program alone, with a time-out of its own on what it depends on.',
    waits === undefined ? 'possible' : 'likely',
    waits === undefined ? [] : [logEvidence(waits.line, pod)],
  );
}

/** The kernel alone answers a tcpSocket probe of a program that accepts nothing: its probes are not what is wrong. */
function acceptsNobody(facts: Facts, pod: PodFact, { port }: SpecProbe): boolean {
  return unacceptedIn(facts, pod).some((queue) => queue.port === port);
}

/** Seconds from the first failure until the pod counts as unready: probes run one at a time. */
export function secondsToUnready({ probe }: ProbeStory): number {
  return probe.failures * Math.max(probe.period, probe.timeout);
}

/** Grace, and the seconds a kubelet takes to act. */
const KILL_SLACK = 40 * SECOND;

/** A container that its liveness or startup probe kills before it is up: each life ends when the probe's patience does. */
export function slowStart(
  facts: Facts,
  pod: PodFact,
  story: ProbeStory,
  others: readonly ProbeStory[],
): ProbeFault | undefined {
  const { probe } = story;
  if (probe.kind === 'readiness' || story.failures.length === 0) return undefined;
  if (
    probe.kind === 'liveness' &&
    others.some((one) => one.probe.kind === 'startup' && one.probe.container === probe.container)
  )
    return undefined;
  const killed = facts
    .events(pod.ref)
    .some(
      ({ reason, message }) =>
        reason === 'Killing' && new RegExp(`failed ${probe.kind} probe`).test(message ?? ''),
    );
  const row = facts.troubled(pod).find(({ name }) => name === probe.container);
  if (!killed || row === undefined || (row.restarts ?? 0) < 1 || pod.ready === 'True') return undefined;
  const { last_started_at: from, last_finished_at: to } = row;
  if (from === null || to === null) return undefined;
  const patience = (probe.initialDelay + probe.failures * Math.max(probe.period, probe.timeout)) * SECOND;
  if (to - from > patience + KILL_SLACK) return undefined;
  const silent = silence(story, to - from);
  if (silent !== undefined) return silent;
  const words = facts.logTail(pod, probe.container, true, 20).filter(({ text }) => text.trim() !== '');
  const last = words.at(-1);
  // What waits for something else would not be up with more time either.
  if (
    last !== undefined &&
    (failureIn(last) !== undefined || /\bwait(?:ing|s)? (?:for|on|until)\b/i.test(last.text))
  )
    return undefined;
  if (probe.type === 'exec' && asksAnother(facts, pod, story)) return undefined;
  const starting = words.findLast(({ text }) => /start|boot|load|warm|migrat|init|compil|prepar/i.test(text));
  // Whoever wrote a startup probe has thought of slow starts: nothing but signs of one tell that it was too short.
  if (starting === undefined && probe.kind === 'startup') return undefined;
  return fault(
    'slow-start',
    `kills the container ${Math.round((to - from) / SECOND)} s after its start, before it answers; there is ${probe.kind === 'startup' ? 'too little time in its startup probe' : 'no startup probe'}`,
    'Add a startup probe (or lengthen it) that allows for the longest start.',
    starting === undefined ? 'possible' : 'likely',
    starting === undefined ? [] : [logEvidence(starting, pod)],
  );
}

/** A container whose port takes the connection and then says nothing in time: it is up, or hangs; it is not being started. */
function silence({ probe, failures }: ProbeStory, life: number): ProbeFault | undefined {
  // net/http: the connection stood and the request was sent.
  const silent = failures.filter(
    ({ way, text }) => way === 'timeout' && text.includes('while awaiting headers'),
  );
  if (times(silent) === 0 || times(silent) * 2 < times(failures)) return undefined;
  return fault(
    'timeout',
    `restarts the container ${Math.round(life / SECOND)} s after its start: ${probe.path} takes the connection, and gives no answer within ${probe.timeout} s (timeoutSeconds)`,
    'Measure how long the answer takes, and raise timeoutSeconds above it; if it never comes, the program hangs.',
    'possible',
  );
}

function times(failures: readonly SeenFailure[]): number {
  return failures.reduce((sum, { event }) => sum + event.count, 0);
}
