/** Programs that dial an address of the cluster's Services which no Service has: it was written down, or is a former one. */
import { formatTime, MINUTE } from '../../../src/core/time.ts';
import { oneLine } from '../../../src/core/text.ts';
import type { Judged } from '../../checks/check.ts';
import { texts } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import type { Coverage } from '../coverage.ts';
import { fieldEvidence, logEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { failuresIn, type DependencyFailure } from '../logs/failures.ts';
import { hostOf } from '../logs/targets.ts';
import type { PodFact } from '../pods.ts';
import { dig, type StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import type { WorkloadFact } from '../workloads.ts';
import { isWithin } from './addresses.ts';

/** The ranges that Services get their addresses from, as objects since Kubernetes 1.33; without them nothing is told. */
export const SERVICE_RANGES = 'list:networking.k8s.io/servicecidrs';

const RECENT = 10 * MINUTE;
const STILL = 2 * MINUTE;
const OFTEN = 3;
const LINES = 50;

interface Dialled {
  readonly pod: PodFact;
  readonly workload: WorkloadFact;
  readonly range: StoredObject;
  readonly address: string;
  readonly failures: readonly DependencyFailure[];
}

/**
 * One answer for each workload whose log complains, until now, of such an address. Variables of service links
 * (`PAY_SERVICE_HOST`) are written when a container is made and outlive the Service
 * (https://kubernetes.io/docs/tutorials/services/connect-applications-service/#environment-variables).
 */
export function formerAddresses(facts: Facts): Judged[] {
  const ranges = facts.list('networking.k8s.io/servicecidrs');
  if (ranges.length === 0) return [];
  const found = new Map<string, Dialled>();
  for (const { namespace, pod: name, container } of facts.complaining(facts.clock.endedAt - RECENT, 1)) {
    const pod = facts.pods.named(namespace, name);
    const workload = pod && facts.workloads.top(pod);
    if (pod === undefined || workload === undefined) continue;
    const groups = Map.groupBy(failuresIn(facts.logTail(pod, container, false, LINES)), addressOf);
    for (const [address, failures] of groups) {
      const range = address === undefined ? undefined : rangeOf(facts, ranges, address);
      const last = failures.at(-1)?.line.at ?? facts.clock.endedAt;
      if (address === undefined || range === undefined || facts.services.at(address) !== undefined) continue;
      if (failures.length < OFTEN || facts.clock.endedAt - last > STILL) continue;
      const key = `${workload.id} ${address}`;
      if (!found.has(key)) found.set(key, { pod, workload, range, address, failures });
    }
  }
  const services = servicesEverywhere(facts);
  return [...found.values()].map((one) =>
    services.known
      ? { outcome: 'fail', finding: findingOf(facts, one) }
      : {
          outcome: 'unknown',
          object: one.workload.ref,
          because: services.gap,
          detail: `Its log complains of ${one.address}, an address of the cluster's Services; whether one has it cannot be told: ${services.why}.${hintOf(facts, one.pod)}`,
        },
  );
}

/** Whether the Services of every namespace there is are known: a capture of some of them leaves the others out. */
function servicesEverywhere(facts: Facts): Coverage {
  const namespaces = facts.coverage('namespaces');
  if (!namespaces.known) return namespaces;
  const all = facts.list('namespaces').map(({ ref }) => facts.coverage('services', ref.name));
  return all.find(({ known }) => !known) ?? facts.coverage('services');
}

/** Of a failure that tells of no answer at all: what answers, if only to refuse the credentials, is there. */
function addressOf({ way, target }: DependencyFailure): string | undefined {
  if (target === undefined || (way !== 'timeout' && way !== 'refused' && way !== 'unreachable'))
    return undefined;
  return hostOf(target);
}

function rangeOf(facts: Facts, ranges: readonly StoredObject[], address: string): StoredObject | undefined {
  return ranges.find((range) =>
    texts(dig(facts.body(range), 'spec', 'cidrs')).some((cidr) => isWithin(address, cidr)),
  );
}

/** Services of the pod's namespace that were made after it: one of them may have had the address before. */
function madeSince(facts: Facts, pod: PodFact): readonly ServiceFact[] {
  return facts.services
    .in(pod.namespace)
    .filter(({ createdAt, clusterIp }) => clusterIp !== undefined && (createdAt ?? 0) > (pod.createdAt ?? 0));
}

function onlyYounger(facts: Facts, pod: PodFact): ServiceFact | undefined {
  const [younger, ...others] = madeSince(facts, pod);
  return others.length === 0 ? younger : undefined;
}

function hintOf(facts: Facts, pod: PodFact): string {
  const only = onlyYounger(facts, pod);
  return only === undefined
    ? ''
    : ` Service ${only.name} was made at ${formatTime(only.createdAt ?? 0)}, after the pod, which may hold the address of the one before it.`;
}

function findingOf(facts: Facts, { pod, workload, range, address, failures }: Dialled): CheckFinding {
  const [first, last] = [failures[0], failures.at(-1)];
  const only = onlyYounger(facts, pod);
  return {
    severity: pod.ready === 'True' ? 'warning' : 'critical',
    confidence: 'likely',
    object: workload.ref,
    part: address,
    summary: `${workload.kind} ${workload.namespace}/${workload.name} dials ${address}, an address for Services that no Service has`,
    detail: `Its log says "${oneLine(last?.line.text ?? '').slice(0, 200)}".${hintOf(facts, pod)}`,
    evidence: [
      ...(first === undefined || last === undefined ? [] : [first, last]).map(({ line }) =>
        logEvidence(line, pod),
      ),
      fieldEvidence(facts, range, 'spec.cidrs', dig(facts.body(range), 'spec', 'cidrs')),
      ...(only === undefined
        ? []
        : [
            fieldEvidence(facts, only, 'metadata.creationTimestamp', formatTime(only.createdAt ?? 0)),
            fieldEvidence(facts, only, 'spec.clusterIP', only.clusterIp),
          ]),
    ],
    since: sinceBetween(
      only?.createdAt ?? pod.createdAt,
      first?.line.at ?? undefined,
      only === undefined
        ? 'the first such line that was captured; the pod is as old as the earlier time'
        : 'the first such line that was captured, and the making of the Service',
    ),
    involves: [pod.ref],
    remedy: {
      summary:
        'Configure the name of the Service in place of an address; a pod that holds a former address has to be made anew.',
      confirm: [
        kubectl(pod.namespace, 'get', 'services', '-o', 'wide'),
        kubectl(pod.namespace, 'logs', pod.name),
      ],
      mend:
        only === undefined
          ? []
          : [
              kubectl(
                workload.namespace,
                'rollout',
                'restart',
                workload.ref.kind.toLowerCase(),
                workload.name,
              ),
            ],
    },
  };
}
