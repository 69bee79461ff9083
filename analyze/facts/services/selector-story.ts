/** The finding for a selector that missed its pods: what it wanted, what they carry, which rollout parted them, the mend. */
import { objectKey } from '../../../src/core/ids.ts';
import { plural } from '../../../src/core/text.ts';
import { formatSet, type Labels } from '../../../src/k8s/labels.ts';
import { splitVersion, type Difference } from '../../../src/k8s/near-miss.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import { clientsOf } from './clients.ts';
import { kubectl } from '../commands.ts';
import { eventEvidence, fieldEvidence } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { isLatent } from './never-filled.ts';
import { isNamesake, type Candidate } from './selector-candidates.ts';
import { selectorPatch } from './selector-patch.ts';
import { mismatchedSince } from './selector-since.ts';
import { templateChanges, templatePath } from '../revisions.ts';
import type { StoredObject } from '../read.ts';
import type { ServiceFact } from '../services.ts';
import type { WorkloadFact } from '../workloads.ts';

const KIND_WORDS: Readonly<Record<Difference['kind'], string>> = {
  case: 'upper and lower case differ',
  typo: 'a slip of the keyboard',
  'version-suffix': 'another version suffix',
  'other-key': 'the value stands under another key',
  'other-value': 'another value',
  'missing-key': 'the key is missing',
};

/** A complete finding of service/selector-mismatch. */
export function selectorFinding(facts: Facts, service: ServiceFact, candidate: Candidate): CheckFinding {
  const { workload, departure, pods } = candidate;
  const confidence = confidenceOf(facts, service, candidate);
  return {
    ...(isLatent(facts, service, candidate)
      ? ({ severity: 'advice', role: 'advice' } as const)
      : { severity: confidence === 'possible' ? 'warning' : 'critical' }),
    confidence,
    object: service.ref,
    summary: summaryOf(service, candidate),
    detail: detailOf(facts, service, candidate),
    evidence: evidenceOf(facts, service, candidate),
    since: mismatchedSince(facts, service, candidate),
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
    why: [...new Set(differences.map(wordsFor))].join(', '),
  };
}

/** `v2` is newer than `v1`; `green` is no version of `blue`. */
function wordsFor({ kind, wanted, found }: Difference): string {
  if (kind !== 'version-suffix') return KIND_WORDS[kind];
  const [left, right] = [splitVersion(wanted.value).version, splitVersion(found?.value ?? '').version];
  if ([left, right].some((one) => one !== '' && !/\d/.test(one))) return 'another variant';
  return left.localeCompare(right, 'en', { numeric: true }) < 0 ? 'an old version suffix' : KIND_WORDS[kind];
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
    mend: [...selectorPatch(service, candidate.miss?.differences ?? []), ...undo],
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
