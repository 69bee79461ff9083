/** Containers that start and die, again and again; the previous log's last words say why. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, logEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { deathOf } from '../../facts/pods/deaths.ts';
import { leftBehind } from '../../facts/pods/left-behind.ts';
import { servicesReachedFor } from '../../facts/logs/waiting.ts';
import { isLooping, LOOP_MEMORY } from '../../facts/pods/looping.ts';
import { severityOf } from '../../facts/pods/pod-findings.ts';
import { byWorkload, type PodGroup } from '../../facts/pods/pod-groups.ts';
import type { PodFact } from '../../facts/pods.ts';
import type { ContainerRow } from '../../facts/rows.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CALLERS, OF_PLATFORM_PODS } from '../consequences.ts';

const check: Check = {
  id: 'pod/crash-loop',
  layer: 'pod',
  title: 'Container that dies each time it is started',
  role: 'cause',
  needs: ['list:pods'],
  uses: [...WORKLOADS, 'list:services', 'list:events', 'logs'],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'The kubelet restarts a container that ends, with a delay that doubles from 10 s to 5 min (state waiting, reason ' +
      'CrashLoopBackOff) and is forgotten after 10 min of running. Found when a container waits in that state, or has ' +
      'ended or come back after at least two restarts, and died within the last ten minutes.',
    notConfusedWith: [
      'back-off left over from a restart long ago: the container has run for ten minutes since',
      'a status nobody has written for long: the node is gone',
      'one restart, after which it runs',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy',
      'https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#container-states',
    ],
  },
  explains: [
    'pod/not-ready',
    'service/no-endpoints',
    'service/traffic-policy',
    ...OF_PLATFORM_PODS,
    ...OF_CALLERS,
  ],
  run(facts) {
    const troubled = facts.troubledPods();
    const looping = new Map<PodFact, ContainerRow>();
    const judged = facts.pods.all.filter((pod) => !pod.ended && !pod.terminating);
    for (const pod of judged) {
      if (!troubled.has(pod.id)) continue;
      const container = facts.troubled(pod).find((one) => isLooping(one, facts.clock.endedAt));
      if (container !== undefined) looping.set(pod, container);
    }
    return [
      ...byWorkload(facts, [...looping.keys()]).map((group): Judged => ({
        outcome: 'fail',
        finding: findingOf(facts, group, looping),
      })),
      ...judged
        .filter((pod) => !looping.has(pod))
        .map((pod): Judged => ({
          outcome: 'pass',
          object: pod.ref,
          because: troubled.has(pod.id)
            ? 'no container waits in CrashLoopBackOff or died twice within the last ten minutes'
            : 'every container runs, and none was restarted',
        })),
    ];
  },
};
export default check;

function findingOf(facts: Facts, group: PodGroup, looping: ReadonlyMap<PodFact, ContainerRow>): CheckFinding {
  const { ref, namespace, pods } = group;
  const [pod] = pods;
  const container = pod && looping.get(pod);
  if (pod === undefined || container === undefined) throw new Error('a finding needs a container');
  const why = deathOf(facts, pod, container);
  const behind = leftBehind(facts, pods);
  const backOff = facts.events(pod.ref).filter((event) => event.reason === 'BackOff');
  return {
    severity: severityOf(facts, group),
    confidence: 'certain',
    object: ref,
    summary: `${container.type === 'app' ? 'Container' : `${container.type} container`} ${container.name} of ${ref.kind} ${namespace}/${ref.name} dies each time it is started: ${why.words}`,
    detail: [
      `${plural(pods.length, 'pod')} affected; ${pod.name} has restarted ${plural(container.restarts ?? 0, 'time')}.`,
      ...(container.last_message === null ? [] : [oneLine(container.last_message).slice(0, 300)]),
      ...(why.lines.length > 0 || why.killing !== undefined || !why.started
        ? []
        : ['No log of the container that died was captured.']),
      ...(behind === undefined ? [] : [behind.words]),
    ].join(' '),
    evidence: [
      ...pods.slice(0, 5).flatMap((one) => {
        const row = looping.get(one);
        return row === undefined ? [] : [statusEvidence(facts, one, row)];
      }),
      ...(why.killing === undefined ? [] : [eventEvidence(facts, why.killing)]),
      ...(behind?.evidence ?? []),
      ...why.lines.map((line) => logEvidence(line, pod)),
      ...backOff.slice(-1).map((event) => eventEvidence(facts, event)),
    ],
    since: sinceOf(facts, pods, looping),
    involves: pods.slice(0, 50).map((one) => one.ref),
    // Without a log it may wait for whatever it is configured with.
    ...(why.lines.length === 0 && why.started
      ? {}
      : {
          names: servicesReachedFor(
            facts,
            why.lines.map(({ text }) => text),
            namespace,
          ),
        }),
    remedy: {
      summary:
        behind === undefined
          ? why.remedy
          : 'If the template is right by now, delete the pods that it has left behind.',
      confirm: [
        kubectl(namespace, 'logs', pod.name, '-c', container.name, '--previous'),
        kubectl(namespace, 'describe', 'pod', pod.name),
      ],
      mend: behind?.mend ?? undo(facts, pod),
    },
  };
}

/** Back to the revision before, where this one is new: its pods die while those of the one before still run. */
function undo(facts: Facts, pod: PodFact): string[] {
  const top = facts.workloads.top(pod);
  if (top?.kind !== 'Deployment') return [];
  const [newest, before] = facts.workloads.revisions(top);
  return newest?.name === pod.owner?.name && (before?.readyReplicas ?? 0) > 0
    ? [kubectl(top.namespace, 'rollout', 'undo', `deployment/${top.name}`)]
    : [];
}

function statusEvidence(
  facts: Facts,
  pod: PodFact,
  container: ContainerRow,
): CheckFinding['evidence'][number] {
  const list = container.type === 'app' ? 'containerStatuses' : 'initContainerStatuses';
  const ended = container.state === 'terminated';
  return fieldEvidence(facts, pod, `status.${list}[${container.name}]`, {
    state: container.state,
    reason: container.reason,
    restartCount: container.restarts,
    lastExitCode: ended ? container.exit_code : container.last_exit_code,
    lastReason: ended ? container.reason : container.last_reason,
  });
}

/** It cannot have begun before the pod, nor after the last death that is known; the first back-off narrows it. */
function sinceOf(
  facts: Facts,
  pods: readonly PodFact[],
  looping: ReadonlyMap<PodFact, ContainerRow>,
): CheckFinding['since'] {
  const firsts = pods.flatMap((pod) =>
    facts
      .events(pod.ref)
      .filter(
        (event) =>
          event.reason === 'BackOff' && (event.message ?? '').includes('restarting failed container'),
      )
      .flatMap((event) => event.first_at ?? []),
  );
  const created = pods.flatMap((pod) => pod.createdAt ?? []);
  const died = pods.flatMap(
    (pod) => looping.get(pod)?.last_finished_at ?? looping.get(pod)?.finished_at ?? [],
  );
  const from = created.length === 0 ? undefined : Math.min(...created);
  if (firsts.length > 0) {
    // The kubelet backs off from the second death on; ten minutes of running well would have made it forget the first.
    const first = Math.min(...firsts);
    return sinceBetween(
      Math.max(from ?? 0, first - LOOP_MEMORY),
      first,
      'the first Event of the back-off, or shortly before',
    );
  }
  return sinceBetween(
    from,
    died.length === 0 ? undefined : Math.min(...died),
    'the last death that is known; the pod is as old as the earlier time',
  );
}
