/** A control plane that does not do its part: readyz says no, nobody leads or schedules, requests are turned away. */
import type { ObjectRef } from '../../../src/core/ids.ts';
import { plural } from '../../../src/core/text.ts';
import { SECOND, formatTime } from '../../../src/core/time.ts';
import { paceFindings } from '../../facts/platform/api-pace-findings.ts';
import { kubectl } from '../../facts/commands.ts';
import { failedChecks, isDatabaseGone, isOfEtcd, LEASES, READYZ } from '../../facts/logs/database.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { workedSince } from '../../facts/platform/leaders.ts';
import { leaseOf, type LeaseFact } from '../../facts/nodes.ts';
import { topOf } from '../../facts/pods/pod-groups.ts';
import type { PodFact } from '../../facts/pods.ts';
import { untouchedPods } from '../../facts/pods/unscheduled.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/control-plane',
  layer: 'platform',
  title: 'Control plane that does not do its part',
  role: 'cause',
  needs: ['list:coordination.k8s.io/leases'],
  // What the API server says of itself tells without them.
  judgesWithout: ['list:coordination.k8s.io/leases'],
  uses: ['health', 'metrics', ...WORKLOADS, 'list:pods', 'list:events', 'list:persistentvolumeclaims'],
  explain: {
    rule:
      'The controller manager and the scheduler lead by a Lease in kube-system that they renew every two seconds; one that ' +
      'is older than its leaseDurationSeconds has no leader, and pods, EndpointSlices and bindings stand still. A pod that ' +
      'no scheduler has looked at for a minute carries neither the condition PodScheduled nor an Event. `/readyz?verbose` ' +
      'names the checks of the API server that fail (without etcd nothing is written, and no Lease renewed); 429 says that its flow control turns requests away. Found on any of ' +
      'these, and where lists take seconds while what the API server answers from memory comes at once.',
    notConfusedWith: [
      'a slow link from the capturing machine: discovery and /version take the same way and are slow too then',
      'a capture that is throttled alone: a hint, no fault',
      'Leases that nobody can renew because the API server does not reach etcd: they blame nobody',
      'a clock that is off: the Lease is held against the cluster, when it was listed',
      'clusters whose control plane shows no such Leases, or left old ones behind: the scheduler has bound pods, or the ' +
        'status of workloads was written, since they lapsed',
      'pods for which a node is chosen and a volume is being made there',
      'pods that a scheduling gate holds back, and those that a scheduler has turned away: pod/unschedulable',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/using-api/health-checks/',
      'https://kubernetes.io/docs/concepts/architecture/leases/#leader-election',
      'https://kubernetes.io/docs/concepts/cluster-administration/flow-control/',
      'https://github.com/kubernetes/kubernetes/blob/master/staging/src/k8s.io/apiserver/pkg/server/healthz/healthz.go',
    ],
  },
  explains: [
    { check: 'service/stale-endpoints', sharing: 'cluster' },
    { check: 'pod/not-created', sharing: 'cluster' },
    { check: 'service/no-endpoints', sharing: 'cluster' },
    { check: 'service/no-endpoints', sharing: 'object' },
  ],
  run(facts) {
    const untouched = untouchedPods(facts);
    const leases = LEADERS.flatMap((name) => {
      const lease = leaseOf(facts, 'kube-system', name);
      return lease === undefined ? [] : [{ name, lease }];
    });
    const states = leases.map(({ name, lease }) => ({ name, lease, ...stateOf(facts, name, lease) }));
    const dead = states.filter(({ abandoned }) => abandoned);
    const gone = isDatabaseGone(facts);
    return [
      ...(gone ? [] : states).map(({ name, lease, abandoned, because }): Judged =>
        abandoned
          ? {
              outcome: 'fail',
              finding: abandonedBy(
                facts,
                name,
                lease,
                name === SCHEDULER ? (untouched.get(DEFAULT) ?? []) : [],
              ),
            }
          : { outcome: 'pass', object: lease.object.ref, because },
      ),
      ...(gone ? [] : [...untouched])
        .filter(([name]) => name !== DEFAULT || dead.every((one) => one.name !== SCHEDULER))
        .map(([name, pods]): Judged => ({ outcome: 'fail', finding: unscheduled(facts, name, pods) })),
      ...readyz(facts),
      ...silentDatabase(facts),
      ...paceFindings(facts, API).map((finding): Judged => ({ outcome: 'fail', finding })),
    ];
  },
};
export default check;

const SCHEDULER = 'kube-scheduler';
const DEFAULT = 'default-scheduler';
const LEADERS = ['kube-controller-manager', SCHEDULER];
/** An election takes as long again as the Lease; a restart is no outage. */
const MARGIN = 10 * SECOND;
/** Where the API server stands for itself. */
const API = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes' };

/** A Lease that was given up in good order has no holder and a duration of one second. */
function isAbandoned({ age, duration }: LeaseFact): boolean {
  return age !== undefined && age > Math.max(duration, 15 * SECOND) + MARGIN;
}

/** Whether nobody leads. A Lease is left behind where the leader is elected otherwise, or not at all. */
function stateOf(
  facts: Facts,
  name: string,
  lease: LeaseFact,
): { readonly abandoned: boolean; readonly because: string } {
  if (!isAbandoned(lease)) return { abandoned: false, because: 'its leader renews it' };
  const worked = workedSince(facts, name, lease.renewedAt + Math.max(lease.duration, 15 * SECOND) + MARGIN);
  return worked === undefined
    ? { abandoned: true, because: '' }
    : { abandoned: false, because: `nobody renews it, and ${name} works all the same: ${worked}` };
}

/** Pods and what makes them. */
function strandedBy(facts: Facts, pods: readonly PodFact[]): ObjectRef[] {
  return pods.slice(0, 50).flatMap((pod) => [pod.ref, ...facts.workloads.lineage(pod).map(({ ref }) => ref)]);
}

/** The pods that run a leader, where a cluster shows them: static ones, labelled as kubeadm does or named after it. */
function ownPods(facts: Facts, name: string): ObjectRef[] {
  return facts.pods
    .in('kube-system')
    .filter(
      ({ labels, owner, name: own }) =>
        labels['component'] === name || (owner?.kind === 'Node' && own.startsWith(`${name}-`)),
    )
    .slice(0, 5)
    .map(({ ref }) => ref);
}

function abandonedBy(
  facts: Facts,
  name: string,
  lease: LeaseFact,
  untouched: readonly PodFact[],
): CheckFinding {
  const { age, duration, renewedAt, object, holder } = lease;
  const waiting =
    untouched.length === 0
      ? ''
      : `; ${plural(untouched.length, 'pod')} ${untouched.length === 1 ? 'waits' : 'wait'} to be bound`;
  return {
    severity: 'critical',
    confidence: 'certain',
    object: object.ref,
    summary: `Nobody leads as ${name}: its Lease was last renewed ${Math.round((age ?? 0) / SECOND)} s before it was listed${waiting}`,
    detail: `While nobody leads, ${name === SCHEDULER ? 'new pods are bound to no node' : 'pods are not made or replaced, EndpointSlices do not follow, nodes are not marked'}.`,
    evidence: [
      fieldEvidence(facts, object, 'spec.renewTime', formatTime(renewedAt)),
      fieldEvidence(facts, object, 'spec.leaseDurationSeconds', duration / SECOND),
      fieldEvidence(facts, object, 'spec.holderIdentity', holder),
      ...untouchedEvidence(facts, untouched),
    ],
    since: sinceBetween(renewedAt, renewedAt + duration, 'the last renewal of its Lease'),
    involves: [...ownPods(facts, name), ...strandedBy(facts, untouched)],
    remedy: {
      summary: `Bring ${name} back; its own log says why it left.`,
      confirm: [
        kubectl('kube-system', 'get', 'lease', name, '-o', 'yaml'),
        kubectl('kube-system', 'get', 'pods', '-l', `component=${name}`),
      ],
      mend: [],
    },
  };
}

function untouchedEvidence(facts: Facts, pods: readonly PodFact[]): Evidence[] {
  return pods.slice(0, 3).map((pod) =>
    fieldEvidence(facts, pod, 'metadata.creationTimestamp', formatTime(pod.createdAt ?? 0), {
      text: 'Pending since then, without the condition PodScheduled and without an Event of a scheduler',
    }),
  );
}

/** Pods that nobody has looked at although no Lease says that the scheduler is gone: none is shown, or it is another one. */
function unscheduled(facts: Facts, scheduler: string, pods: readonly PodFact[]): CheckFinding {
  const [first] = pods;
  if (first === undefined) throw new Error('a finding needs a pod');
  const own = scheduler === DEFAULT;
  const made = pods.map(({ createdAt }) => createdAt ?? facts.clock.startedAt);
  return {
    severity: 'critical',
    confidence: 'likely',
    object: own ? API : topOf(facts, first),
    part: `scheduler:${scheduler}`,
    summary: own
      ? `The scheduler has not looked at ${plural(pods.length, 'pod')}, made more than a minute before the capture`
      : `No scheduler named ${scheduler} has looked at ${plural(pods.length, 'pod')} that ${pods.length === 1 ? 'names' : 'name'} it`,
    detail: `${pods
      .slice(0, 5)
      .map(({ namespace, name }) => `${namespace}/${name}`)
      .join(', ')}: Pending, without a node, and nothing says why.`,
    evidence: [
      ...untouchedEvidence(facts, pods),
      fieldEvidence(facts, first, 'spec.schedulerName', scheduler),
    ],
    since: sinceBetween(undefined, Math.min(...made), 'the oldest of these pods was made then'),
    involves: strandedBy(facts, pods),
    remedy: {
      summary: own
        ? 'See whether the scheduler runs, leads, and reaches the API server.'
        : `Bring the scheduler ${scheduler} back, or take spec.schedulerName out of the template.`,
      confirm: [
        kubectl(first.namespace, 'describe', 'pod', first.name),
        kubectl('kube-system', 'get', 'lease', SCHEDULER, '-o', 'yaml'),
      ],
      mend: [],
    },
  };
}

/** What a failing check means, by its name; poststarthooks have `poststarthook/` before theirs. */
const MEANS: ReadonlyArray<readonly [RegExp, string]> = [
  [/^etcd/, 'It does not reach its database: what it serves may be old, and nothing is written.'],
  [/^shutdown$/, 'It is being shut down: another one serves on, or it will be back.'],
  [/^informer-sync$/, 'Its caches are not filled: it has just started, or cannot list from its database.'],
  [/^poststarthook\//, 'It has not finished starting.'],
];

/** `[-]etcd failed: reason withheld`: one line a check (apiserver/pkg/server/healthz). */
function readyz(facts: Facts): Judged[] {
  const failed = failedChecks(facts);
  if (failed === undefined) return [];
  if (failed.length === 0) return [{ outcome: 'pass', object: API, because: '/readyz fails no check' }];
  const names = failed.map(({ name }) => name);
  const means = MEANS.flatMap(([pattern, words]) =>
    names.some((name) => pattern.test(name)) ? [words] : [],
  );
  return [
    {
      outcome: 'fail',
      finding: {
        severity: 'critical',
        confidence: 'certain',
        object: API,
        part: 'readyz',
        summary: `The API server says it is not ready: ${names.slice(0, 6).join(', ')} ${failed.length === 1 ? 'fails' : 'fail'}`,
        detail: [...means.slice(0, 2), 'Load balancers before it take it out.'].join(' '),
        evidence: failed.slice(0, 10).map(({ line, number }) => ({
          kind: 'probe' as const,
          text: line,
          file: READYZ,
          line: number,
        })),
        since: sinceBetween(undefined, facts.clock.startedAt, 'it was so when the capture asked'),
        involves: [],
        remedy: {
          summary: 'See the log of the API server and the health of what the check is about.',
          confirm: [kubectl(undefined, 'get', '--raw', '/readyz?verbose')],
          mend: [],
        },
      },
    },
  ];
}

/** Leases "as of now" went unanswered and came from memory, and `/readyz` does not say why. */
function silentDatabase(facts: Facts): Judged[] {
  if (facts.listedAt(LEASES).from_cache !== 1 || (failedChecks(facts) ?? []).some(isOfEtcd)) return [];
  return [
    {
      outcome: 'fail',
      finding: {
        severity: 'critical',
        confidence: 'likely',
        object: API,
        part: 'database',
        summary: 'The API server answers from memory alone: lists that need its database went unanswered',
        detail: 'What it serves may be old, and nothing is written.',
        evidence: [
          {
            kind: 'probe',
            path: 'fromCache',
            value: true,
            text: 'a list as of now got no answer, the same list with resourceVersion=0 did',
            file: 'resources/coordination.k8s.io/v1/leases/list.json',
          },
        ],
        since: sinceBetween(undefined, facts.clock.startedAt, 'it was so when the capture asked'),
        involves: [],
        remedy: {
          summary: 'See the health and the latency of etcd, and the log of the API server.',
          confirm: [kubectl(undefined, 'get', '--raw', '/readyz?verbose')],
          mend: [],
        },
      },
    },
  ];
}
