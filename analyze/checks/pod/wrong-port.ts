/** Pods whose port nobody listens on, while the program listens on another. */
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, logEvidence } from '../../facts/evidence.ts';
import { LISTENERS, WORKLOADS, type Facts } from '../../facts/facts.ts';
import { declaredPorts, type PortFact } from '../../facts/pods/listeners.ts';
import { portsSaid, portVariables } from '../../facts/pods/other-ports.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  sinceFirst,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { isSidecarPort, wantedPorts, type Wanted } from '../../facts/pods/relevant-ports.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check } from '../check.ts';
import { OF_CALLERS } from '../consequences.ts';

const check: Check = {
  id: 'pod/wrong-port',
  layer: 'pod',
  title: 'Program that listens on another port than the pod declares',
  role: 'cause',
  needs: ['list:pods', 'list:services', 'list:discovery.k8s.io/endpointslices'],
  uses: [...new Set([...WORKLOADS, ...LISTENERS, 'logs' as const])].filter((need) => need !== 'list:pods'),
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'A containerPort is a note and opens nothing: what counts is the port the program listens on. Found when nothing ' +
      'listens on the port that the pod declares or a Service sends to (seen, not assumed), while the program listens on ' +
      'another: seen too, or named by its log or a PORT variable.',
    notConfusedWith: [
      'a program that listens nowhere: it is down or starting',
      'a program bound to localhost',
      'a probe that asks the wrong port while the pod’s own port answers',
      'a port that is merely not declared',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#ports',
      'https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports',
    ],
  },
  explains: ['pod/not-ready', 'pod/crash-loop', 'service/no-endpoints', 'service/target-port', ...OF_CALLERS],
  run(facts) {
    const troubled = facts.troubledPods();
    const looked = livePods(facts).filter(
      (pod) => pod.phase === 'Running' && (facts.listeners(pod).seen.length > 0 || troubled.has(pod.id)),
    );
    return judgePods(
      facts,
      looked,
      (pod) => elsewhere(facts, pod),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

interface Elsewhere {
  readonly wanted: Wanted;
  readonly port: PortFact;
  readonly actual: number;
  readonly seen: boolean;
  readonly evidence: readonly Evidence[];
}

function elsewhere(facts: Facts, pod: PodFact): PodAnswer<Elsewhere> {
  if (pod.hostNetwork) return { fine: 'it is on the host’s network, where ports are the node’s' };
  const listeners = facts.listeners(pod);
  const ports = wantedPorts(facts, pod).map((wanted) => ({ wanted, port: listeners.port(wanted.port) }));
  // A probe's port alone is the probe's affair where the pod declares or serves another.
  const owned = ports.filter(({ wanted }) => wanted.by !== 'probed');
  const dead = owned.find(({ port }) => port.listening === 'none' || isRefused(port));
  if (dead === undefined) return { fine: 'no declared port of it was seen without a listener' };
  if (
    owned.some(({ port }) => port.listening === 'all' || port.listening === 'pod-ip') &&
    dead.wanted.by !== 'service'
  )
    return { fine: 'the pod answers on a port that it declares' };
  const known = new Set(ports.map(({ wanted }) => wanted.port));
  const open = listeners.open.find(({ port }) => !known.has(port) && !isSidecarPort(facts, pod, port));
  if (open !== undefined && dead.port.listening === 'none') {
    // What only a Service names is the Service's to correct; what the pod itself declares is the pod's.
    if (!declaredPorts(facts.body(pod)).some(({ port }) => port === dead.wanted.port))
      return { fine: `it never said that it listens on ${dead.wanted.port}: service/target-port` };
    return { bad: { ...dead, actual: open.port, seen: true, evidence: open.evidence } };
  }
  const said = saidPort(facts, pod, known);
  if (said !== undefined) return { bad: { ...dead, ...said, seen: false } };
  return listeners.seen.length > 0 || pod.ready === 'True'
    ? { fine: 'nothing shows that it listens on another port' }
    : {
        unknown: facts.probes.gap('port-forward')?.key ?? 'not-captured:probe:port-forward',
        why: `nobody listens on port ${dead.wanted.port}, and nothing tells on which port it does`,
      };
}

/** Refused where the pod's address was dialled, and nothing known of its localhost. */
function isRefused({ listening, basis, evidence }: PortFact): boolean {
  return listening === 'unknown' && basis === 'kubelet' && evidence.length > 0;
}

function saidPort(
  facts: Facts,
  pod: PodFact,
  known: ReadonlySet<number>,
): { actual: number; evidence: readonly Evidence[] } | undefined {
  const container = facts.troubled(pod)[0]?.name;
  const lines = container === undefined ? [] : facts.logTail(pod, container, false, 100);
  const said = portsSaid(lines).find(({ port }) => !known.has(port));
  // A line that names a wanted port too: it listens on several, and one of them is late.
  if (said !== undefined && !portsSaid(lines).some(({ port }) => known.has(port)))
    return { actual: said.port, evidence: [logEvidence(said.line, pod)] };
  const variable = portVariables(facts.body(pod)).find(({ port }) => !known.has(port));
  return variable && said !== undefined
    ? { actual: variable.port, evidence: [fieldEvidence(facts, pod, variable.path, variable.value)] }
    : undefined;
}

function findingOf(facts: Facts, struck: Struck<Elsewhere>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const variable = portVariables(facts.body(pod)).find(({ port }) => port === bad.actual);
  return {
    severity: 'critical',
    confidence: bad.seen ? 'certain' : 'likely',
    object: struck.ref,
    summary: `${nameOf(struck)} listens on port ${bad.actual}, not on ${bad.wanted.port}, where nobody listens and ${bad.wanted.words}`,
    detail: `${bad.seen ? 'Both were seen.' : `That it listens on ${bad.actual} is what ${bad.evidence[0]?.kind === 'log' ? 'its log' : 'its configuration'} says; ${bad.wanted.port} was seen to refuse.`} ${affected(struck)}`,
    evidence: [
      ...bad.port.evidence,
      ...bad.evidence,
      ...(bad.wanted.path === undefined ? [] : [fieldEvidence(facts, pod, bad.wanted.path, bad.wanted.port)]),
      ...(variable === undefined ? [] : [fieldEvidence(facts, pod, variable.path, variable.value)]),
    ],
    since: sinceFirst(
      struck,
      [facts.clock.endedAt],
      'seen by the capture; the pods are as old as the earlier time',
    ),
    involves: involved(struck),
    remedy: {
      summary: `Let the program listen on ${bad.wanted.port}, or declare ${bad.actual} and send there.`,
      confirm: [kubectl(struck.namespace, 'port-forward', pod.name, `18080:${bad.actual}`)],
      mend: [],
    },
  };
}
