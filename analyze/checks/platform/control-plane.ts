/** A control plane that does not do its part: readyz says no, or nobody leads as controller manager or scheduler. */
import { SECOND, formatTime } from '../../../src/core/time.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import type { Facts } from '../../facts/facts.ts';
import { leaseOf, type LeaseFact } from '../../facts/nodes.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/control-plane',
  layer: 'platform',
  title: 'Control plane that does not do its part',
  role: 'cause',
  needs: ['list:coordination.k8s.io/leases'],
  uses: ['health'],
  explain: {
    rule:
      'The controller manager and the scheduler lead by a Lease in kube-system that they renew every two seconds; one that ' +
      'is older than its leaseDurationSeconds has no leader, and pods, EndpointSlices and bindings stand still. ' +
      '`/readyz?verbose` names the checks of the API server that fail. Found on either.',
    notConfusedWith: [
      'a slow link from the capturing machine: neither is measured by it',
      'a clock that is off: the Lease is held against the cluster, when it was listed',
      'clusters whose control plane shows no such Leases',
    ],
    sources: [
      'https://kubernetes.io/docs/reference/using-api/health-checks/',
      'https://kubernetes.io/docs/concepts/architecture/leases/#leader-election',
    ],
  },
  explains: [
    { check: 'service/stale-endpoints', sharing: 'cluster' },
    { check: 'pod/not-created', sharing: 'cluster' },
    { check: 'service/no-endpoints', sharing: 'cluster' },
  ],
  run(facts) {
    const leaders = LEADERS.flatMap((name) => {
      const lease = leaseOf(facts, 'kube-system', name);
      return lease === undefined ? [] : [judge(facts, name, lease)];
    });
    return [...leaders, ...readyz(facts)];
  },
};
export default check;

const LEADERS = ['kube-controller-manager', 'kube-scheduler'];
/** An election takes as long again as the Lease; a restart is no outage. */
const MARGIN = 10 * SECOND;

const STANDS = {
  'kube-controller-manager':
    'pods are not made or replaced, EndpointSlices do not follow, nodes are not marked',
  'kube-scheduler': 'new pods are bound to no node',
};

function judge(facts: Facts, name: string, lease: LeaseFact): Judged {
  const { age, duration, renewedAt, object, holder } = lease;
  // A Lease that was given up in good order has no holder and a duration of one second.
  if (age <= Math.max(duration, 15 * SECOND) + MARGIN)
    return { outcome: 'pass', object: object.ref, because: 'its leader renews it' };
  return {
    outcome: 'fail',
    finding: {
      severity: 'critical',
      confidence: 'certain',
      object: object.ref,
      summary: `Nobody leads as ${name}: its Lease was last renewed ${Math.round(age / SECOND)} s before it was listed`,
      detail: `While nobody leads, ${name === 'kube-scheduler' ? STANDS['kube-scheduler'] : STANDS['kube-controller-manager']}.`,
      evidence: [
        fieldEvidence(facts, object, 'spec.renewTime', formatTime(renewedAt)),
        fieldEvidence(facts, object, 'spec.leaseDurationSeconds', duration / SECOND),
        fieldEvidence(facts, object, 'spec.holderIdentity', holder),
      ],
      since: sinceBetween(renewedAt, renewedAt + duration, 'the last renewal of its Lease'),
      involves: [],
      remedy: {
        summary: `Bring ${name} back; its own log says why it left.`,
        confirm: [
          kubectl('kube-system', 'get', 'lease', name, '-o', 'yaml'),
          kubectl('kube-system', 'get', 'pods', '-l', `component=${name}`),
        ],
        mend: [],
      },
    },
  };
}

/** `[-]etcd failed: reason withheld`: one line a check (apiserver/pkg/server/healthz). */
function readyz(facts: Facts): Judged[] {
  const text = facts.document('health/readyz.txt');
  if (text === undefined) return [];
  const object = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes' };
  const failed = text.split('\n').flatMap((line, index) => {
    const name = /^\[-\](\S+) (?:failed|error)/.exec(line)?.[1];
    return name === undefined ? [] : [{ name, line, number: index + 1 }];
  });
  if (failed.length === 0) return [{ outcome: 'pass', object, because: '/readyz fails no check' }];
  const names = failed.map(({ name }) => name).join(', ');
  return [
    {
      outcome: 'fail',
      finding: {
        severity: 'critical',
        confidence: 'certain',
        object,
        part: 'readyz',
        summary: `The API server says it is not ready: ${names} ${failed.length === 1 ? 'fails' : 'fail'}`,
        detail: 'Load balancers before it take it out, and what it serves may be old.',
        evidence: failed.map(({ line, number }) => ({
          kind: 'probe' as const,
          text: line,
          file: 'health/readyz.txt',
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
