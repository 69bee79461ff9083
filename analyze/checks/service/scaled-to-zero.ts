/** A Service whose workload was scaled to zero while something depends on it. */
import { formatSet } from '../../../src/k8s/labels.ts';
import { plural } from '../../../src/core/text.ts';
import { parseTime, SECOND, type Micros } from '../../../src/core/time.ts';
import {
  backingWorkloads,
  DEPENDENTS,
  dependentsOf,
  hadEndpoints,
  isClusterDns,
  isScaledToZero,
  scaledDownAt,
  unlisted,
} from '../../facts/services/backing.ts';
import { eventEvidence, fieldEvidence, sinceAt, sinceBetween } from '../../facts/evidence.ts';
import type { Dependent } from '../../facts/dependents.ts';
import { WORKLOADS, type Facts } from '../../facts/facts.ts';
import { ownsField } from '../../facts/objects.ts';
import { holderOf, isIdle, SCALERS, type Holder } from '../../facts/services/scaled-by.ts';
import { lastWrite, writtenBy } from '../../facts/services/service-writes.ts';
import type { ServiceFact } from '../../facts/services.ts';
import { kubectl } from '../../facts/commands.ts';
import type { WorkloadFact } from '../../facts/workloads.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';

const check: Check = {
  id: 'service/scaled-to-zero',
  layer: 'service',
  title: 'Service whose workload runs no replica',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:apps/deployments', 'list:apps/statefulsets'],
  uses: [
    ...WORKLOADS,
    ...DEPENDENTS,
    ...SCALERS,
    'list:events',
    'list:discovery.k8s.io/endpointslices',
    'list:networking.k8s.io/ingresses',
  ],
  explain: {
    rule:
      'A Service takes the pods of a workload whose template meets its selector. With spec.replicas 0 there are none. Found ' +
      'when every such workload wants 0 replicas and something depends on the Service (a route of an edge, an address in ' +
      'a container), or it is cluster DNS, on which every pod depends; without that it is a hint, where an Event says that it was scaled down lately. Who holds it there is read from ' +
      'autoscalers that target it (a HorizontalPodAutoscaler that replicas 0 switched off or whose minReplicas is 0, a ' +
      'ScaledObject that is paused or has no active trigger), else from who wrote spec.replicas.',
    notConfusedWith: [
      'work parked on purpose: nobody depends on it and no Event of the scaling is left',
      'work that KEDA, Knative or an autoscaler with minReplicas 0 takes to zero whenever nothing is asked of it, and on which nobody depends',
      'a workload that wants pods and gets none',
    ],
    sources: ['https://kubernetes.io/docs/concepts/workloads/controllers/deployment/#scaling-a-deployment'],
  },
  explains: ['service/no-endpoints'],
  run: (facts) =>
    facts.services.all
      .filter(
        ({ selector, type, terminating }) =>
          selector !== undefined && type !== 'ExternalName' && !terminating,
      )
      .map((service) => judge(facts, service)),
};
export default check;

function judge(facts: Facts, service: ServiceFact): Judged {
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  if (!isScaledToZero(facts, service)) return pass('a workload behind it wants pods, or pods are there');
  const backing = backingWorkloads(facts, service);
  const dependents = dependentsOf(facts, service);
  const lately = backing.some((workload) => scaledDownAt(facts, workload) !== undefined);
  // Parked: nobody in sight depends on it. When that was lately it is worth a word, and no alarm; of an autoscaler not even that.
  const parked = dependents.length === 0 && !isClusterDns(facts, service);
  if (parked && (!lately || backing.every((workload) => isIdle(facts, workload)))) {
    const dependsOn = ['networking.k8s.io/ingresses', 'events', 'apps/daemonsets', 'batch/cronjobs'];
    return (
      unlisted(facts, service, dependsOn, 'Whether it was parked on purpose cannot be told') ??
      pass('nothing in the bundle depends on it')
    );
  }
  return { outcome: 'fail', finding: findingOf(facts, service, backing, dependents) };
}

function findingOf(
  facts: Facts,
  service: ServiceFact,
  backing: readonly WorkloadFact[],
  dependents: readonly Dependent[],
): CheckFinding {
  const [workload] = backing;
  const dns = isClusterDns(facts, service);
  const wanted = dns || dependents.length > 0;
  const names = backing.map(({ kind, name }) => `${kind} ${name}`).join(', ');
  const at = workload === undefined ? undefined : scaledDownAt(facts, workload);
  const holder = workload && holderOf(facts, workload);
  const events = backing.flatMap(({ ref }) =>
    facts.events(ref).filter((event) => /Scal|Rescale/.test(event.reason ?? '')),
  );
  return {
    severity: wanted ? 'critical' : 'advice',
    role: wanted ? 'cause' : 'advice',
    confidence: 'certain',
    object: service.ref,
    summary: `Service ${service.namespace}/${service.name} has no pods because ${names} is scaled to 0`,
    detail:
      `The selector ${formatSet(service.selector ?? {})} takes the pods of ${names}, which wants none. ` +
      (dns ? 'It is the DNS of the cluster: without it no pod resolves a name. ' : '') +
      (dependents.length > 0
        ? `${plural(dependents.length, 'object')} in the bundle ${dependents.length === 1 ? 'names' : 'name'} the Service: ${dependents
            .slice(0, 5)
            .map(({ object, path }) => `${object.ref.kind} ${object.ref.name} (${path})`)
            .join(', ')}.`
        : dns
          ? ''
          : 'Nothing in the bundle names the Service, but it was scaled down lately.') +
      (holder === undefined ? '' : ` ${holder.words}`),
    evidence: [
      ...backing.map((one) => fieldEvidence(facts, one, 'spec.replicas', 0)),
      fieldEvidence(facts, service, 'spec.selector', service.selector),
      ...(holder?.evidence ?? []),
      ...events.slice(-3).map((event) => eventEvidence(facts, event)),
    ],
    since: sinceOf(facts, service, backing, at, holder),
    involves: backing.map(({ ref }) => ref),
    remedy: {
      summary:
        holder?.mend ??
        `Scale ${names} up again, and find out what scaled it down (a person, an autoscaler, a schedule).`,
      confirm: [
        kubectl(
          service.namespace,
          'get',
          `${workload?.kind.toLowerCase() ?? 'deployment'}/${workload?.name ?? ''}`,
        ),
      ],
      mend: backing.map((one) =>
        kubectl(service.namespace, 'scale', `${one.kind.toLowerCase()}/${one.name}`, '--replicas=1'),
      ),
    },
  };
}

/** Since the scaling, or since the selector was turned to what had no replicas by then (blue/green, to the empty colour). */
function sinceOf(
  facts: Facts,
  service: ServiceFact,
  backing: readonly WorkloadFact[],
  at: Micros | undefined,
  holder: Holder | undefined,
): CheckFinding['since'] {
  const scaled =
    at !== undefined
      ? sinceAt(at, 'observed', 'the Event of the scaling')
      : holder?.at !== undefined
        ? sinceAt(holder.at, 'inferred', holder.words.replace(/\.$/, ''))
        : sinceWritten(facts, backing);
  const write = lastWrite(facts, service, 'selector');
  const known = parseTime(scaled.to ?? scaled.from);
  // Who made the Service wrote its selector, too.
  if (write === undefined || write.at < (service.createdAt ?? 0) + SECOND) return scaled;
  return known === undefined || write.at <= known || !hadEndpoints(facts, service)
    ? scaled
    : sinceBetween(known, write.at, `${scaled.source ?? 'it was scaled'}; ${writtenBy(write, 'selector')}`);
}

/** Without an Event: not before the workload was made, not after the manager that owns spec.replicas last wrote. */
function sinceWritten(facts: Facts, backing: readonly WorkloadFact[]): CheckFinding['since'] {
  const written = backing.flatMap((workload) =>
    facts
      .writes(workload)
      .filter((write) => ownsField(write, ['spec', 'replicas']))
      .map((write) => write.at),
  );
  const made = backing.flatMap((workload) => workload.createdAt ?? []);
  return sinceBetween(
    made.length === 0 ? undefined : Math.min(...made),
    written.length === 0 ? undefined : Math.max(...written),
    written.length === 0
      ? 'the workload was made then; nothing tells when it was scaled down'
      : 'managedFields: the manager of spec.replicas last wrote then, or before',
  );
}
