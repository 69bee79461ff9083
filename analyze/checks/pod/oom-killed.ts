/** Containers that the kernel killed for want of memory: their own limit's, or the whole node's. */
import { MINUTE } from '../../../src/core/time.ts';
import { formatBytes, parseQuantity } from '../../../src/k8s/quantity.ts';
import { kubectl } from '../../facts/commands.ts';
import { CONTAINER_STORY } from '../../facts/pods/container-story.ts';
import { eventEvidence, fieldEvidence, logEvidence } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  nameOf,
  severityOf,
  sinceFirst,
  type PodAnswer,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { KeptObject } from '../../facts/objects.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig } from '../../facts/read.ts';
import type { ContainerRow } from '../../facts/rows.ts';
import { fields, items, text } from '../../ingest/read.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check } from '../check.ts';
import { OF_CALLERS, OF_PLATFORM_PODS } from '../consequences.ts';

/** A container that has run for so long since has left it behind (the kubelet forgets its back-off then). */
const RECENT = 10 * MINUTE;

const check: Check = {
  id: 'pod/oom-killed',
  layer: 'pod',
  title: 'Container killed for want of memory',
  role: 'cause',
  needs: ['list:pods'],
  uses: [...new Set([...WORKLOADS, ...CONTAINER_STORY, 'list:events' as const, 'list:limitranges' as const])],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'When the processes of a container together reach its memory limit and nothing can be freed, the kernel kills one; ' +
      'the container ends with reason OOMKilled. Without a limit, or when the node itself runs out of memory, the kernel ' +
      'chooses by oom_score_adj, and the kubelet writes SystemOOM on the Node. Found when that was within ten minutes.',
    notConfusedWith: [
      'exit code 137 without reason OOMKilled: SIGKILL from elsewhere, such as a liveness probe',
      'a kill long ago, after which it ran well',
      'an eviction for memory pressure: the kubelet’s decision, not the kernel’s',
    ],
    sources: [
      'https://kubernetes.io/docs/tasks/configure-pod-container/assign-memory-resource/#exceed-a-container-s-memory-limit',
      'https://kubernetes.io/docs/concepts/scheduling-eviction/node-pressure-eviction/#node-out-of-memory-behavior',
    ],
  },
  explains: [
    'pod/crash-loop',
    'pod/not-ready',
    'service/no-endpoints',
    ...OF_PLATFORM_PODS,
    'platform/kube-proxy',
    ...OF_CALLERS,
  ],
  run(facts) {
    const troubled = facts.troubledPods();
    return judgePods(
      facts,
      facts.pods.all.filter(({ terminating }) => !terminating),
      (pod) => (troubled.has(pod.id) ? killedIn(facts, pod) : { fine: 'no container of it was killed' }),
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

function killedIn(facts: Facts, pod: PodFact): PodAnswer<ContainerRow> {
  const { endedAt } = facts.clock;
  const killed = facts.troubled(pod).find((one) => {
    const now = one.state === 'terminated' && one.reason === 'OOMKilled';
    if (!now && one.last_reason !== 'OOMKilled') return false;
    const at = now ? one.finished_at : one.last_finished_at;
    return at === null || endedAt - at <= RECENT;
  });
  if (killed !== undefined) return { bad: killed };
  const by = facts.troubled(pod).find((one) => one.last_exit_code === 137 || one.exit_code === 137);
  return {
    fine:
      by === undefined
        ? 'no container of it was killed for want of memory within ten minutes'
        : `container ${by.name} ended with 137, but not as OOMKilled`,
  };
}

interface Given {
  readonly range: KeptObject;
  readonly evidence: readonly Evidence[];
}

const SET_BY = 'kubernetes.io/limit-ranger';

/**
 * The LimitRange whose default became the container's limit: admission says in an annotation which limits it set
 * (plugin/pkg/admission/limitranger: `LimitRanger plugin set: …; memory limit for container app`).
 */
function limitGivenBy(
  facts: Facts,
  pod: PodFact,
  container: string,
  limit: number | undefined,
): Given | undefined {
  const said = text(fields(dig(facts.body(pod), 'metadata', 'annotations'))[SET_BY]) ?? '';
  const here = new RegExp(`limit for (?:init )?container ${container.replaceAll('.', '\\.')}(?:;|$)`);
  const lists = said.split(';').filter((part) => here.test(part.trim()));
  if (limit === undefined || !lists.some((part) => /\bmemory\b/.test(part))) return undefined;
  const range = facts
    .list('limitranges')
    .find(
      (one) =>
        one.ref.namespace === pod.namespace &&
        items(dig(facts.body(one), 'spec', 'limits')).some(
          (rule) =>
            rule['type'] === 'Container' && parseQuantity(fields(rule['default'])['memory']) === limit,
        ),
    );
  return range === undefined
    ? undefined
    : {
        range,
        evidence: [
          fieldEvidence(facts, pod, `metadata.annotations[${SET_BY}]`, said),
          fieldEvidence(facts, range, 'spec.limits', dig(facts.body(range), 'spec', 'limits')),
        ],
      };
}

function findingOf(facts: Facts, struck: Struck<ContainerRow>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const story = facts.containerStory(pod, bad.name);
  const system =
    pod.node === undefined
      ? []
      : facts.eventsOf(['SystemOOM']).filter((event) => event.involved_name === pod.node);
  const nodeLevel = story.memoryLimit === undefined;
  const given = limitGivenBy(facts, pod, bad.name, story.memoryLimit);
  const limit = nodeLevel
    ? 'it has no limit, so it was the node that ran out of memory'
    : `its limit is ${story.memoryLimitText}${given === undefined ? '' : `, the default of LimitRange ${given.range.ref.name}`}${story.memoryUsed === undefined ? '' : `, in use at the capture ${formatBytes(story.memoryUsed)}`}`;
  const restarts = bad.restarts ?? 0;
  const down = bad.ready !== 1;
  return {
    severity: down ? severityOf(facts, struck) : 'warning',
    confidence: 'certain',
    object: struck.ref,
    summary: `${bad.type === 'app' ? 'Container' : `${bad.type} container`} ${bad.name} of ${nameOf(struck)} is killed for want of memory: ${limit}`,
    detail: `${pod.name} has restarted ${restarts} ${restarts === 1 ? 'time' : 'times'}. ${affected(struck)}`,
    evidence: [
      ...struck.seen.slice(0, 5).map(({ pod: one, bad: container }) =>
        fieldEvidence(
          facts,
          one,
          `status.${container.type === 'app' ? 'containerStatuses' : 'initContainerStatuses'}[${container.name}].${container.state === 'terminated' ? 'state' : 'lastState'}.terminated`,
          {
            reason: 'OOMKilled',
            exitCode: container.state === 'terminated' ? container.exit_code : container.last_exit_code,
          },
        ),
      ),
      fieldEvidence(
        facts,
        pod,
        `spec.${bad.type === 'app' ? 'containers' : 'initContainers'}[${bad.name}].resources.limits.memory`,
        story.memoryLimitText ?? null,
      ),
      ...(given === undefined ? [] : given.evidence),
      ...system.slice(-1).map((event) => eventEvidence(facts, event)),
      ...story.lastWords.slice(-2).map((line) => logEvidence(line, pod)),
    ],
    since: sinceFirst(
      struck,
      struck.seen.map(({ bad: one }) =>
        one.state === 'terminated' ? one.finished_at : one.last_finished_at,
      ),
      'the last kill that is known; the pod is as old as the earlier time',
    ),
    involves: involved(struck),
    remedy: {
      summary: nodeLevel
        ? 'Give it a memory request and limit that fit the node, and find what else fills the node.'
        : given === undefined
          ? 'Raise the limit to what it needs, or find what makes it need so much.'
          : `Give the container a limit of its own that it can live with; where it has none, LimitRange ${given.range.ref.name} sets this one.`,
      confirm: [kubectl(struck.namespace, 'describe', 'pod', pod.name)],
      mend: [],
    },
  };
}
