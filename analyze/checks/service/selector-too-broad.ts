/** A Service whose selector takes in pods of another workload that does not serve its port. */
import { plural } from '../../../src/core/text.ts';
import { formatSet } from '../../../src/k8s/labels.ts';
import { describePort } from '../../../src/k8s/service-ports.ts';
import { items } from '../../ingest/read.ts';
import { unlisted } from '../../facts/services/backing.ts';
import { kubectl } from '../../facts/commands.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { LISTENERS, WORKLOADS, type Facts } from '../../facts/facts.ts';
import type { PodGroup } from '../../facts/pods/pod-groups.ts';
import type { PodFact } from '../../facts/pods.ts';
import { dig } from '../../facts/read.ts';
import type { ServicePath } from '../../facts/services.ts';
import { refusedInside, type SilentPod } from '../../facts/services/silent-ports.ts';
import { strangersBehind } from '../../facts/services/strangers.ts';
import type { CheckFinding, Evidence } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CLIENTS } from '../consequences.ts';

const check: Check = {
  id: 'service/selector-too-broad',
  layer: 'service',
  title: 'Selector that takes in pods which do not serve the port',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'],
  uses: [...WORKLOADS, ...LISTENERS, 'probe:service-http', 'logs'],
  explain: {
    rule:
      'A Service sends to every Ready pod that its selector takes, whoever made it. Found when it takes pods of several ' +
      'workloads and those of one were seen not to listen on the target port while another serves it: a part of the ' +
      'requests fails. Less sure where they declare other ports, and a port-forward finds one of those open and this one ' +
      'closed; where that is only declared (other ports, not this one) it is a hint.',
    notConfusedWith: [
      'blue/green and canaries on purpose: all serve the port',
      'a workload with no pod that is Ready',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/service/#defining-a-service',
      'https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors',
    ],
  },
  // One request in so many meets a pod that refuses: enough for a client to complain, or to die at its start.
  explains: [...OF_CLIENTS],
  run: (facts) =>
    facts.paths
      .filter(({ port, service }) => port !== undefined && service.selector !== undefined)
      .map((path) => judge(facts, path)),
};
export default check;

function judge(facts: Facts, path: ServicePath): Judged {
  const { service } = path;
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const pods = path.pods.filter(({ terminating, ready }) => !terminating && ready === 'True');
  const { groups, strange, silent } = strangersBehind(facts, path);
  if (groups.length < 2) return pass('its pods are of one workload');
  // What looks like two workloads may be two revisions of one whose controllers were not captured.
  if (pods.some((pod) => facts.workloads.missingAbove(pod) !== undefined)) {
    const kinds = WORKLOADS.map((need) => need.replace(/^list:/, '')).filter(
      (kind) => kind !== 'apps/controllerrevisions',
    );
    const unseen = unlisted(facts, service, kinds, 'whether its pods are of one workload');
    if (unseen !== undefined) return unseen;
  }
  if (strange.length > 0)
    return {
      outcome: 'fail',
      finding: findingOf(facts, path, strange, groups, {
        basis: 'observed',
        evidence: evidenceOf(strange, silent),
      }),
    };
  const elsewhere = groups.filter((group) =>
    group.pods.slice(0, 3).every((pod) => declares(facts, path, pod) === 'other'),
  );
  const here = groups.filter((group) =>
    group.pods.slice(0, 3).every((pod) => declares(facts, path, pod) === 'this'),
  );
  if (elsewhere.length > 0 && here.length > 0)
    return {
      outcome: 'fail',
      finding: findingOf(facts, path, elsewhere, groups, hintOf(facts, path, elsewhere)),
    };
  return pass('all the workloads it takes in may serve the port');
}

interface Basis {
  /** `refused`: neither declared, nor answered within the pod, which answers on another port. */
  readonly basis: 'observed' | 'refused' | 'declared';
  readonly evidence: readonly Evidence[];
}

function evidenceOf(groups: readonly PodGroup[], silent: ReadonlyMap<PodFact, SilentPod>): Evidence[] {
  const seen = groups.flatMap(({ pods }) => pods).flatMap((pod) => silent.get(pod) ?? []);
  return seen.slice(0, 3).flatMap(({ evidence }) => evidence.slice(0, 2));
}

/** What speaks for pods that do not declare the port not to serve it either. */
function hintOf(facts: Facts, { targets }: ServicePath, groups: readonly PodGroup[]): Basis {
  const seen = groups.flatMap(({ pods }) =>
    pods.slice(0, 3).map((pod) => refusedInside(facts, pod, targets.get(pod) ?? 0)),
  );
  return seen.every((evidence) => evidence.length > 0)
    ? { basis: 'refused', evidence: seen.slice(0, 3).flat() }
    : { basis: 'declared', evidence: [] };
}

const JUDGED = {
  observed: { severity: 'critical', role: 'cause', confidence: 'certain', verb: 'serve' },
  refused: { severity: 'warning', role: 'cause', confidence: 'likely', verb: 'serve' },
  declared: { severity: 'advice', role: 'advice', confidence: 'possible', verb: 'declare' },
} as const;

/** Whether a pod declares the port the path leads to, or only others, or nothing at all. */
function declares(facts: Facts, { targets }: ServicePath, pod: PodFact): 'this' | 'other' | 'nothing' {
  const number = targets.get(pod);
  const spec = dig(facts.body(pod), 'spec');
  const ports = [...items(dig(spec, 'containers')), ...items(dig(spec, 'initContainers'))].flatMap(
    (container) => items(container['ports']).map((port) => port['containerPort']),
  );
  if (ports.length === 0) return 'nothing';
  return number !== undefined && ports.includes(number) ? 'this' : 'other';
}

function findingOf(
  facts: Facts,
  path: ServicePath,
  dumb: readonly PodGroup[],
  groups: readonly PodGroup[],
  { basis, evidence }: Basis,
): CheckFinding {
  const { service, port } = path;
  if (port === undefined) throw new Error('a finding needs a port');
  const pods = dumb.flatMap((group) => group.pods);
  const { verb, ...judged } = JUDGED[basis];
  const total = groups.reduce((sum, group) => sum + group.pods.length, 0);
  const names = (some: readonly PodGroup[]): string =>
    some.map(({ ref }) => `${ref.kind} ${ref.name}`).join(', ');
  const others = groups.filter((group) => !dumb.includes(group));
  const pinned = dig(facts.body(service), 'spec', 'sessionAffinity') === 'ClientIP';
  return {
    ...judged,
    object: service.ref,
    ...(service.ports.length === 1 ? {} : { part: port.name ?? String(port.port) }),
    summary: `The selector of Service ${service.namespace}/${service.name} takes in ${plural(pods.length, 'pod')} of ${names(dumb)}, which ${pods.length === 1 ? 'does' : 'do'} not ${verb} port ${describePort(port)}; ${names(others)} ${others.length === 1 ? 'is' : 'are'} meant`,
    detail: `The selector is ${formatSet(service.selector ?? {})}. ${basis === 'declared' ? `If nothing listens there, ${pods.length} in ${total} requests` : `About ${pods.length} in ${total} requests`} go to ${pods.length === 1 ? 'a pod that refuses' : 'pods that refuse'} them.${pinned ? ' Its sessionAffinity ClientIP keeps a client at the pod it came to first: some fail each time, and others never.' : ''}`,
    evidence: [
      fieldEvidence(facts, service, 'spec.selector', service.selector),
      ...pods.slice(0, 3).map((pod) => fieldEvidence(facts, pod, 'metadata.labels', pod.labels)),
      ...evidence,
      ...(pinned ? [fieldEvidence(facts, service, 'spec.sessionAffinity', 'ClientIP')] : []),
    ],
    since: sinceBetween(
      Math.max(service.createdAt ?? 0, ...pods.slice(0, 1).map(({ createdAt }) => createdAt ?? 0)) ||
        undefined,
      facts.clock.startedAt,
      'the Service and such a pod were both there from the earlier time on',
    ),
    involves: pods.slice(0, 50).map(({ ref }) => ref),
    remedy: {
      summary: `Add a label to the selector that only the pods of ${names(others)} have.`,
      confirm: [
        kubectl(service.namespace, 'get', 'pods', '-l', formatSet(service.selector ?? {}), '--show-labels'),
      ],
      mend: [],
    },
  };
}
