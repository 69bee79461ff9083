/** Containers whose image cannot be had, and the registry's answer split into its kinds. */
import { oneLine } from '../../../src/core/text.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import {
  affected,
  firstOf,
  involved,
  judgePods,
  livePods,
  nameOf,
  severityOf,
  sinceFirst,
  type Struck,
} from '../../facts/pods/pod-findings.ts';
import type { PodFact } from '../../facts/pods.ts';
import { pullFailure } from '../../facts/pods/pull-failures.ts';
import type { ContainerRow } from '../../facts/rows.ts';
import { fields, items, text } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check } from '../check.ts';
import { OF_PLATFORM_PODS } from '../consequences.ts';

/** Reasons of a container that waits for its image (pkg/kubelet/images/types.go). */
const REASONS = new Set([
  'ErrImagePull',
  'ImagePullBackOff',
  'ErrImageNeverPull',
  'InvalidImageName',
  'ImageInspectError',
  'RegistryUnavailable',
  'SignatureValidationFailed',
]);

const check: Check = {
  id: 'pod/image-pull',
  layer: 'pod',
  title: 'Image that cannot be pulled',
  role: 'cause',
  needs: ['list:pods'],
  uses: [...WORKLOADS, 'list:events', 'list:secrets'],
  holdsDespite: ['list:pods'],
  explain: {
    rule:
      'The kubelet pulls a container’s image before it starts it; while that fails the container waits with ErrImagePull, ' +
      'then ImagePullBackOff (up to 5 min between tries). The message holds what the registry or the network said, which ' +
      'tells a wrong name from missing credentials, a registry that cannot be reached, and a rate limit.',
    notConfusedWith: [
      'a pull that takes its time: ContainerCreating, no error',
      'a container that ran and died',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/containers/images/#imagepullbackoff',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/kubelet/images/types.go',
    ],
  },
  explains: [
    'pod/not-ready',
    'service/no-endpoints',
    'service/traffic-policy',
    ...OF_PLATFORM_PODS,
    'platform/kube-proxy',
  ],
  run(facts) {
    const troubled = facts.troubledPods();
    return judgePods(
      facts,
      livePods(facts),
      (pod) => {
        const container = troubled.has(pod.id)
          ? facts.troubled(pod).find(({ state, reason }) => state === 'waiting' && REASONS.has(reason ?? ''))
          : undefined;
        return container === undefined ? { fine: 'no container waits for its image' } : { bad: container };
      },
      (struck) => findingOf(facts, struck),
    );
  },
};
export default check;

function findingOf(facts: Facts, struck: Struck<ContainerRow>): CheckFinding {
  const { pod, bad } = firstOf(struck);
  const events = facts
    .events(pod.ref)
    .filter(({ reason, message }) => reason === 'Failed' && /image/i.test(message ?? ''));
  const said = [bad.message ?? '', ...events.map(({ message }) => message ?? '').toReversed()];
  const failure = pullFailure(bad.reason ?? '', said);
  const absent = absentSecrets(facts, pod);
  const before = imageBefore(facts, pod, bad);
  const image = bad.image ?? 'its image';
  return {
    severity: severityOf(facts, struck),
    confidence: 'certain',
    object: struck.ref,
    summary: `Image ${oneLine(image)} of ${nameOf(struck)} cannot be pulled: ${failure.words}${absent.length === 0 ? '' : `; pull secret ${absent.join(', ')} is not there`}`,
    detail: [
      oneLine(failure.said).slice(0, 400),
      ...(before === undefined ? [] : [`The revision before ran ${before}.`]),
      affected(struck),
    ]
      .filter((part) => part !== '')
      .join(' '),
    evidence: [
      ...struck.seen.slice(0, 3).map(({ pod: one, bad: container }) =>
        fieldEvidence(
          facts,
          one,
          `status.${container.type === 'app' ? 'containerStatuses' : 'initContainerStatuses'}[${container.name}].state.waiting`,
          {
            reason: container.reason,
            message: container.message,
          },
        ),
      ),
      ...events.slice(-1).map((event) => eventEvidence(facts, event)),
      ...(absent.length === 0 ? [] : [fieldEvidence(facts, pod, 'spec.imagePullSecrets', absent)]),
    ],
    since: sinceFirst(
      struck,
      events.map(({ first_at }) => first_at),
      'the first Event of the failed pull; the pod is as old as the earlier time',
    ),
    involves: involved(struck),
    remedy: {
      summary: failure.remedy,
      confirm: [
        kubectl(struck.namespace, 'describe', 'pod', pod.name),
        ...absent.map((name) => kubectl(struck.namespace, 'get', 'secret', name)),
      ],
      mend:
        before === undefined || struck.ref.kind !== 'Deployment'
          ? []
          : [kubectl(struck.namespace, 'rollout', 'undo', `deployment/${struck.ref.name}`)],
    },
  };
}

function absentSecrets(facts: Facts, pod: PodFact): string[] {
  if (!facts.coverage('secrets', pod.namespace).known) return [];
  return items(fields(facts.body(pod)['spec'])['imagePullSecrets'])
    .flatMap(({ name }) => text(name) ?? [])
    .filter((name) => facts.find('secrets', pod.namespace, name) === undefined);
}

/** What the Deployment's revision before this one ran, where it was another image. */
function imageBefore(facts: Facts, pod: PodFact, container: ContainerRow): string | undefined {
  const top = facts.workloads.top(pod);
  if (top?.kind !== 'Deployment') return undefined;
  const before = facts.workloads.revisions(top)[1];
  if (before === undefined) return undefined;
  const spec = fields(fields(fields(facts.body(before)['spec'])['template'])['spec']);
  const image = text(items(spec['containers']).find(({ name }) => name === container.name)?.['image']);
  return image === null || image === container.image ? undefined : image;
}
