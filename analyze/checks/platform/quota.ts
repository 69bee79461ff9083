/** A ResourceQuota or LimitRange that refuses the pods a controller makes. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { parseQuantity } from '../../../src/k8s/quantity.ts';
import { items, text, texts } from '../../ingest/read.ts';
import { kubectl } from '../../facts/commands.ts';
import { eventEvidence, fieldEvidence, sinceBetween, SINCE_UNKNOWN } from '../../facts/evidence.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { dig, groupBy, type StoredObject } from '../../facts/read.ts';
import { makesRoom, waitsForItself, type SelfWait } from '../../facts/pods/surge.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import { unseenOwner, type Refusal } from '../../facts/platform/refusals.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'platform/quota',
  layer: 'platform',
  title: 'Quota or LimitRange that refuses pods',
  role: 'cause',
  needs: [
    'list:pods',
    'list:apps/replicasets',
    'list:apps/statefulsets',
    'list:apps/daemonsets',
    'list:batch/jobs',
  ],
  uses: [...WORKLOADS, 'list:events', 'list:resourcequotas', 'list:limitranges'],
  holdsDespite: ['list:apps/statefulsets', 'list:apps/daemonsets', 'list:batch/jobs'],
  explain: {
    rule:
      'A namespace whose ResourceQuota would be exceeded gets no further pod, and a pod outside the bounds of a LimitRange ' +
      'is refused; the controller says so in Events FailedCreate (`exceeded quota: …`, `maximum cpu usage per Container …`) ' +
      'and the condition ReplicaFailure. Found when a controller still lacks pods and was last told so. Of several ' +
      'LimitRanges, which no message names, the one is meant that has the bound the message tells.',
    notConfusedWith: [
      'a refusal after which the pods were made',
      'a quota that is full while nobody wants more',
      'a quota of other scopes, which does not count these pods',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/policy/resource-quotas/',
      'https://kubernetes.io/docs/concepts/policy/limit-range/',
      'https://github.com/kubernetes/kubernetes/blob/master/plugin/pkg/admission/limitranger/admission.go',
    ],
  },
  explains: ['pod/not-created', 'service/no-endpoints'],
  aboutMissingPods: true,
  run(facts) {
    const mine = facts.refusals.filter(({ refuser: { by } }) => by === 'quota' || by === 'limit-range');
    const groups = groupBy(
      mine,
      (one) => `${one.refuser.by}/${one.maker.namespace}/${one.refuser.name}/${refusing(facts, one).id}`,
    );
    const struck = new Set(mine.map(({ maker }) => maker.namespace));
    return [
      ...[...groups.values()].map((group): Judged => ({ outcome: 'fail', finding: findingOf(facts, group) })),
      ...facts
        .list('resourcequotas')
        .filter(({ ref }) => !struck.has(ref.namespace ?? ''))
        .map(({ ref }): Judged => ({
          outcome: 'pass',
          object: ref,
          because: 'no controller of the namespace lacks pods because of it',
        })),
    ];
  },
};
export default check;

/** The quota by its name, the LimitRange by the bound that the message tells; the workload where neither is there. */
function refusing(facts: Facts, { refuser, maker, workload }: Refusal): StoredObject {
  const there = facts
    .list(refuser.by === 'quota' ? 'resourcequotas' : 'limitranges')
    .filter(({ ref }) => ref.namespace === maker.namespace);
  const found =
    refuser.by === 'quota'
      ? there.find(({ ref }) => ref.name === refuser.name)
      : (there.find((range) => hasBound(facts, range, refuser.why)) ??
        (there.length === 1 ? there[0] : undefined));
  return found ?? workload;
}

const BOUND = /(minimum|maximum) (\S+) usage per (\w+) is ([^\s,]+?)[.,]? /;
const RATIO = /(\S+) max limit to request ratio per (\w+) is ([^\s,]+?)[.,]? /;

/** Whether a LimitRange has the bound that a refusal speaks of: several may hold in one namespace, and none is named. */
function hasBound(facts: Facts, range: StoredObject, why: string): boolean {
  const [, side, resource = '', type, bound] = BOUND.exec(`${why} `) ?? [];
  const [, rated = '', ratedType, ratio] = RATIO.exec(`${why} `) ?? [];
  return items(dig(facts.body(range), 'spec', 'limits')).some((limit) =>
    side === undefined
      ? limit['type'] === ratedType && isSame(dig(limit, 'maxLimitRequestRatio', rated), ratio)
      : limit['type'] === type && isSame(dig(limit, side === 'minimum' ? 'min' : 'max', resource), bound),
  );
}

function isSame(value: unknown, told: string | undefined): boolean {
  if (value === undefined || told === undefined) return false;
  return value === told || parseQuantity(value) === parseQuantity(told);
}

/** A quota with scopes counts only some pods: which, in words; empty for one that counts all. */
function scopesOf(facts: Facts, object: StoredObject): string {
  if (object.ref.kind !== 'ResourceQuota') return '';
  const spec = dig(facts.body(object), 'spec');
  const selected = items(dig(spec, 'scopeSelector', 'matchExpressions')).map((expression) =>
    [text(expression['scopeName']), text(expression['operator']), texts(expression['values']).join(', ')]
      .filter((word) => word !== null && word !== '' && word !== 'Exists')
      .join(' '),
  );
  const all = [...texts(dig(spec, 'scopes')), ...selected];
  return all.length === 0 ? '' : ` (of scope ${all.join(' and ')})`;
}

/** What refuses, as the subject of a sentence. */
function nameOf(facts: Facts, object: StoredObject, { refuser, maker: { namespace } }: Refusal): string {
  const { kind, name } = object.ref;
  if (kind === 'LimitRange') return `LimitRange ${namespace}/${name}`;
  if (refuser.by === 'limit-range') return `A LimitRange of namespace ${namespace}`;
  if (refuser.name === '') return `The quota of namespace ${namespace}`;
  return `ResourceQuota ${namespace}/${refuser.name}${scopesOf(facts, object)}`;
}

function findingOf(facts: Facts, group: readonly Refusal[]): CheckFinding {
  const [first] = group;
  if (first === undefined) throw new Error('a finding needs a refusal');
  const object = refusing(facts, first);
  const { namespace } = first.maker;
  const quota = first.refuser.by === 'quota';
  const name = nameOf(facts, object, first);
  const missing = group.reduce((sum, one) => sum + one.missing, 0);
  const itself =
    group.length === 1
      ? waitsForItself(facts, workloadOf(facts, first), (pod) => makesRoom(facts, first.refuser.why, pod))
      : undefined;
  const firsts = group.flatMap(({ firstAt }) => firstAt ?? []);
  return {
    severity: 'critical',
    confidence: 'certain',
    object: object.ref,
    ...(object.ref.kind === 'LimitRange' || object.ref.kind === 'ResourceQuota'
      ? {}
      : { part: first.refuser.by }),
    summary: `${name} refuses ${plural(missing, 'pod')} of ${group.map(({ workload }) => `${workload.ref.kind} ${workload.name}`).join(', ')}: ${oneLine(first.refuser.why).slice(0, 200)}`,
    detail: `The controller asks again and again, at growing intervals, and is refused each time: ${oneLine(first.message).slice(0, 500)}${unseenOwner(first)}${itself === undefined ? '' : ` ${itself.words}`}`,
    evidence: [
      ...(itself?.evidence ?? []),
      ...group.slice(0, 5).flatMap((one) => evidenceOf(facts, one)),
      ...boundsOf(facts, object),
    ],
    since:
      firsts.length === 0
        ? SINCE_UNKNOWN
        : sinceBetween(undefined, Math.min(...firsts), 'the first refusal that is known'),
    involves: group.flatMap(({ workload, maker }) => [workload.ref, maker.ref]),
    remedy: {
      summary: remedyOf(first, itself),
      confirm: [
        kubectl(namespace, 'describe', quota ? 'resourcequota' : 'limitrange'),
        kubectl(namespace, 'describe', first.maker.kind.toLowerCase(), first.maker.name),
      ],
      mend: itself?.remedy.mend ?? [],
    },
  };
}

function workloadOf(
  facts: Facts,
  { workload: { ref, namespace, name }, refuser }: Refusal,
): WorkloadFact | undefined {
  return refuser.by === 'quota' ? facts.workloads.named(ref.kind, namespace, name) : undefined;
}

/** A quota of compute resources refuses what does not say how much it wants (plugin/pkg/admission/resourcequota, `must specify`). */
function remedyOf({ refuser }: Refusal, itself: SelfWait | undefined): string {
  if (refuser.by !== 'quota')
    return 'Set requests and limits of the pod template within the bounds of the LimitRange, or change its bounds.';
  if (refuser.why.startsWith('must specify '))
    return 'Set what it names in the pod template (resources.requests, resources.limits), or give the namespace a LimitRange with defaults.';
  const more =
    'Raise the quota, or ask for less in the pod template; other pods of the namespace use up the rest.';
  return itself === undefined ? more : `${itself.remedy.summary} Or raise the quota.`;
}

function evidenceOf(facts: Facts, { event, maker, message, missing, path }: Refusal): Evidence[] {
  return [
    event === undefined ? fieldEvidence(facts, maker, path, message) : eventEvidence(facts, event),
    fieldEvidence(facts, maker, 'spec.replicas', maker.replicas, {
      text: `${plural(missing, 'pod')} missing`,
    }),
  ];
}

function boundsOf(facts: Facts, object: StoredObject): Evidence[] {
  if (object.ref.kind === 'ResourceQuota')
    return [fieldEvidence(facts, object, 'status', dig(facts.body(object), 'status'))];
  if (object.ref.kind === 'LimitRange')
    return [fieldEvidence(facts, object, 'spec.limits', dig(facts.body(object), 'spec', 'limits'))];
  return [];
}
