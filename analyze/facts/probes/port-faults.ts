/** A probe that asks where nobody listens: another host, another port than that on which its program answers. */
import type { Evidence } from '../../model/finding.ts';
import { logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { isLoopback } from '../logs/targets.ts';
import { declaredPorts } from '../pods/listeners.ts';
import { portsSaid } from '../pods/other-ports.ts';
import { wantedPorts, type Wanted } from '../pods/relevant-ports.ts';
import type { PodFact } from '../pods.ts';
import { fault, type ProbeFault } from './probe-fault.ts';
import type { SpecProbe } from './spec.ts';
import { passes, type ProbeStory } from './story.ts';

/**
 * Istio's injector leads a probe by way of its own agent, which asks the program (`/app-health/app/readyz` on 15020): where
 * nobody listens there the sidecar is not up, and the program's port is not meant.
 */
function isHandedOn({ port, path }: SpecProbe): boolean {
  return port === 15_020 && path.startsWith('/app-health/');
}

/** A probe is sent from the node, in whose network the kubelet lives: a localhost there is the node's (httpGet.host, tcpSocket.host). */
export function wrongHost(pod: PodFact, { probe: { host } }: ProbeStory): ProbeFault | undefined {
  if (host === undefined || pod.hostNetwork || !isLoopback(host)) return undefined;
  return fault(
    'port',
    `asks ${host}, which is its node and not the pod`,
    'Leave host out: the kubelet asks the address of the pod then.',
    'certain',
  );
}

/** The probe's port is dead while a port that counts answers. */
export function wrongPort(
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
