/** The finding for a selector that missed its pods: what it wanted, what they carry, which rollout parted them, the mend. */
import { objectKey } from '../../../src/core/ids.ts';
import { plural } from '../../../src/core/text.ts';
import { MINUTE, SECOND } from '../../../src/core/time.ts';
import { formatSet, type Labels } from '../../../src/k8s/labels.ts';
import type { Difference } from '../../../src/k8s/near-miss.ts';
import type { CheckFinding, Evidence, Since } from '../../model/finding.ts';
import { hadEndpoints, isReused } from './backing.ts';
import { clientsOf } from './clients.ts';
import { kubectl } from '../commands.ts';
import { eventEvidence, fieldEvidence, sinceAt, sinceBetween, SINCE_UNKNOWN } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { ownsField, type WriteFact } from '../objects.ts';
import { isNamesake, type Candidate } from './selector-candidates.ts';
import { templateChanges, templatePath } from '../revisions.ts';
import type { StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import type { WorkloadFact } from '../workloads.ts';

const KIND_WORDS: Readonly<Record<Difference['kind'], string>> = {
  case: 'upper and lower case differ',
  typo: 'a slip of the keyboard',
  'version-suffix': 'an old version suffix',
  'other-key': 'the value stands under another key',
  'other-value': 'another value',
  'missing-key': 'the key is missing',
};

/** A complete finding of service/selector-mismatch. */
export function selectorFinding(facts: Facts, service: ServiceFact, candidate: Candidate): CheckFinding {
  const { workload, departure, pods } = candidate;
  const confidence = confidenceOf(facts, service, candidate);
  return {
    severity: confidence === 'possible' ? 'warning' : 'critical',
    confidence,
    object: service.ref,
    summary: summaryOf(service, candidate),
    detail: detailOf(facts, service, candidate),
    evidence: evidenceOf(facts, service, candidate),
    since: sinceOf(facts, service, candidate),
    involves: [
      ...(workload === undefined ? [] : [workload.ref]),
      ...(departure === undefined ? [] : [departure.first.ref, departure.last.ref]),
      ...pods.slice(0, 20).map((pod) => pod.ref),
    ],
    remedy: remedyOf(service, candidate),
  };
}

/** A weak likeness is likely enough where the names say the same and somebody misses the Service. */
function confidenceOf(facts: Facts, service: ServiceFact, candidate: Candidate): CheckFinding['confidence'] {
  const { departure, miss, otherNamespace } = candidate;
  if (departure !== undefined) return 'certain';
  if (otherNamespace !== undefined || miss?.strong === true) return 'likely';
  return isNamesake(service, candidate) && clientsOf(facts, service).length > 0 ? 'likely' : 'possible';
}

/** `app=payment-api-v1`, and what the pods carry in its place. */
function pairs(candidate: Candidate): { wanted: string; found: string; why: string } {
  const differences = candidate.miss?.differences ?? [];
  return {
    wanted: differences.map(({ wanted }) => `${wanted.key}=${wanted.value}`).join(','),
    found:
      differences
        .map(({ found }) => (found === undefined ? 'no such label' : `${found.key}=${found.value}`))
        .join(',') || '(none)',
    why: [...new Set(differences.map(({ kind }) => KIND_WORDS[kind]))].join(', '),
  };
}

function summaryOf(service: ServiceFact, candidate: Candidate): string {
  const name = `Service ${service.namespace}/${service.name}`;
  const selector = formatSet(service.selector ?? {});
  if (candidate.otherNamespace !== undefined) {
    return `${name} selects ${selector}, which no pod of its namespace carries; pods that do run in namespace ${candidate.otherNamespace}`;
  }
  const { wanted, found, why } = pairs(candidate);
  const after =
    candidate.departure === undefined
      ? ''
      : ` since ${candidate.departure.workload.kind} ${candidate.departure.workload.name} rolled out revision ${candidate.departure.first.revision ?? '?'}`;
  if (candidate.miss === undefined) {
    return `${name} selects ${selector}, which no pod carries any more${after}`;
  }
  return `${name} selects ${wanted}, but its pods carry ${found} (${why})${after}`;
}

function detailOf(facts: Facts, service: ServiceFact, candidate: Candidate): string {
  const { workload, departure, pods } = candidate;
  const parts = [
    `No pod of namespace ${service.namespace} meets the selector ${formatSet(service.selector ?? {})}, so the Service has nothing behind it.`,
    meantOf(pods, workload),
  ];
  if (departure !== undefined) {
    const { first, last } = departure;
    parts.push(
      `${last.kind} ${last.name} (revision ${last.revision ?? '?'}) still made pods that the selector takes; ${first.kind} ${first.name} (revision ${first.revision ?? '?'}) was the first that does not.`,
    );
    const changes = templateChanges(facts, last, first).filter(
      ({ path }) => !path.startsWith('metadata.labels.'),
    );
    if (changes.length > 0)
      parts.push(
        `Between them ${changes
          .slice(0, 4)
          .map(({ path }) => path)
          .join(', ')}${changes.length > 4 ? ` and ${changes.length - 4} more fields` : ''} changed too.`,
      );
  }
  return parts.join(' ');
}

function meantOf(pods: Candidate['pods'], workload: WorkloadFact | undefined): string {
  const maker = workload === undefined ? '' : `${workload.kind} ${workload.name}`;
  if (pods.length === 0) return `${maker} looks meant, and has no pod at present.`;
  const ready = pods.filter((pod) => pod.ready === 'True').length;
  return `${plural(pods.length, 'pod')}${maker === '' ? '' : ` of ${maker}`} ${pods.length === 1 ? 'looks' : 'look'} meant, ${ready} of them Ready.`;
}

function evidenceOf(facts: Facts, service: ServiceFact, candidate: Candidate): Evidence[] {
  const { departure, pods, workload } = candidate;
  const evidence = [fieldEvidence(facts, service, 'spec.selector', service.selector)];
  const keys = keysOf(service, candidate);
  const [pod] = pods;
  if (pod !== undefined) evidence.push(...labelEvidence(facts, pod, 'metadata.labels', pod.labels, keys));
  else if (workload !== undefined) {
    const path = `${templatePath(workload)}.metadata.labels`;
    evidence.push(...labelEvidence(facts, workload, path, workload.templateLabels, keys));
  }
  if (departure !== undefined) {
    for (const revision of [departure.first, departure.last]) {
      evidence.push(
        ...labelEvidence(
          facts,
          revision,
          `${templatePath(revision)}.metadata.labels`,
          revision.templateLabels,
          keys,
        ),
      );
    }
  }
  if (workload !== undefined) {
    const scaling = facts.events(workload.ref).filter((event) => event.reason === 'ScalingReplicaSet');
    evidence.push(...scaling.slice(-4).map((event) => eventEvidence(facts, event)));
  }
  return evidence;
}

/** The label keys that decide: those the selector wants and misses, and those found in their place. */
function keysOf(service: ServiceFact, { miss }: Candidate): string[] {
  const keys = miss?.differences.flatMap(({ wanted, found }) => [wanted.key, found?.key ?? wanted.key]);
  return [...new Set(keys ?? Object.keys(service.selector ?? {}))];
}

/** The deciding labels alone, each by its own path; one that is absent has the value null. */
function labelEvidence(
  facts: Facts,
  object: StoredObject,
  path: string,
  labels: Labels,
  keys: readonly string[],
): Evidence[] {
  return keys.map((key) => {
    const step = /^[\w-]+$/.test(key) ? `.${key}` : `["${key}"]`;
    return fieldEvidence(facts, object, `${path}${step}`, labels[key] ?? null);
  });
}

function sinceOf(facts: Facts, service: ServiceFact, candidate: Candidate): Since {
  const write = selectorWrite(facts, service);
  if (candidate.departure !== undefined) return sinceRollout(facts, candidate.departure, write);
  const born = service.createdAt;
  const made = candidate.workload?.createdAt ?? candidate.pods[0]?.createdAt;
  const both = born === undefined || made === undefined ? (born ?? made) : Math.max(born, made);
  if (both === undefined) return SINCE_UNKNOWN;
  if (write !== undefined && write.at > both + SECOND) return sinceBetween(both, write.at, writtenBy(write));
  const source = 'the Service and the pods have been like this since the younger was made';
  // One that never had endpoints is empty from its making on; that it misses these pods can be said once they are there.
  return hadEndpoints(facts, service)
    ? sinceAt(both, 'inferred', source)
    : sinceBetween(born ?? both, both, source);
}

/** From the first pod of the new revision to the last of the old: in between the Service lost its endpoints. */
function sinceRollout(
  facts: Facts,
  { workload, first, last }: NonNullable<Candidate['departure']>,
  write: WriteFact | undefined,
): Since {
  const events = facts.events(workload.ref).filter((event) => event.reason === 'ScalingReplicaSet');
  const up = events.findLast(
    (event) => mentions(event.message, 'up', first.name) && / from 0 to \d+$/.test(event.message ?? ''),
  );
  const down = events.findLast(
    (event) => mentions(event.message, 'down', last.name) && (event.message ?? '').endsWith(' to 0'),
  );
  // A ReplicaSet that a rollback took up again was created for an earlier rollout.
  const reused =
    (isReused(facts, first) && isReused(facts, last)) || (first.createdAt ?? 0) < (last.createdAt ?? 0);
  const upAt = reused ? (up?.last_at ?? undefined) : scaledUpAt(first, up?.first_at ?? undefined);
  const began = upAt ?? (reused ? undefined : first.createdAt);
  const source =
    first.kind === 'ControllerRevision'
      ? `ControllerRevision ${first.name} (revision ${first.revision ?? '?'}) was rolled out`
      : `ReplicaSet ${first.name} (revision ${first.revision ?? '?'}) was scaled up`;
  if (began === undefined) {
    return sinceBetween(
      last.createdAt,
      undefined,
      `${source} again, after ${last.kind} ${last.name} was made`,
    );
  }
  // Both may be true: the rollout took the label away, and somebody wrote the old one into the Service afterwards.
  if (write !== undefined && write.at > began + MINUTE)
    return sinceBetween(began, write.at, `${source}; ${writtenBy(write)}`);
  const basis = upAt === undefined ? 'inferred' : 'observed';
  if (down?.last_at == null || down.last_at < began) return sinceAt(began, basis, source);
  return {
    ...sinceBetween(began, down.last_at, `${source}; ReplicaSet ${last.name} reached 0 at the end`),
    basis,
  };
}

/** Of a ReplicaSet made for this rollout, the Event of its beginning: scaled to zero and back later, it has others. */
function scaledUpAt({ createdAt }: WorkloadFact, at: number | undefined): number | undefined {
  return at !== undefined && createdAt !== undefined && at - createdAt > MINUTE ? undefined : at;
}

function mentions(message: string | null, way: 'up' | 'down', name: string): boolean {
  return (message ?? '').startsWith(`Scaled ${way} replica set ${name} `);
}

/** The last write of the manager that owns the selector: an upper bound for when it was changed. */
function selectorWrite(facts: Facts, service: ServiceFact): WriteFact | undefined {
  return facts
    .writes(service)
    .findLast((write) => write.subresource === undefined && ownsField(write, ['spec', 'selector']));
}

function writtenBy({ manager }: WriteFact): string {
  return `managedFields: ${manager === '' ? 'somebody' : manager} wrote the selector of the Service then, or before`;
}

function remedyOf(service: ServiceFact, candidate: Candidate): CheckFinding['remedy'] {
  const { namespace, name } = service;
  const selector = formatSet(service.selector ?? {});
  const confirm = [
    kubectl(namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${name}`),
    kubectl(namespace, 'get', 'pods', '-l', selector),
  ];
  if (candidate.otherNamespace !== undefined) {
    return {
      summary: `A Service sees its own namespace only: make it in ${candidate.otherNamespace}, or run the pods in ${namespace}.`,
      confirm: [...confirm, kubectl(candidate.otherNamespace, 'get', 'pods', '-l', selector)],
      mend: [exposeThere(service, candidate, candidate.otherNamespace)],
    };
  }
  const mended = new Map<string, string | null>();
  for (const { wanted, found } of candidate.miss?.differences ?? []) {
    if (found?.key !== wanted.key) mended.set(wanted.key, null);
    if (found !== undefined) mended.set(found.key, found.value);
  }
  const patch = JSON.stringify({ spec: { selector: Object.fromEntries(mended) } });
  const { workload, departure } = candidate;
  const undo =
    departure === undefined || workload === undefined
      ? []
      : [
          `${kubectl(namespace, 'rollout', 'undo', `${workload.kind.toLowerCase()}/${workload.name}`, `--to-revision=${departure.last.revision ?? 0}`)}   # or take the rollout back`,
        ];
  return {
    summary: `Let the selector of ${objectKey(service.ref)} and the labels of its pods agree again: mend the one that is wrong.`,
    confirm: [...confirm, kubectl(namespace, 'get', 'pods', '--show-labels')],
    mend: [
      // Without a likeness there is nothing to write into the selector but a guess.
      ...(mended.size === 0
        ? []
        : [kubectl(namespace, 'patch', 'service', name, '--type', 'merge', '-p', patch)]),
      ...undo,
    ],
  };
}

/** The Service made anew beside its pods; kubectl takes the selector from the workload. */
function exposeThere(service: ServiceFact, { workload, pods }: Candidate, namespace: string): string {
  const [port] = service.ports;
  const what =
    workload === undefined ? `pod/${pods[0]?.name ?? ''}` : `${workload.kind.toLowerCase()}/${workload.name}`;
  const ports =
    port === undefined ? [] : [`--port=${port.port}`, `--target-port=${port.targetPort ?? port.port}`];
  return kubectl(namespace, 'expose', what, `--name=${service.name}`, ...ports);
}
