/** Pods of a Service on whose target port nothing was seen to listen, while they listen elsewhere. */
import type { Evidence } from '../../model/finding.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { failuresIn } from '../logs/failures.ts';
import type { PodFact } from '../pods.ts';
import { podPlace, probeEvidence, type ProbeFacts } from '../probes.ts';
import { isSidecarPort } from '../pods/relevant-ports.ts';
import type { ServicePath } from '../services.ts';
import { servicesReachedFor } from '../logs/waiting.ts';

export interface SilentPod {
  readonly pod: PodFact;
  /** The port the Service leads to. */
  readonly number: number;
  /** The ports on which it does listen. */
  readonly open: readonly number[];
  /**
   * `clients`: a port-forward was refused, which a program bound to the pod's address would do too, and so were clients;
   * `inside`: a port-forward alone (refused-ports.ts).
   */
  readonly basis: 'sockets' | 'connects' | 'kubelet' | 'none' | 'clients' | 'inside';
  readonly evidence: readonly Evidence[];
}

/** Of as many pods as this it is looked up: those of a Service are of one make, most often. */
const MOST = 200;

/** Pods that listen nowhere count only as `lone`: of a Service's own pods that is their fault, not its port's. */
export function silentPods(facts: Facts, path: ServicePath, lone = false): SilentPod[] {
  const { port, pods, targets } = path;
  if (port !== undefined && port.protocol !== 'TCP') return [];
  return pods
    .filter((pod) => !pod.terminating && !pod.hostNetwork)
    .slice(0, MOST)
    .flatMap((pod) => {
      const number = targets.get(pod);
      if (number === undefined || !wasLookedAt(facts, pod)) return [];
      const listeners = facts.listeners(pod);
      const seen = listeners.port(number);
      const open = listeners.open.filter((one) => !isSidecarPort(facts, pod, one.port));
      if (open.length === 0 && !lone) return [];
      const clients =
        seen.listening === 'unknown' && isRefusedInside(facts, pod, number)
          ? [...refusedProxy(facts, path, pod, number), ...(lone ? [] : refusedClients(facts, path))]
          : [];
      if (seen.listening !== 'none' && clients.length === 0) return [];
      return [
        {
          pod,
          number,
          open: [...new Set(open.map((one) => one.port))],
          basis: clients.length > 0 ? 'clients' : seen.basis,
          evidence: [...seen.evidence, ...clients, ...open.slice(0, 1).flatMap(({ evidence }) => evidence)],
        },
      ];
    });
}

function isRefusedInside(facts: Facts, pod: PodFact, port: number): boolean {
  return facts.probes.to('port-forward', podPlace(pod, port)).at(-1)?.outcome === 'refused';
}

/**
 * A port-forward that was refused on this port, and one that the same pod answers on another. Not decisive: the program may
 * listen for this port on the pod's address alone.
 */
export function refusedInside(facts: Facts, pod: PodFact, port: number): readonly Evidence[] {
  const refused = facts.probes.to('port-forward', podPlace(pod, port)).at(-1);
  const open = facts.probes.from('port-forward', podPlace(pod)).find(({ outcome }) => outcome === 'ok');
  if (refused?.outcome !== 'refused' || open === undefined) return [];
  return [probeEvidence(refused), probeEvidence(open)];
}

/** The API server, asked for the Service, dialled this very pod and was refused: its answer names the address. */
function refusedProxy(
  facts: Facts,
  { service, port }: ServicePath,
  pod: PodFact,
  number: number,
): readonly Evidence[] {
  const place = `service/${service.namespace}/${service.name}:${port?.port ?? ''}`;
  const dialled = `dial tcp ${pod.ip?.includes(':') === true ? `[${pod.ip}]` : (pod.ip ?? '')}:${number}: connect: connection refused`;
  return facts.probes
    .to('service-http', place)
    .filter(({ outcome, detail }) => {
      const said = detail['text'];
      return outcome === 'refused' && typeof said === 'string' && said.includes(dialled);
    })
    .slice(-1)
    .map((probe) => probeEvidence(probe));
}

const RECENT = 10 * MINUTE;
const MOST_CLIENTS = 500;
const LINES = 20;

/**
 * Lines in which programs say that this port of the Service refuses them. kube-proxy refuses for an empty Service, and for
 * one with endpoints never: then it is the pod that does.
 */
function refusedClients(facts: Facts, { service, port, ready }: ServicePath): readonly Evidence[] {
  if (ready.length === 0) return [];
  const lines: Evidence[] = [];
  for (const { namespace, pod: name, container } of facts
    .complaining(facts.clock.endedAt - RECENT, 1)
    .slice(0, MOST_CLIENTS)) {
    const pod = facts.pods.named(namespace, name);
    if (pod === undefined) continue;
    const refused = failuresIn(facts.logTail(pod, container, false, LINES)).findLast(
      ({ way, target = '', line }) =>
        way === 'refused' &&
        (!/:\d+$/.test(target) || target.endsWith(`:${port?.port}`)) &&
        servicesReachedFor(facts, [line.text], namespace).some(
          (ref) => ref.namespace === service.namespace && ref.name === service.name,
        ),
    );
    if (refused !== undefined) lines.push(logEvidence(refused.line, pod));
    if (lines.length === 2) break;
  }
  return lines;
}

/** Without a probe of the pod nothing tells where it listens, and Events need not be read. */
export function wasLookedAt(facts: Facts, pod: PodFact): boolean {
  let places = looked.get(facts.probes);
  if (places === undefined) {
    places = new Set(
      (['sockets', 'pod-http', 'port-forward', 'connect'] as const).flatMap((probe) =>
        facts.probes.of(probe).flatMap(({ from, to }) => [from, to, to.replace(/:\d+$/, '')]),
      ),
    );
    looked.set(facts.probes, places);
  }
  return places.size > 0 && places.has(podPlace(pod));
}

/** The places that probes were about, for each view of them: asked of every pod there is. */
const looked = new WeakMap<ProbeFacts, ReadonlySet<string>>();
