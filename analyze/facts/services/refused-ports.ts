/** Ready pods whose target port was refused from inside, while they answer on the ports that they name: most likely a wrong number. */
import { containersOf } from '../pods/containers.ts';
import { portsSaid } from '../pods/other-ports.ts';
import { byWorkload } from '../pods/pod-groups.ts';
import { declaredPorts } from '../pods/listeners.ts';
import { isSidecarPort } from '../pods/relevant-ports.ts';
import { specProbes } from '../probes/spec.ts';
import type { Facts } from '../facts.ts';
import type { PodFact } from '../pods.ts';
import { podPlace, portOf, probeEvidence } from '../probes.ts';
import type { ServicePath } from '../services.ts';
import { wasLookedAt, type SilentPod } from './silent-ports.ts';

/** Of as many pods as this it is looked up: those of a Service are of one make, most often. */
const MOST = 200;

/** What a container says in its log of where it listens it says when it starts, or never. */
const LINES = 200;

/**
 * A port-forward dials localhost in the pod, so that a refusal leaves one way out: a program that listens for this port on
 * the pod's address alone. It is not to be believed of a port that the pod names nowhere, neither among its ports nor in a
 * probe nor in its log, while one that it does name answers. Where one workload refuses and another does not, the selector
 * is at fault: service/selector-too-broad.
 */
export function refusedPods(facts: Facts, path: ServicePath): SilentPod[] {
  const { port, pods } = path;
  if (port !== undefined && port.protocol !== 'TCP') return [];
  const ready = pods
    .filter(({ terminating, hostNetwork, ready: is }) => !terminating && !hostNetwork && is === 'True')
    .slice(0, MOST);
  const refused = new Map(
    ready.flatMap((pod) => refusedPod(facts, path, pod) ?? []).map((one) => [one.pod, one]),
  );
  if (refused.size === 0) return [];
  const groups = byWorkload(facts, ready);
  const whole = groups.filter((group) => group.pods.every((pod) => refused.has(pod)));
  const strange = new Set(whole.length === groups.length ? [] : whole.flatMap((group) => group.pods));
  return [...refused.values()].filter(({ pod }) => !strange.has(pod));
}

function refusedPod(facts: Facts, { targets }: ServicePath, pod: PodFact): SilentPod | undefined {
  const number = targets.get(pod);
  if (number === undefined || !wasLookedAt(facts, pod) || facts.listeners(pod).whole) return undefined;
  const inside = facts.probes.to('port-forward', podPlace(pod, number)).at(-1);
  if (inside?.outcome !== 'refused' || facts.listeners(pod).port(number).listening !== 'unknown')
    return undefined;
  const named = namedPorts(facts, pod);
  if (named.has(number)) return undefined;
  const open = facts.probes
    .to('port-forward', podPlace(pod))
    .findLast(({ outcome, to }) => outcome === 'ok' && named.has(portOf(to) ?? 0));
  if (open === undefined || saysItListens(facts, pod, number)) return undefined;
  return {
    pod,
    number,
    open: [portOf(open.to) ?? 0],
    basis: 'inside',
    evidence: [probeEvidence(inside), probeEvidence(open)],
  };
}

/** The ports that a pod names: those that its containers declare, and those that its probes ask; no sidecar's. */
function namedPorts(facts: Facts, pod: PodFact): ReadonlySet<number> {
  const body = facts.body(pod);
  const all = [...declaredPorts(body), ...specProbes(body)].flatMap(({ port }) => port ?? []);
  return new Set(all.filter((one) => !isSidecarPort(facts, pod, one)));
}

function saysItListens(facts: Facts, pod: PodFact, number: number): boolean {
  return containersOf(facts, pod).some((container) =>
    portsSaid(facts.logTail(pod, container, false, LINES)).some(({ port }) => port === number),
  );
}
