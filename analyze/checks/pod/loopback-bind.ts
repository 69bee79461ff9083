/** Programs that listen on the pod's localhost alone, so that nobody outside the pod reaches them. */
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence } from '../../facts/evidence.ts';
import { LISTENERS, WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { PortFact } from '../../facts/pods/listeners.ts';
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
import { podPlace } from '../../facts/probes.ts';
import { isStarting } from '../../facts/probes/readiness.ts';
import { wantedPorts, type Wanted } from '../../facts/pods/relevant-ports.ts';
import { wasLookedAt } from '../../facts/services/silent-ports.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';
import { OF_CALLERS } from '../consequences.ts';

const check: Check = {
  id: 'pod/loopback-bind',
  layer: 'pod',
  title: 'Port that listens on localhost alone',
  role: 'cause',
  needs: ['list:pods', 'list:services', 'list:discovery.k8s.io/endpointslices'],
  uses: [...new Set([...WORKLOADS, ...LISTENERS])].filter((need) => need !== 'list:pods'),
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'Services, probes and other pods dial a pod’s own address; a program bound to 127.0.0.1 or ::1 answers inside the ' +
      'pod only. Found when the socket table shows the port there alone, or when a port-forward (which dials localhost ' +
      'inside the pod) connects while a connection to the pod’s address is refused.',
    notConfusedWith: [
      'a wrong port: nothing listens in either place',
      'a time-out or reset on the pod’s address: a route, a policy or a mesh',
      'a program bound to the pod’s address alone, which a port-forward sees as dead',
      'a host-network pod, whose localhost is the node’s',
      'a port that nobody counts on, such as a proxy’s own administration',
    ],
    sources: [
      'https://kubernetes.io/docs/tasks/access-application-cluster/port-forward-access-application-cluster/',
      'https://kubernetes.io/docs/concepts/services-networking/',
    ],
  },
  explains: ['pod/not-ready', 'pod/crash-loop', 'service/no-endpoints', ...OF_CALLERS],
  run(facts) {
    const troubled = facts.troubledPods();
    const looked = livePods(facts).filter(
      (pod) =>
        pod.phase === 'Running' &&
        ((wasLookedAt(facts, pod) && facts.listeners(pod).seen.length > 0) ||
          (troubled.has(pod.id) && isSuspect(facts, pod))),
    );
    return judgePods(
      facts,
      looked,
      (pod) => boundIn(facts, pod),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

/** Runs, was not looked into, and is not Ready although it should be: this fault may be why. */
function isSuspect(facts: Facts, pod: PodFact): boolean {
  return pod.ready === 'False' && !pod.hostNetwork && !isStarting(facts, pod);
}

interface Bound {
  readonly port: PortFact;
  readonly wanted: Wanted;
}

function boundIn(facts: Facts, pod: PodFact): PodAnswer<Bound> {
  const listeners = facts.listeners(pod);
  const ports = wantedPorts(facts, pod).map((wanted) => ({ wanted, port: listeners.port(wanted.port) }));
  const bound = ports.find(({ port }) => port.listening === 'loopback');
  if (bound !== undefined) return { bad: bound };
  const blind = ports.find(({ port }) => port.listening === 'unknown');
  if (blind === undefined) return { fine: 'no port that is counted on listens on localhost alone' };
  return ports.every(({ port }) => port.listening === 'unknown')
    ? {
        unknown: missing(facts, pod, blind.wanted.port),
        why: `nothing tells on what address port ${blind.wanted.port} listens`,
      }
    : { fine: 'what could be seen of its ports does not listen on localhost alone' };
}

/** What would have told: both ways to the port were not taken, or the one to the pod's own address. */
function missing(facts: Facts, pod: PodFact, port: number): string {
  const inside = facts.probes.to('port-forward', podPlace(pod, port)).length > 0;
  const probe = inside ? 'sockets' : 'port-forward';
  return facts.probes.gap(probe)?.key ?? `not-captured:probe:${probe}`;
}

function findingOf(facts: Facts, struck: Struck<Bound>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const { port, wanted } = bad;
  return {
    severity: 'critical',
    confidence: 'certain',
    object: struck.ref,
    summary: `${nameOf(struck)} listens on localhost alone, port ${port.port}: nobody outside the pod reaches it, and ${wanted.words}`,
    detail: `${port.basis === 'sockets' ? 'The socket table shows it.' : 'A connection inside the pod succeeds, one to the pod’s address is refused.'} ${affected(struck)}`,
    evidence: [
      ...port.evidence,
      ...(wanted.path === undefined ? [] : [fieldEvidence(facts, pod, wanted.path, port.port)]),
      fieldEvidence(facts, pod, 'status.podIP', pod.ip),
    ],
    since: sinceFirst(
      struck,
      [facts.clock.endedAt],
      'seen by the capture; the pods are as old as the earlier time',
    ),
    involves: involved(struck),
    remedy: {
      summary: `Let the program listen on all addresses (0.0.0.0 or ::) instead of localhost.`,
      confirm: [kubectl(struck.namespace, 'port-forward', pod.name, `18080:${port.port}`)],
      mend: [],
    },
  };
}
