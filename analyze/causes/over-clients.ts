/** Clients that a Service failed until it was mended, just before the capture: told by their logs and by what was written of it. */
import { oneLine } from '../../src/core/text.ts';
import { formatTime, MINUTE, type Micros } from '../../src/core/time.ts';
import { logEvidence } from '../facts/evidence.ts';
import { WORKLOADS, type AllFacts } from '../facts/facts.ts';
import { failuresIn, type DependencyFailure } from '../facts/logs/failures.ts';
import { servicesReachedFor } from '../facts/logs/waiting.ts';
import { narrow } from '../facts/narrow.ts';
import type { PodFact } from '../facts/pods.ts';
import { groupBy } from '../facts/read.ts';
import { isSilentSince, servesAgain } from '../facts/services/back-again.ts';
import type { Over } from '../model/verdict.ts';

const NEEDS = [
  ...WORKLOADS,
  'list:services',
  'list:discovery.k8s.io/endpointslices',
  'list:pods',
  'logs',
] as const;

const RECENT = 10 * MINUTE;
const OFTEN = 4;
const LINES = 500;

/** Of each workload once. Refusals of its first minute are part of a start. */
export function servedAgain(all: AllFacts): Over[] {
  const facts = narrow(all, 'over', [...new Set(NEEDS)]);
  const found = new Map<number, Over>();
  for (const { namespace, pod: name, container } of facts.complaining(facts.clock.endedAt - RECENT, OFTEN)) {
    const pod = facts.pods.named(namespace, name);
    const top = pod && (facts.workloads.top(pod) ?? pod);
    if (pod === undefined || top === undefined || found.has(top.id)) continue;
    if (pod.ready !== 'True' || pod.terminating) continue;
    const failures = failuresIn(facts.logTail(pod, container, false, LINES)).filter(
      ({ target, line }) => target !== undefined && line.at !== null,
    );
    for (const [target, group] of groupBy(failures, (one) => one.target)) {
      const times = group.flatMap(({ line }) => line.at ?? []);
      const last = Math.max(...times);
      if (times.length < OFTEN || last < bornOf(pod) + MINUTE) continue;
      const pace = Math.max(...times.slice(-OFTEN).map((at, index, late) => at - (late[index - 1] ?? at)));
      if (!isSilentSince(facts, last, pace)) continue;
      const names = servicesReachedFor(
        facts,
        group.map(({ line }) => line.text),
        namespace,
      );
      if (servesAgain(facts, names, last, pace)) {
        found.set(top.id, overOf(pod, top.ref, target ?? '', group));
        break;
      }
    }
  }
  return [...found.values()];
}

function bornOf({ createdAt, startedAt }: PodFact): Micros {
  return Math.max(createdAt ?? 0, startedAt ?? 0);
}

function overOf(
  pod: PodFact,
  object: Over['object'],
  target: string,
  failures: readonly DependencyFailure[],
): Over {
  const [first, last] = [failures[0]?.line, failures.at(-1)?.line];
  const to = formatTime(last?.at ?? 0);
  return {
    object,
    summary: oneLine(
      `${object.kind} ${pod.namespace}/${object.name} could not use ${target} until ${to}; its Service serves again`,
    ),
    ...(first?.at == null ? {} : { from: formatTime(first.at) }),
    to,
    basis: 'observed',
    source: 'its log, which is silent since the Service or its EndpointSlices were written',
    evidence: [first, last].flatMap((line) => (line === undefined ? [] : [logEvidence(line, pod)])),
  };
}
