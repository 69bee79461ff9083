/** The pods left behind a Service, overwhelmed: throttled, at their memory limit or refusing, while the rest are out. */
import { objectKey, type ObjectRef } from '../../../src/core/ids.ts';
import { formatBytes } from '../../../src/k8s/quantity.ts';
import { kubectl } from '../../facts/commands.ts';
import { CONTAINER_STORY } from '../../facts/pods/container-story.ts';
import { fieldEvidence, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import { overloadOf, toldClients, type Overload } from '../../facts/logs/overload.ts';
import type { PodFact } from '../../facts/pods.ts';
import { once } from '../../facts/read.ts';
import { pathsByPod } from '../../facts/pods/relevant-ports.ts';
import type { ServicePath } from '../../facts/services.ts';
import { items, fields, text } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check } from '../check.ts';

/** A quarter of the periods throttled is felt in every answer. */
const THROTTLED = 0.25;
const NEAR_LIMIT = 0.95;

const check: Check = {
  id: 'pod/saturated',
  layer: 'pod',
  title: 'Remaining pods that are overwhelmed',
  role: 'symptom',
  needs: ['list:pods', 'list:services', 'list:discovery.k8s.io/endpointslices'],
  uses: [...new Set([...WORKLOADS, ...CONTAINER_STORY, 'logs' as const])].filter(
    (need) => need !== 'list:pods',
  ),
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'When some pods of a Service are out, the rest get their share and the retries besides. Found when a Service has ' +
      'fewer ready endpoints than pods, and one that is left was throttled in a quarter of its CPU periods while the ' +
      'capture ran, stands at its memory limit, or turns callers away because it is full: its own log says that it has no ' +
      'connection left, its sidecar holds requests back (Envoy’s flag UO), or its clients are told so.',
    notConfusedWith: [
      'steady high use while all pods are in',
      'a burst that is throttled now and then',
      'one that was full and is not any more',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/configuration/manage-resources-containers/#how-pods-with-resource-limits-are-run',
    ],
  },
  explains: [
    { check: 'pod/mesh', sharing: 'object', to: 'symptom' },
    { check: 'pod/mesh', sharing: 'names', to: 'symptom' },
    { check: 'pod/dependency-unreachable', sharing: 'names' },
  ],
  run(facts) {
    const byPod = pathsByPod(facts.paths);
    const thinned = facts.paths.filter(
      (path) => path.ready.length > 0 && path.ready.length < path.pods.length,
    );
    const told = once(() => toldClients(facts));
    const left = new Set(thinned.flatMap((path) => path.pods.filter(({ ready }) => ready === 'True')));
    return judgePods(
      facts,
      livePods(facts).filter((pod) => byPod.has(pod)),
      (pod) =>
        left.has(pod)
          ? strained(
              facts,
              pod,
              thinned.find(({ pods }) => pods.includes(pod)),
              told,
            )
          : { fine: 'all pods of its Services are in' },
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

interface Strained {
  readonly container: string;
  readonly words: string;
  readonly path: ServicePath | undefined;
  readonly value: unknown;
  /** Where its logs show it. */
  readonly lines?: readonly Evidence[];
}

function strained(
  facts: Facts,
  pod: PodFact,
  path: ServicePath | undefined,
  told: () => ReadonlyMap<string, Overload>,
): PodAnswer<Strained> {
  for (const { name } of items(fields(facts.body(pod)['spec'])['containers'])) {
    const container = text(name) ?? '';
    const { throttled, memoryLimit, memoryUsed, cpuLimitText, memoryLimitText } = facts.containerStory(
      pod,
      container,
    );
    if (throttled !== undefined && throttled >= THROTTLED)
      return {
        bad: {
          container,
          path,
          value: throttled,
          words: `throttled in ${Math.round(throttled * 100)} % of its CPU periods${cpuLimitText === undefined ? '' : ` (limit ${cpuLimitText})`}`,
        },
      };
    if (memoryLimit !== undefined && memoryUsed !== undefined && memoryUsed >= NEAR_LIMIT * memoryLimit)
      return {
        bad: {
          container,
          path,
          value: memoryUsed,
          words: `at ${formatBytes(memoryUsed)} of its memory limit ${memoryLimitText}`,
        },
      };
  }
  const overload = overloadOf(facts, pod) ?? (path && told().get(objectKey(path.service.ref)));
  if (overload !== undefined) {
    const { container, words, evidence } = overload;
    return { bad: { container, path, words, value: undefined, lines: evidence } };
  }
  return { fine: 'neither throttled nor at its memory limit nor full, as far as was measured' };
}

function findingOf(facts: Facts, struck: Struck<Strained>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const { path } = bad;
  const what = bad.container === '' ? pod.name : `container ${bad.container} of ${pod.name}`;
  return {
    severity: 'warning',
    confidence: 'likely',
    object: struck.ref,
    summary: `What is left of ${nameOf(struck)} is overwhelmed: ${what} is ${bad.words}${path === undefined ? '' : `, with ${path.ready.length} of ${path.pods.length} pods behind Service ${path.service.name}`}`,
    detail: affected(struck),
    evidence: bad.lines === undefined ? measured(facts, pod, bad) : [...bad.lines],
    since: SINCE_UNKNOWN,
    // Those that are out are part of it: together they leave its callers without an answer.
    involves: [...involved(struck), ...(path === undefined ? [] : [...outOf(path), path.service.ref])],
    remedy: {
      summary: 'Bring the other pods back first; then raise the limit, or the number of replicas.',
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}

function measured(facts: Facts, pod: PodFact, { container, words, value }: Strained): Evidence[] {
  const spec = items(fields(facts.body(pod)['spec'])['containers']).find(({ name }) => name === container);
  return [
    { kind: 'metric', object: pod.ref, text: `${container}: ${words}`, value },
    fieldEvidence(facts, pod, `spec.containers[${container}].resources`, spec?.['resources'] ?? null),
  ];
}

function outOf({ pods }: ServicePath): ObjectRef[] {
  return pods.filter(({ ready, terminating }) => ready !== 'True' && !terminating).map(({ ref }) => ref);
}
