/**
 * What listens in a pod's network namespace, from what was seen. A socket table says all; without one, a connection refused
 * on the pod's address or on its localhost tells (only *refused* counts: a time-out or a reset is a route's, a policy's or a
 * mesh's). A host-network pod's localhost is the node's: nothing is said of it.
 */
import { fields, items, type Fields } from '../../ingest/read.ts';
import type { Evidence } from '../../model/finding.ts';
import { MINUTE } from '../../../src/core/time.ts';
import type { CaptureClock } from '../clock.ts';
import { eventEvidence } from '../evidence.ts';
import { parseUnhealthy } from '../probes/kubelet-words.ts';
import type { ObjectFacts } from '../objects.ts';
import type { EventRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { podPlace, portOf, probeEvidence, type ProbeFact, type ProbeFacts } from '../probes.ts';
import { specProbes, type SpecProbe } from '../probes/spec.ts';

/**
 * `all`: reachable on the pod's address (and, where both were tried, on its localhost); `pod-ip`: there alone, so that a
 * port-forward sees nothing; `loopback`: on localhost alone; `none`: nobody listens; `unknown`: not seen.
 */
export type Listening = 'all' | 'loopback' | 'pod-ip' | 'none' | 'unknown';

export interface PortFact {
  readonly port: number;
  readonly listening: Listening;
  /** `sockets` is the strongest; `connects` are refusals and answers; `kubelet` its own probes' words. */
  readonly basis: 'sockets' | 'connects' | 'kubelet' | 'none';
  readonly evidence: readonly Evidence[];
}

export interface Listeners {
  port(port: number): PortFact;
  /** Ports of which something was seen, in order. */
  readonly seen: readonly PortFact[];
  /** Of those, the ones on which something listens. */
  readonly open: readonly PortFact[];
  /** The socket table was read: a port that it lacks is not listened on. */
  readonly whole: boolean;
}

export interface ListenerSources {
  readonly clock: CaptureClock;
  readonly probes: ProbeFacts;
  readonly objects: ObjectFacts;
}

/** An Event older than this says nothing about now. */
const FRESH = 5 * MINUTE;

export function listenersOf(sources: ListenerSources, pod: PodFact): Listeners {
  if (pod.hostNetwork) return { port: unknownPort, seen: [], open: [], whole: false };
  const { probes } = sources;
  const table = probes
    .to('sockets', podPlace(pod))
    .concat(probes.from('sockets', podPlace(pod)))
    // What started meanwhile was read once more at the end.
    .findLast(({ outcome, detail }) => outcome === 'ok' && Array.isArray(detail['listening']));
  const port = table === undefined ? connectReader(sources, pod) : socketReader(sources, table, pod);
  const ports = new Set<number>(
    [
      ...probes.to('port-forward', podPlace(pod)),
      ...probes.to('pod-http', podPlace(pod)),
      ...probes.to('connect', podPlace(pod)),
    ].flatMap(({ to }) => portOf(to) ?? []),
  );
  for (const socket of items(table?.detail['listening'])) {
    if (socket['protocol'] === 'tcp' && typeof socket['port'] === 'number') ports.add(socket['port']);
  }
  const seen = [...ports].toSorted((a, b) => a - b).map(port);
  const open = seen.filter(({ listening }) => listening !== 'none' && listening !== 'unknown');
  return { port, seen, open, whole: table !== undefined };
}

function unknownPort(port: number): PortFact {
  return { port, listening: 'unknown', basis: 'none', evidence: [] };
}

function socketReader(sources: ListenerSources, table: ProbeFact, pod: PodFact): (port: number) => PortFact {
  const sockets = items(table.detail['listening']).filter(({ protocol }) => protocol === 'tcp');
  return (port) => {
    const addresses = sockets.filter((one) => one['port'] === port).map(addressOf);
    const said =
      addresses.length === 0
        ? `nothing listens on ${port}`
        : addresses.map((address) => `${address}:${port} is listened on`).join(', ');
    return {
      port,
      listening: takesIPv6Alone(addresses, pod) ? unsure(sources, table, pod, port) : scopeOf(addresses, pod),
      basis: 'sockets',
      evidence: [probeEvidence(table, `socket table of ${pod.name}: ${said}`)],
    };
  };
}

function addressOf(socket: Fields): string {
  const address = socket['address'];
  return typeof address === 'string' ? address.replace(/^::ffff:(?=\d+\.)/i, '') : '';
}

/** The one listener for all is that of IPv6, and the pod is known by an IPv4 address. */
function takesIPv6Alone(addresses: readonly string[], pod: PodFact): boolean {
  return (
    pod.ip?.includes(':') === false && addresses.includes('::') && !addresses.some((one) => one.includes('.'))
  );
}

/**
 * A listener on `::` takes IPv4 too unless `bindv6only` is set, or its socket is IPV6_V6ONLY, as nginx makes it (ipv6(7)).
 * The table does not show the latter; a refusal on the pod's address does.
 */
function unsure({ probes }: ListenerSources, table: ProbeFact, pod: PodFact, port: number): Listening {
  if (table.detail['bindv6only'] === true) return 'unknown';
  const place = podPlace(pod, port);
  const direct = [...probes.to('pod-http', place), ...probes.to('connect', place)];
  return direct.some(({ outcome }) => outcome === 'refused') ? 'unknown' : 'all';
}

function scopeOf(addresses: readonly string[], pod: PodFact): Listening {
  if (addresses.length === 0) return 'none';
  if (addresses.some((address) => /^(?:0\.0\.0\.0|::|0*(?::0*)+)$/.test(address))) return 'all';
  const local = (address: string): boolean => address.startsWith('127.') || address === '::1';
  if (addresses.every(local)) return 'loopback';
  if (addresses.some(local)) return 'all';
  return addresses.includes(pod.ip ?? '') ? 'pod-ip' : 'unknown';
}

type Answer = 'open' | 'refused';

function answerOf(outcome: string): Answer | undefined {
  if (outcome === 'refused') return 'refused';
  return outcome === 'ok' || outcome === 'http-error' || outcome === 'tls-mismatch' ? 'open' : undefined;
}

function connectReader(sources: ListenerSources, pod: PodFact): (port: number) => PortFact {
  const { probes } = sources;
  return (port) => {
    const place = podPlace(pod, port);
    const forwards = probes
      .to('port-forward', place)
      .filter(({ outcome }) => answerOf(outcome) !== undefined);
    const direct = [...probes.to('pod-http', place), ...probes.to('connect', place)].filter(
      ({ outcome }) => answerOf(outcome) !== undefined,
    );
    const inside = answerOf(forwards.at(-1)?.outcome ?? '');
    const tried = answerOf(direct.at(-1)?.outcome ?? '');
    const kubelet = tried === undefined ? kubeletOn(sources, pod, port) : undefined;
    const address = tried ?? kubelet?.answer;
    return {
      port,
      listening: conclude(inside, address),
      basis:
        tried === undefined && inside === undefined
          ? kubelet === undefined
            ? 'none'
            : 'kubelet'
          : 'connects',
      evidence: [
        ...forwards.slice(-1).map((one) => probeEvidence(one)),
        ...direct.slice(-1).map((one) => probeEvidence(one)),
        ...(kubelet?.event === undefined ? [] : [eventEvidence(sources.objects, kubelet.event)]),
      ],
    };
  };
}

function conclude(inside: Answer | undefined, address: Answer | undefined): Listening {
  if (address === 'open') return inside === 'refused' ? 'pod-ip' : 'all';
  if (address === 'refused') {
    if (inside === undefined) return 'unknown';
    return inside === 'open' ? 'loopback' : 'none';
  }
  return 'unknown';
}

/** The kubelet dials the pod's address too: its last word on that port, where its probe names no other host. */
function kubeletOn(
  { clock, objects }: ListenerSources,
  pod: PodFact,
  port: number,
): { readonly answer: Answer; readonly event?: EventRow } | undefined {
  const body = objects.body(pod);
  const probed = specProbes(body).filter(
    (probe) => probe.port === port && (probe.host === undefined || probe.host === pod.ip),
  );
  if (probed.length === 0) return undefined;
  const event = lastFailure(objects.events(pod.ref), port, probed);
  const refused = event !== undefined && parseUnhealthy(event.message)?.way === 'refused';
  if (refused && clock.endedAt - (event.last_at ?? 0) < FRESH && pod.ready !== 'True')
    return { answer: 'refused', event };
  const readiness = probed.some(({ kind, type }) => kind === 'readiness' && type !== 'exec');
  return pod.ready === 'True' && readiness ? { answer: 'open' } : undefined;
}

/**
 * The newest Event of a failed probe that asks this port; one about an HTTP status names no port. A program is refused while it
 * starts and may hang later, and an Event is counted up when its message comes again: what came first need not be said first.
 */
function lastFailure(
  events: readonly EventRow[],
  port: number,
  probed: readonly SpecProbe[],
): EventRow | undefined {
  return events
    .filter(({ reason, message, field_path: path }) => {
      const failure = reason === 'Unhealthy' ? parseUnhealthy(message) : undefined;
      if (failure === undefined || failure.port !== undefined) return failure?.port === port;
      return probed.some(
        ({ kind, type, container }) =>
          kind === failure.kind && type !== 'exec' && (path ?? `{${container}}`).endsWith(`{${container}}`),
      );
    })
    .toSorted((a, b) => (a.last_at ?? 0) - (b.last_at ?? 0))
    .at(-1);
}

/** Ports of a pod's own containers, as declared. */
export function declaredPorts(
  body: Fields,
): Array<{ container: string; port: number; name: string | undefined }> {
  return items(fields(body['spec'])['containers']).flatMap((container) =>
    items(container['ports']).flatMap(({ containerPort, name, protocol }) =>
      typeof containerPort === 'number' && (protocol ?? 'TCP') === 'TCP'
        ? [
            {
              container: String(container['name']),
              port: containerPort,
              name: typeof name === 'string' ? name : undefined,
            },
          ]
        : [],
    ),
  );
}
