/** What the proxies of a mesh say failed lately: by the way it went, whether it still does, and whose fault it looks like. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { MINUTE } from '../../../src/core/time.ts';
import { serviceOfName } from '../../../src/k8s/dns-names.ts';
import type { Facts } from '../facts.ts';
import { hostOf } from '../logs/targets.ts';
import { lastingContainers } from '../pods/containers.ts';
import {
  accessOf,
  failedWith,
  isOwnFault,
  isPassed,
  isPlainText,
  isTurnedAway,
  serviceOf,
  wayOf,
  type Access,
} from './words.ts';
import { keysAtServer } from './both-sides.ts';
import { deniedIn, notConnectedIn } from './linkerd-words.ts';
import type { LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';

/** How far back an access log is read. */
export const WITHIN = 10 * MINUTE;
/** What still fails has failed shortly before it was captured. */
export const STILL = 2 * MINUTE;
/** One failure or two go with any rollout. */
export const OFTEN = 3;
/** Fewer of all requests than this are a rollout's or a busy hour's, and no outage. */
const SHARE = 0.25;
const LINES = 600;

/** Requests of one pod that go one way and fail. */
export interface Failing {
  /** `own`: the mesh’s rules are at fault, and nothing passes that way. `upstream`: what it sends to is. */
  readonly whose: 'own' | 'upstream';
  readonly flag: string;
  /** What the proxy says besides, in its own words. */
  readonly said: string;
  /** Where to: a Service's host, a cluster, an address. */
  readonly to: string;
  /** To the program of the pod itself, from outside. */
  readonly inbound: boolean;
  readonly count: number;
  readonly lines: readonly LogRow[];
  readonly services: readonly ObjectRef[];
  /** By which the proxy at the other end knows the same requests (both-sides.ts). */
  readonly keys: readonly string[];
}

const read = new WeakMap<LogRow, { readonly access: Access | undefined }>();

/** What Istio's sidecar of a pod logged lately; each line is read once. */
export function accessesOf(facts: Facts, pod: PodFact): readonly Access[] {
  return recentLines(facts, pod, 'istio-proxy').flatMap((line) => {
    const known = read.get(line) ?? { access: accessOf(line) };
    read.set(line, known);
    return known.access ?? [];
  });
}

/** What a sidecar of a pod said lately. */
export function recentLines(facts: Facts, pod: PodFact, sidecar: string): readonly LogRow[] {
  const now = facts.clock.endedAt;
  return facts.logTail(pod, sidecar, false, LINES).filter((line) => now - (line.at ?? now) <= WITHIN);
}

/**
 * The way of a pod's requests that fails and goes on failing; the mesh's own fault before others, the most failures first.
 *
 * @param told whether a request has been told of as the other end's fault already.
 */
export function failingIn(
  facts: Facts,
  pod: PodFact,
  told: (access: Access) => boolean = () => false,
): Failing | undefined {
  const accesses = accessesOf(facts, pod).filter(
    (one) => !isTurnedAway(one) && (failedWith(one) === undefined || !told(one)),
  );
  const ways = Map.groupBy(accesses, wayOf);
  const failing = [...ways].flatMap(([way, all]) => {
    const found = failingWay(facts, pod, way, all, accesses);
    return found === undefined ? [] : [found];
  });
  const linkerd = linkerdFailing(facts, pod, recentLines(facts, pod, 'linkerd-proxy'));
  const worst = [...failing, ...linkerd].toSorted(
    (a, b) => Number(b.whose === 'own') - Number(a.whose === 'own') || b.count - a.count,
  );
  return worst[0];
}

function failingWay(
  facts: Facts,
  pod: PodFact,
  way: string,
  all: readonly Access[],
  anyWay: readonly Access[],
): Failing | undefined {
  const failed = all.filter((one) => failedWith(one) !== undefined && !isPlainText(one));
  const passed = all.filter(isPassed);
  const last = failed.at(-1);
  if (last === undefined || !goesOn(facts, passed, failed)) return undefined;
  const flag = failedWith(last) ?? '';
  const whose = isOwnFault(last) && passed.length === 0 ? 'own' : 'upstream';
  // A gateway's unrouted hosts are what strangers ask it for; and a host that has routes is asked for a path it does not have.
  if (
    flag === 'NR' &&
    (isGateway(facts, pod) || anyWay.some((one) => isPassed(one) && isSameHost(one, last)))
  )
    return undefined;
  const service = serviceOf(last);
  const inbound = last.cluster?.startsWith('inbound|') === true;
  return {
    whose,
    flag,
    inbound,
    said: last.failure ?? last.details ?? '',
    to: inbound ? 'its own program' : (service ?? last.upstream ?? way),
    count: failed.length,
    lines: failed.map(({ line }) => line),
    services: inbound || service === undefined ? [] : servicesAt(facts, service, pod.namespace),
    keys: failed.flatMap(keysAtServer),
  };
}

function isSameHost(one: Access, other: Access): boolean {
  return one.authority !== undefined && one.authority === other.authority;
}

type Logged = Pick<Access, 'line'>;

/** Often, lately, in more than a few of a hundred, and not followed by as many that passed. */
export function goesOn(facts: Facts, passed: readonly Logged[], failed: readonly Logged[]): boolean {
  const now = facts.clock.endedAt;
  const lately = (list: readonly Logged[]): number =>
    list.filter(({ line }) => now - (line.at ?? now) <= STILL).length;
  const last = failed.at(-1)?.line;
  const since = passed.filter(({ line }) => last !== undefined && isAfter(line, last)).length;
  return (
    failed.length >= OFTEN &&
    lately(failed) > 0 &&
    lately(failed) >= SHARE * (lately(failed) + lately(passed)) &&
    (since < OFTEN || since < lately(failed))
  );
}

function isAfter(line: LogRow, other: LogRow): boolean {
  return line.file === other.file ? line.line > other.line : (line.at ?? 0) > (other.at ?? 0);
}

/** Its proxy is all there is in it. */
export function isGateway(facts: Facts, pod: PodFact): boolean {
  return lastingContainers(facts, pod).every((name) => name === 'istio-proxy');
}

/** The Service that a host stands for, as a list. */
export function servicesAt(facts: Facts, host: string, namespace: string): ObjectRef[] {
  const named = serviceOfName(host, namespace);
  const service = facts.services.at(host) ?? (named && facts.services.named(named.namespace, named.name));
  return service === undefined ? [] : [service.ref];
}

function linkerdFailing(facts: Facts, pod: PodFact, lines: readonly LogRow[]): Failing[] {
  const now = facts.clock.endedAt;
  const tried = Map.groupBy(
    lines.flatMap((line) => notConnectedIn(line) ?? []),
    ({ namespace, service }) => `${service}.${namespace}`,
  );
  return [...tried].flatMap(([to, failed]): Failing[] => {
    const last = failed.at(-1);
    // It logs failures alone, and tries again for as long as somebody asks: one that has ceased is over.
    if (last === undefined || failed.length < OFTEN || now - (last.line.at ?? now) > STILL) return [];
    return [
      {
        whose: 'upstream',
        flag: '',
        said: last.said,
        to,
        inbound: false,
        count: failed.length,
        lines: failed.map(({ line }) => line),
        services: servicesAt(facts, to, pod.namespace),
        keys: [],
      },
    ];
  });
}

/** One who called in plain text where mutual TLS is demanded, and was turned away. */
export interface TurnedAway {
  /** The pod whose proxy says so. */
  readonly by: PodFact;
  readonly line: LogRow;
}

/** By the address that called: whom the proxies of these pods turned away lately for want of mutual TLS. */
export function turnedAwayBy(
  facts: Facts,
  pods: Iterable<PodFact>,
): ReadonlyMap<string, readonly TurnedAway[]> {
  const now = facts.clock.endedAt;
  const found = new Map<string, TurnedAway[]>();
  for (const by of pods) {
    for (const sidecar of ['istio-proxy', 'linkerd-proxy']) {
      for (const line of facts.logTail(by, sidecar, false, LINES)) {
        if (now - (line.at ?? now) > WITHIN) continue;
        const from = turnedAwayIn(line);
        if (from === undefined) continue;
        const list = found.get(from) ?? [];
        list.push({ by, line });
        found.set(from, list);
      }
    }
  }
  // Trouble that has ceased is over.
  return new Map(
    [...found].filter(([, list]) => {
      const last = list.at(-1)?.line.at ?? now;
      return list.length >= OFTEN && now - last <= STILL;
    }),
  );
}

function turnedAwayIn(line: LogRow): string | undefined {
  const access = accessOf(line);
  if (access === undefined) return deniedIn(line);
  const { downstream } = access;
  return isPlainText(access) && downstream !== undefined ? hostOf(downstream) : undefined;
}
