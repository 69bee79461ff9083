/** What was broken and is not any more: told by what a watch saw, by conditions that turned late, by restarts that ended. */
import { objectKey } from '../../src/core/ids.ts';
import { oneLine } from '../../src/core/text.ts';
import { formatTime, MINUTE, type Micros } from '../../src/core/time.ts';
import { eventEvidence, fieldEvidence } from '../facts/evidence.ts';
import type { AllFacts } from '../facts/facts.ts';
import { topOf } from '../facts/pods/pod-groups.ts';
import type { PodFact } from '../facts/pods.ts';
import { dig } from '../facts/read.ts';
import { startupAllowance } from '../facts/probes/readiness.ts';
import type { ServicePath } from '../facts/services.ts';
import type { Finding } from '../model/finding.ts';
import type { Over } from '../model/verdict.ts';
import { objectsOf } from './graph.ts';
import { servedAgain } from './over-clients.ts';

/** How far back a mended fault is still worth a word. */
const WINDOW: Micros = 30 * MINUTE;
const MOST = 20;

/** The latest first. Nothing is over that a finding still tells of. */
export function overOf(facts: AllFacts, findings: readonly Finding[]): Over[] {
  const broken = new Set(
    findings.filter(({ role }) => role !== 'advice').flatMap((one) => [...objectsOf(one)]),
  );
  const seen = new Set<string>();
  return [...facts.paths.flatMap((path) => emptied(facts, path)), ...restarted(facts), ...servedAgain(facts)]
    .filter(({ object }) => {
      const key = objectKey(object);
      return !broken.has(key) && !seen.has(key) && seen.add(key);
    })
    .toSorted((a, b) => (a.to < b.to ? 1 : -1))
    .slice(0, MOST);
}

/** A Service that had no ready endpoint and has one again. */
function emptied(facts: AllFacts, path: ServicePath): Over[] {
  if (path.ready.length === 0) return [];
  const over = watched(facts, path) ?? turned(facts, path);
  return over === undefined ? [] : [over];
}

function watched(facts: AllFacts, { service, slices }: ServicePath): Over | undefined {
  for (const slice of slices) {
    let from: Micros | undefined;
    let was = false;
    let over: Over | undefined;
    for (const change of facts.objects.changes(slice)) {
      const endpoints = dig(change.object, 'endpoints');
      const ready =
        Array.isArray(endpoints) && endpoints.some((one) => dig(one, 'conditions', 'ready') !== false);
      if (was && !ready) from = change.at;
      if (ready && from !== undefined) {
        over = {
          object: service.ref,
          summary: `Service ${name(service)} had no ready endpoint from ${formatTime(from)} until ${formatTime(change.at)}`,
          from: formatTime(from),
          to: formatTime(change.at),
          basis: 'observed',
          source: 'a watch saw the last ready endpoint go and one come back',
          evidence: [
            {
              kind: 'change',
              at: formatTime(change.at),
              object: slice.ref,
              path: 'endpoints',
              value: endpoints,
            },
          ],
        };
        from = undefined;
      }
      was = ready;
    }
    if (over !== undefined) return over;
  }
  return undefined;
}

/** Every pod behind it is Ready, and became so lately and long after its own probes would have let a fresh start take. */
function turned(facts: AllFacts, { service, pods }: ServicePath): Over | undefined {
  const living = pods.filter(({ terminating }) => !terminating);
  if (service.publishNotReady || living.length === 0) return undefined;
  const times: Micros[] = [];
  for (const pod of living) {
    const at = lateTurn(facts, pod);
    if (at === undefined) return undefined;
    times.push(at);
  }
  const first = Math.min(...times);
  const pod = living[times.indexOf(first)];
  if (pod === undefined) return undefined;
  const unhealthy = facts.objects.events(pod.ref).filter(({ reason }) => reason === 'Unhealthy');
  return {
    object: service.ref,
    summary: `Service ${name(service)} had no Ready pod until ${formatTime(first)}`,
    to: formatTime(first),
    basis: 'inferred',
    source: 'every pod behind it became Ready then or later, long after its start',
    evidence: [
      fieldEvidence(facts.objects, pod, 'status.conditions[Ready]', {
        status: 'True',
        lastTransitionTime: formatTime(first),
      }),
      ...unhealthy.slice(-1).map((event) => eventEvidence(facts.objects, event)),
    ],
  };
}

/** When a pod became Ready, if that was within the window and no part of its start; a restart is a start too. */
function lateTurn(facts: AllFacts, pod: PodFact): Micros | undefined {
  const ready = facts.objects.conditions(pod).find(({ type }) => type === 'Ready');
  const at = ready?.status === 'True' ? ready.last_transition_at : null;
  if (typeof at !== 'number' || facts.clock.endedAt - at > WINDOW) return undefined;
  const started = facts.objects
    .troubled(pod)
    .flatMap((one) => (one.state === 'running' ? (one.started_at ?? []) : []));
  const began = Math.max(pod.createdAt ?? 0, pod.startedAt ?? 0, ...started);
  return at > began + startupAllowance({ body: (object) => facts.objects.body(object) }, pod)
    ? at
    : undefined;
}

/** Containers that kept dying and have run well since. */
function restarted(facts: AllFacts): Over[] {
  const troubled = facts.objects.troubledPods();
  return facts.pods.all
    .filter(({ id, ready, terminating }) => troubled.has(id) && ready === 'True' && !terminating)
    .flatMap((pod): Over[] => {
      const container = facts.objects
        .troubled(pod)
        .find(
          ({ state, restarts, last_finished_at }) =>
            state === 'running' &&
            (restarts ?? 0) >= 2 &&
            last_finished_at !== null &&
            facts.clock.endedAt - last_finished_at <= WINDOW,
        );
      const backOff = facts.objects.events(pod.ref).findLast(({ reason }) => reason === 'BackOff');
      const to = container?.started_at;
      if (container === undefined || backOff === undefined || typeof to !== 'number') return [];
      const top = topOf(facts, pod);
      return [
        {
          object: top,
          summary: oneLine(
            `Container ${container.name} of ${top.kind} ${pod.namespace}/${top.name} kept dying until ${formatTime(to)}, and has run since`,
          ),
          ...(backOff.first_at === null ? {} : { from: formatTime(backOff.first_at) }),
          to: formatTime(to),
          basis: 'observed',
          source: 'the state of the container and the Event of its back-off',
          evidence: [
            fieldEvidence(facts.objects, pod, `status.containerStatuses[${container.name}]`, {
              restartCount: container.restarts,
              lastReason: container.last_reason,
              lastExitCode: container.last_exit_code,
              startedAt: formatTime(to),
            }),
            eventEvidence(facts.objects, backOff),
          ],
        },
      ];
    });
}

function name({ namespace, name: own }: ServicePath['service']): string {
  return oneLine(`${namespace}/${own}`);
}
