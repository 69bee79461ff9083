/** Servers that turn callers away because they are full: in their own log, in their proxy's, or in what their clients were told. */
import { objectKey } from '../../../src/core/ids.ts';
import { MINUTE } from '../../../src/core/time.ts';
import type { Evidence } from '../../model/finding.ts';
import { logEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { failureIn } from './failures.ts';
import { lastingContainers } from '../pods/containers.ts';
import { failingIn } from '../mesh/traffic.ts';
import { SIDECARS } from '../mesh/words.ts';
import type { LogRow } from '../object-rows.ts';
import type { PodFact } from '../pods.ts';
import { servicesReachedFor } from './waiting.ts';

const WITHIN = 10 * MINUTE;
/** One that is still full has said so shortly before it was captured. */
const STILL = 2 * MINUTE;
const OFTEN = 3;
const LINES = 300;

/**
 * A server of itself, that it has as many connections as it may have: nginx (ngx_connection.c), Apache (AH00161, AH00484),
 * PostgreSQL (postinit.c, behind its `log_line_prefix`), PgBouncer (max_client_conn), and any that has no descriptor left for
 * another (EMFILE of accept(2)).
 */
const FULL =
  /worker_connections are not enough|reached MaxRequestWorkers|\[\d+\](?: \S+)? FATAL: {2}(?:sorry, too many clients already|remaining connection slots are reserved)|closing because: no more connections allowed|accept\w*:? .*too many open files/i;

/** What such a server tells its clients: PostgreSQL, PgBouncer, MySQL (error 1040), Redis (networking.c). */
const TOLD =
  /too many clients already|remaining connection slots are reserved|no more connections allowed|\btoo many connections\b|max number of clients reached/i;

export interface Overload {
  /** As a clause about the pod: `turns callers away, …`. */
  readonly words: string;
  readonly evidence: readonly Evidence[];
  readonly container: string;
}

/** What the pod itself or its sidecar says of being full; undefined where neither does. */
export function overloadOf(facts: Facts, pod: PodFact): Overload | undefined {
  return saidItself(facts, pod) ?? heldBack(facts, pod);
}

function saidItself(facts: Facts, pod: PodFact): Overload | undefined {
  for (const container of lastingContainers(facts, pod).filter((name) => !SIDECARS.has(name))) {
    const lines = stillSaid(facts, FULL, facts.logTail(pod, container, false, LINES));
    const last = lines.at(-1);
    if (last !== undefined)
      return {
        container,
        words: `full, as its own log says ("${last.text.slice(0, 100)}")`,
        evidence: lines.slice(-2).map((line) => logEvidence(line, pod)),
      };
  }
  return undefined;
}

/** The limit of connections and requests that its own sidecar keeps (Envoy's circuit breaker): response flag UO, inbound. */
function heldBack(facts: Facts, pod: PodFact): Overload | undefined {
  const failing = failingIn(facts, pod);
  if (failing === undefined || !failing.inbound || failing.flag !== 'UO') return undefined;
  return {
    container: lastingContainers(facts, pod).find((name) => !SIDECARS.has(name)) ?? '',
    words: `beyond what its sidecar lets through: ${failing.count} requests were turned away (UO)`,
    evidence: failing.lines.slice(-2).map((line) => logEvidence(line, pod)),
  };
}

/** By the key of the Service: the answers that only a full server gives, in the logs of those that call it. */
export function toldClients(facts: Facts): ReadonlyMap<string, Overload> {
  const found = new Map<string, Overload>();
  for (const { namespace, pod: name, container } of facts.complaining(facts.clock.endedAt - WITHIN, OFTEN)) {
    const pod = facts.pods.named(namespace, name);
    if (pod === undefined) continue;
    const said = stillSaid(facts, TOLD, facts.logTail(pod, container, false, LINES));
    const byService = Map.groupBy(said, (line) => {
      const [service] = servicesReachedFor(facts, [line.text, failureIn(line)?.target ?? ''], namespace);
      return service === undefined ? '' : objectKey(service);
    });
    for (const [key, lines] of byService) {
      const last = lines.at(-1);
      if (key === '' || last === undefined || lines.length < OFTEN) continue;
      found.set(key, {
        container: '',
        words: `full: ${name} was told so ("${last.text.slice(0, 100)}")`,
        evidence: lines.slice(-2).map((line) => logEvidence(line, pod)),
      });
    }
  }
  return found;
}

/** Lines that say so, often and lately; none otherwise. */
function stillSaid(facts: Facts, words: RegExp, all: readonly LogRow[]): readonly LogRow[] {
  const now = facts.clock.endedAt;
  const lines = all.filter(
    ({ text: said, at }) => now - (at ?? now) <= WITHIN && words.test(said.slice(0, 1000)),
  );
  const last = lines.at(-1);
  return last !== undefined && lines.length >= OFTEN && now - (last.at ?? now) <= STILL ? lines : [];
}
