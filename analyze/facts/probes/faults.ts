/** What is wrong with a probe itself, from how it fails and what was seen of the pod; undefined when the app is to blame. */
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { probeEvidence } from '../probes.ts';
import { noGrpc, wrongGrpc } from './grpc-faults.ts';
import type { FailureWay } from './kubelet-words.ts';
import { wrongHost, wrongPort } from './port-faults.ts';
import { fault, type ProbeFault } from './probe-fault.ts';
import { tooSlow } from './slow-faults.ts';
import type { ProbeStory, SeenFailure } from './story.ts';

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
