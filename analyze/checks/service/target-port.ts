/** A Service port that leads to no port of its pods: a name that none declares, or a number on which nothing listens. */
import { plural } from '../../../src/core/text.ts';
import { describePort } from '../../../src/k8s/service-ports.ts';
import { kubectl } from '../../facts/commands.ts';
import { DEPENDENTS, isParked } from '../../facts/services/backing.ts';
import { fieldEvidence, sinceBetween } from '../../facts/evidence.ts';
import { declares, latentFinding, meantBehind, namedFinding } from '../../facts/services/port-names.ts';
import { notCaptured } from '../../facts/coverage.ts';
import { LISTENERS, WORKLOADS, type Facts } from '../../facts/facts.ts';
import { declaredPorts } from '../../facts/pods/listeners.ts';
import type { PodFact } from '../../facts/pods.ts';
import { isProbedWell } from '../../facts/probes/spec.ts';
import { podPlace, type ProbeFact } from '../../facts/probes.ts';
import { refusedPods } from '../../facts/services/refused-ports.ts';
import { silentPods, wasLookedAt, type SilentPod } from '../../facts/services/silent-ports.ts';
import { groupBy } from '../../facts/read.ts';
import type { ServicePath } from '../../facts/services.ts';
import { byItsSelector } from '../../facts/services/copied-selector.ts';
import { strangersBehind } from '../../facts/services/strangers.ts';
import type { CheckFinding } from '../../model/finding.ts';
import type { Check, Judged } from '../check.ts';
import { OF_CLIENTS } from '../consequences.ts';

const check: Check = {
  id: 'service/target-port',
  layer: 'service',
  title: 'Service port that leads to no port of its pods',
  role: 'cause',
  needs: ['list:services', 'list:pods', 'list:discovery.k8s.io/endpointslices'],
  uses: [
    ...new Set([
      ...WORKLOADS,
      ...LISTENERS,
      ...DEPENDENTS,
      'probe:service-http' as const,
      'list:networking.k8s.io/ingresses' as const,
    ]),
  ].filter((need) => need !== 'list:pods'),
  explain: {
    rule:
      'A targetPort that is a name is looked up in each selected pod, among the ports of its containers and sidecars, with ' +
      'the same protocol; a pod that declares none is left out of the endpoints of that port. Found when no selected pod ' +
      'declares the name, or when some do and others do not; where no pod is there yet, when the template that would make them ' +
      'declares none, which stops the path once they are made; a number, only when it was seen that nothing listens on it while ' +
      'the pod listens elsewhere: by its socket table, by refusals on its address and inside it, or by a refusal inside it ' +
      'and clients that were refused. Less sure by a refusal inside alone, of a port that the pod names nowhere while one ' +
      'that it declares or probes answers. Where the pods are all of other workloads, and the one that the Service is called ' +
      'like declares the port and is not taken, it is the selector that is said to be wrong.',
    notConfusedWith: [
      'a number that no container declares but on which one listens: a declaration is only information',
      'pods of another workload that the selector takes in, which never declared the name, or do not listen on the port while ' +
        'those of one do: service/selector-too-broad',
      'a name that leads to different numbers in different pods: each is taken by its own',
      'a number of a headless Service, which translates none: whoever resolves it dials the pods themselves',
      'pods of a rollout that are about to end',
    ],
    sources: [
      'https://kubernetes.io/docs/concepts/services-networking/service/#field-spec-ports',
      'https://github.com/kubernetes/kubernetes/blob/master/pkg/api/v1/pod/util.go',
    ],
  },
  explains: ['service/no-endpoints', ...OF_CLIENTS, { check: 'pod/mesh', sharing: 'names' }],
  run: (facts) => facts.paths.filter(({ port }) => port !== undefined).map((path) => judge(facts, path)),
};
export default check;

/** Of so many pods of a Service it is looked up whether one was met; they are of one make, most often. */
const MOST_LOOKED_AT = 20;

function judge(facts: Facts, path: ServicePath): Judged {
  const { service, port, pods } = path;
  const pass = (because: string): Judged => ({ outcome: 'pass', object: service.ref, because });
  const failOf = (finding: CheckFinding, inAll: boolean): Judged => ({
    outcome: 'fail',
    finding: inAll ? byItsSelector(facts, path, finding) : finding,
  });
  const living = pods.filter(({ terminating }) => !terminating);
  if (living.length === 0) return beforePods(facts, path) ?? pass('it selects no pod');
  if (typeof port?.targetPort !== 'string') {
    // Only what reads the EndpointSlices itself, as edge controllers do, goes by a headless Service's target ports.
    if (service.headless && facts.dependencies.edges(service).length === 0)
      return pass('it is headless: whoever resolves it connects to the pods, on the port that they choose');
    const seen = silentOfItsOwn(facts, path);
    const silent = seen.length > 0 ? seen : refusedPods(facts, path);
    if (silent.length > 0)
      return failOf(silentFinding(facts, path, silent, living.length), silent.length === living.length);
    return unobserved(facts, path, living) ?? pass('its targetPort is a number, and something listens on it');
  }
  const without = missingIn(facts, path, living);
  if (without.length === 0) {
    // Where the pod answers on no port that it declares, it is the pod that is wrong: pod/wrong-port.
    const silent = silentOfItsOwn(facts, path).filter(({ pod, open }) =>
      declaredPorts(facts.body(pod)).some((one) => open.includes(one.port)),
    );
    return silent.length === 0
      ? pass('every selected pod that is meant to serve it declares the named targetPort')
      : failOf(silentFinding(facts, path, silent, living.length), silent.length === living.length);
  }
  return failOf(
    namedFinding(facts, path, port.targetPort, living, without),
    without.length === living.length,
  );
}

/** Of pods that are not made yet, or that the selector misses, the template or the pods that are meant tell what they declare. */
function beforePods(facts: Facts, path: ServicePath): Judged | undefined {
  if (typeof path.port?.targetPort !== 'string' || isParked(facts, path.service)) return undefined;
  // What a sidecar brings stands in no template: pods that go tell what those after them will declare.
  if (path.pods.some((pod) => path.targets.get(pod) !== undefined)) return undefined;
  const meant = meantBehind(facts, path.service);
  if (meant.length === 0 || meant.some(({ ports }) => declares(ports, path.port))) return undefined;
  return { outcome: 'fail', finding: latentFinding(facts, path, meant) };
}

/** What is silent of a workload beside one that serves the port is no fault of the port: service/selector-too-broad. */
function silentOfItsOwn(facts: Facts, path: ServicePath): SilentPod[] {
  const silent = silentPods(facts, path);
  // Revisions of one workload whose controllers were not captured look like several.
  if (silent.length === 0 || path.pods.some((pod) => facts.workloads.missingAbove(pod) !== undefined))
    return silent;
  const strange = new Set(strangersBehind(facts, path).strange.flatMap(({ pods }) => pods));
  return silent.filter(({ pod }) => !strange.has(pod));
}

/** A number says nothing by itself: where neither a probe of ours nor the kubelet's met it, nobody knows what listens there. */
function unobserved(facts: Facts, path: ServicePath, living: readonly PodFact[]): Judged | undefined {
  const { service, port, targets } = path;
  if (port === undefined || port.protocol !== 'TCP') return undefined;
  const isMet = (pod: PodFact): boolean => {
    const number = targets.get(pod);
    // Of a pod that is not ready it is the pod that has to be asked about.
    if (number === undefined || pod.hostNetwork || pod.ready !== 'True') return true;
    if (wasLookedAt(facts, pod) && facts.listeners(pod).port(number).listening !== 'unknown') return true;
    return isProbedWell(pod, facts.body(pod), number);
  };
  // Pods of one owner are of one make; those of another revision may listen elsewhere.
  const makes = groupBy(living, (pod) => pod.owner?.name ?? pod.name);
  const isKnown = (pods: readonly PodFact[]): boolean => pods.slice(0, MOST_LOOKED_AT).some(isMet);
  if ([...makes.values()].every(isKnown)) return undefined;
  const gap = facts.probes.gap('port-forward');
  const answers = new Set(
    living.flatMap((pod) => {
      const number = targets.get(pod);
      const results = number === undefined ? [] : facts.probes.to('port-forward', podPlace(pod, number));
      return results.map(({ outcome }) => outcome);
    }),
  );
  return {
    outcome: 'unknown',
    object: service.ref,
    because: gap?.key ?? notCaptured(answers.size === 0 ? 'probe:port-forward' : 'probe:sockets'),
    detail: `Whether anything listens on the targetPort of port ${describePort(port)} cannot be told: ${gap?.why ?? whyNot(answers)}`,
  };
}

/** A port-forward dials localhost in the pod: what listens on one address alone answers there, or does not, without need. */
function whyNot(answers: ReadonlySet<ProbeFact['outcome']>): string {
  if (answers.has('ok'))
    return 'it answers within the pod, and whether it does on the pod’s address was not seen (--allow-exec looks)';
  if (answers.has('refused'))
    return 'it is refused within the pod, as it would be where the program listens on the pod’s address alone (--allow-exec looks)';
  return 'it was not tried';
}

/**
 * Pods that lack the name and are meant to have it: all of them where none has it, else those of a workload that has it in
 * other pods, and those that declare the very number under another name. A pod of something else, such as the cache that the
 * same labels take in, is rightly left out of the endpoints of that port.
 */
function missingIn(facts: Facts, { targets }: ServicePath, living: readonly PodFact[]): readonly PodFact[] {
  const serving = living.filter((pod) => targets.get(pod) !== undefined);
  if (serving.length === 0) return living;
  const numbers = new Set(serving.map((pod) => targets.get(pod)));
  const tops = new Set(serving.flatMap((pod) => facts.workloads.top(pod) ?? []));
  return living.filter((pod) => {
    if (targets.get(pod) !== undefined) return false;
    const top = facts.workloads.top(pod);
    if (top === undefined || tops.has(top)) return true;
    return facts.pods.namedPorts(pod).some(({ port }) => numbers.has(port));
  });
}

function silentFinding(
  facts: Facts,
  { service, port, index }: ServicePath,
  silent: readonly SilentPod[],
  living: number,
): CheckFinding {
  const [first] = silent;
  if (port === undefined || first === undefined) throw new Error('a finding needs a port');
  const { number, open } = first;
  const all = silent.length === living;
  const [only, other] = new Set(silent.flatMap((one) => one.open));
  return {
    severity: 'critical',
    confidence: first.basis === 'sockets' ? 'certain' : 'likely',
    object: service.ref,
    ...(service.ports.length === 1 ? {} : { part: port.name ?? String(port.port) }),
    summary: `Port ${describePort(port)} of Service ${service.namespace}/${service.name} leads nowhere: nothing listens on ${number} in ${all ? '' : `${silent.length} of `}${plural(living, 'pod')}, which ${silent.length === 1 ? 'listens' : 'listen'} on ${open.join(', ')}`,
    detail: [
      all
        ? 'Whoever connects is refused, though the pods are Ready and their endpoints listed.'
        : 'Whoever connects is refused at random: by those of the pods that do not listen there, and by no others.',
      ...(first.basis === 'inside'
        ? [
            `Seen by a port-forward, which dials localhost in the pod: a program that listens for ${number} on the pod’s address alone would look the same (a capture with --allow-exec tells).`,
          ]
        : []),
    ].join(' '),
    evidence: [
      fieldEvidence(facts, service, `spec.ports[${index}].targetPort`, port.targetPort ?? port.port),
      ...silent.slice(0, 3).flatMap(({ evidence }) => evidence.slice(0, 4)),
    ],
    since: sinceBetween(service.createdAt, facts.clock.startedAt, 'it was so when the capture looked'),
    involves: silent.slice(0, 50).map(({ pod }) => pod.ref),
    remedy: {
      summary: `Set targetPort to the port the pods listen on (${open.join(', ')}), or let them listen on ${number}.`,
      confirm: [kubectl(service.namespace, 'get', 'service', service.name, '-o', 'yaml')],
      mend: all && other === undefined && only !== undefined ? [leadTo(service, index, only)] : [],
    },
  };
}

/** The command that leads a Service port to another port of its pods. */
function leadTo(
  { namespace, name }: ServicePath['service'],
  index: number,
  targetPort: string | number,
): string {
  const patch = [{ op: 'add', path: `/spec/ports/${index}/targetPort`, value: targetPort }];
  return kubectl(namespace, 'patch', 'service', name, '--type=json', '-p', JSON.stringify(patch));
}
