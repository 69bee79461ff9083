/** What is wrong with a probe itself, from how it fails and what was seen of the pod; undefined when the app is to blame. */
import { SECOND } from '../../../src/core/time.ts';
import type { Confidence } from './confidence.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import type { FailureWay } from './kubelet-words.ts';
import { asksAnother } from './asked-services.ts';
import { noGrpc, wrongGrpc } from './grpc-faults.ts';
import { passes, type ProbeStory, type SeenFailure } from './story.ts';
import type { SpecProbe } from './spec.ts';
import { unacceptedIn } from '../pods/accept-queue.ts';
import { declaredPorts } from '../pods/listeners.ts';
import { isLoopback } from '../logs/targets.ts';
import { wantedPorts, type Wanted } from '../pods/relevant-ports.ts';
import type { Evidence } from '../../model/finding.ts';
import { probeEvidence } from '../probes.ts';
import { logEvidence } from '../evidence.ts';
import { failureIn, failuresIn } from '../logs/failures.ts';
import { portsSaid } from '../pods/other-ports.ts';

export interface ProbeFault {
  readonly kind:
    | 'protocol'
    | 'port-name'
    | 'port'
    | 'path'
    | 'scheme'
    | 'timeout'
    | 'command'
    | 'grpc'
    | 'hangs'
    | 'slow-start';
  readonly words: string;
  readonly remedy: string;
  readonly confidence: Confidence;
  readonly evidence: readonly Evidence[];
  /** Nothing comes of it: the kubelet cannot judge by this probe, and takes it as passed. */
  readonly idle?: boolean;
}

/** What a probe that has passed in this life of the pod cannot be wrong in: all that is written in it. */
const LASTING = new Set<FailureWay>(['timeout', 'exec-missing']);

/** The fault of one probe that fails now; `last` is its latest failure. */
export function faultOf(
  facts: Facts,
  pod: PodFact,
  story: ProbeStory,
  last: SeenFailure,
  others: readonly ProbeStory[],
): ProbeFault | undefined {
  if (hasPassed(story) && !LASTING.has(last.way)) return undefined;
  switch (last.way) {
    case 'http2':
      return fault(
        'protocol',
        `speaks plain HTTP/1 to port ${story.probe.port ?? ''}, which speaks HTTP/2 (gRPC, most likely)`,
        'Probe it by gRPC, or a port that serves plain HTTP.',
        'certain',
      );
    case 'protocol':
      return fault(
        'protocol',
        `speaks HTTP to port ${story.probe.port ?? ''}, which answers in another protocol`,
        'Probe it by TCP, or a port that serves HTTP.',
        'certain',
      );
    case 'port-name':
      return fault(
        'port-name',
        `asks port ${story.probe.portName ?? ''}, a name that its container does not declare`,
        'Name a declared port, or give the number.',
        'certain',
      );
    case 'refused':
      return wrongHost(pod, story) ?? wrongPort(facts, pod, story, others);
    case 'status':
      return wrongStatus(story, last);
    case 'tls':
      return fault(
        'scheme',
        story.probe.scheme === 'HTTPS'
          ? 'speaks HTTPS to a port that answers in plain HTTP'
          : 'speaks plain HTTP to a port that answers with TLS',
        `Set the probe's scheme to ${story.probe.scheme === 'HTTPS' ? 'HTTP' : 'HTTPS'}.`,
        'certain',
      );
    case 'exec-missing':
      return missingCommand(story, last);
    case 'grpc':
      return wrongGrpc(story, last);
    case 'grpc-dial':
      return noGrpc(facts, pod, story, others);
    case 'timeout':
      return tooSlow(facts, pod, story, others);
    default:
      return undefined;
  }
}

/** By the kubelet's own count, or by what the capture was answered to the same question. */
function hasPassed({ counted, asked }: ProbeStory): boolean {
  return (counted?.succeeded ?? 0) > 0 || asked.some(({ outcome }) => outcome === 'ok');
}

function missingCommand({ probe }: ProbeStory, { text, errored }: SeenFailure): ProbeFault {
  const called = /sh: (?:(?:line )?\d+: )?(\S+): (?:command )?not found/.exec(text)?.[1];
  const words =
    called === undefined
      ? `runs ${probe.command[0] ?? 'a program'}, which its container does not have`
      : `calls ${called}, which its container does not have`;
  // A liveness probe that cannot be run passes for ever: worker.go throws its result away.
  const idle = errored && probe.kind === 'liveness';
  return {
    ...fault(
      'command',
      idle ? `${words}: it never fails, and restarts nothing` : words,
      'Run a program that the image holds.',
      'certain',
    ),
    idle,
  };
}

function fault(
  kind: ProbeFault['kind'],
  words: string,
  remedy: string,
  confidence: Confidence,
  evidence: readonly Evidence[] = [],
): ProbeFault {
  return { kind, words, remedy, confidence, evidence };
}

/**
 * Istio's injector leads a probe by way of its own agent, which asks the program (`/app-health/app/readyz` on 15020): where
 * nobody listens there the sidecar is not up, and the program's port is not meant.
 */
function isHandedOn({ port, path }: SpecProbe): boolean {
  return port === 15_020 && path.startsWith('/app-health/');
}

/** A probe is sent from the node, in whose network the kubelet lives: a localhost there is the node's (httpGet.host, tcpSocket.host). */
function wrongHost(pod: PodFact, { probe: { host } }: ProbeStory): ProbeFault | undefined {
  if (host === undefined || pod.hostNetwork || !isLoopback(host)) return undefined;
  return fault(
    'port',
    `asks ${host}, which is its node and not the pod`,
    'Leave host out: the kubelet asks the address of the pod then.',
    'certain',
  );
}

/** The probe's port is dead while a port that counts answers. */
function wrongPort(
  facts: Facts,
  pod: PodFact,
  { probe }: ProbeStory,
  others: readonly ProbeStory[],
): ProbeFault | undefined {
  const { port } = probe;
  if (port === undefined || isHandedOn(probe)) return undefined;
  const listeners = facts.listeners(pod);
  const asked = listeners.port(port);
  if (asked.listening === 'loopback' || asked.listening === 'all' || asked.listening === 'pod-ip')
    return undefined;
  const counted = wantedPorts(facts, pod).filter(({ by }) => by !== 'probed');
  if (counted.some((one) => one.port === port)) return undefined;
  const foreign = portsOfOthers(facts, pod, probe.container);
  const wanted = counted.filter((one) => !foreign.has(one.port));
  const own = listeners.open.filter((one) => one.listening !== 'loopback' && !foreign.has(one.port));
  const open =
    own.find((one) => wanted.some((want) => want.port === one.port)) ??
    (counted.length === 0 ? own[0] : undefined);
  const remedy = `Probe port ${open?.port ?? wanted[0]?.port ?? 'on which the program listens'}.`;
  if (open !== undefined)
    return fault(
      'port',
      `asks port ${port}, where nobody listens, while the program answers on ${open.port}`,
      remedy,
      asked.listening === 'none' ? 'certain' : 'likely',
      [...asked.evidence, ...open.evidence],
    );
  return portBySigns(facts, pod, probe, wanted, others, asked.evidence);
}

/** Ports that other containers of the pod declare, and this one does not: who listens there is another program. */
function portsOfOthers(facts: Facts, pod: PodFact, container: string): ReadonlySet<number> {
  const declared = declaredPorts(facts.body(pod));
  const mine = new Set(declared.filter((one) => one.container === container).map(({ port }) => port));
  return new Set(declared.flatMap(({ port }) => (mine.has(port) ? [] : port)));
}

/** Without a look into the pod: another probe passes on another port, or the log names a port that counts. */
function portBySigns(
  facts: Facts,
  pod: PodFact,
  probe: SpecProbe,
  wanted: readonly Wanted[],
  others: readonly ProbeStory[],
  seen: readonly Evidence[],
): ProbeFault | undefined {
  const said = portsSaid(facts.logTail(pod, probe.container, false, 100)).find((one) =>
    wanted.some((want) => want.port === one.port),
  );
  const words = `asks port ${probe.port ?? ''}, where nobody listens, while the program`;
  if (said !== undefined) {
    return fault(
      'port',
      `${words} says that it listens on ${said.port}`,
      `Probe port ${said.port}.`,
      'likely',
      [...seen, logEvidence(said.line, pod)],
    );
  }
  const passing = others.find(
    (other) =>
      // What another container answers says nothing of this one, which may never have been up.
      other.probe.container === probe.container &&
      other.probe.port !== undefined &&
      other.probe.port !== probe.port &&
      passes(other, facts.clock.endedAt),
  )?.probe;
  return passing?.port === undefined
    ? undefined
    : fault(
        'port',
        `${words} passes its ${passing.kind} probe on ${passing.port}`,
        `Probe port ${passing.port}.`,
        'likely',
        seen,
      );
}

function wrongStatus({ probe, asked }: ProbeStory, { status = 0 }: SeenFailure): ProbeFault | undefined {
  const same = asked.filter(({ detail }) => detail['status'] === status).slice(-1);
  const evidence = same.map((one) => probeEvidence(one));
  const where = `${probe.path} on port ${probe.port ?? ''}`;
  if (status === 404 || status === 405 || status === 410)
    return fault(
      'path',
      `asks ${where}, which the program does not have (${status})`,
      'Probe a path that the program answers.',
      'certain',
      evidence,
    );
  if (status === 401 || status === 403)
    return fault(
      'path',
      `asks ${where}, which wants credentials (${status})`,
      'Probe a path that needs no credentials.',
      'certain',
      evidence,
    );
  if (status !== 400 || probe.scheme === 'HTTPS') return undefined;
  const tls = same.some(({ detail }) => /HTTPS|SSL|TLS/i.test(String(detail['text'])));
  return fault(
    'scheme',
    `speaks plain HTTP to port ${probe.port ?? ''}, which ${tls ? 'wants' : 'seems to want'} TLS (400)`,
    "Set the probe's scheme to HTTPS.",
    tls ? 'certain' : 'possible',
    evidence,
  );
}

/** Longer than the probe waits: by measure, or because the answer waits for something else. */
function tooSlow(
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
