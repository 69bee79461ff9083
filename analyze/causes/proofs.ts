/** What shows that a consequence follows from its cause: one clause, and where in the bundle it can be read. */
import { objectKey } from '../../src/core/ids.ts';
import { formatSet } from '../../src/k8s/labels.ts';
import { oneLine, plural } from '../../src/core/text.ts';
import type { Sharing } from '../checks/check.ts';
import { fieldEvidence } from '../facts/evidence.ts';
import type { AllFacts } from '../facts/facts.ts';
import type { PodFact } from '../facts/pods.ts';
import type { ServiceFact } from '../facts/services.ts';
import { podSpecOf, usesIn } from '../facts/users.ts';
import { hostsInLine } from '../facts/logs/waiting.ts';
import type { Evidence, Finding } from '../model/finding.ts';
import { objectsOf } from './graph.ts';
import { servicesStruck } from './relations.ts';

export interface Proof {
  readonly because: string;
  readonly evidence: readonly Evidence[];
}

type Prove = (facts: AllFacts, cause: Finding, consequence: Finding) => Proof;

const WAYS: Readonly<Record<Sharing, Prove>> = {
  object: shared,
  namespace: (_, { object }) => ({
    because: `both are in namespace ${object.namespace ?? ''}`,
    evidence: [],
  }),
  cluster: () => ({ because: 'it strikes the whole cluster', evidence: [] }),
  selects,
  names,
  hosts,
  creates,
  mounts,
};

export function proofOf(facts: AllFacts, how: Sharing, cause: Finding, consequence: Finding): Proof {
  const proof = WAYS[how](facts, cause, consequence);
  return proof.evidence.length > 0 ? proof : { ...proof, evidence: pointing(cause, consequence) };
}

/** Where no field joins the two, what the consequence shows of an object that both are about, or shows at all. */
function pointing(cause: Finding, consequence: Finding): Evidence[] {
  const of = objectsOf(cause);
  const both = new Set([...objectsOf(consequence)].filter((key) => of.has(key)));
  const shown = [...consequence.evidence, ...cause.evidence];
  const shared = shown.find(({ object }) => object !== undefined && both.has(objectKey(object)));
  return [shared ?? shown[0]].filter((one) => one !== undefined);
}

function label({ kind, name }: Finding['object']): string {
  return oneLine(`${kind} ${name}`);
}

function shared(_: AllFacts, cause: Finding, consequence: Finding): Proof {
  if (objectKey(cause.object) === objectKey(consequence.object))
    return { because: `both are about ${label(cause.object)}`, evidence: [] };
  const of = objectsOf(cause);
  const both = [consequence.object, ...consequence.involves].filter((ref) => of.has(objectKey(ref)));
  const pods = both.filter(({ kind }) => kind === 'Pod');
  const what =
    pods.length > 1 ? plural(pods.length, 'pod') : both[0] === undefined ? 'the same object' : label(both[0]);
  return { because: `both involve ${what}`, evidence: [] };
}

function selects(facts: AllFacts, cause: Finding, consequence: Finding): Proof {
  const { object } = consequence;
  const service = servicesStruck(facts, cause).find(({ ref }) => objectKey(ref) === objectKey(object));
  if (service === undefined) return { because: `${label(object)} selects what it strikes`, evidence: [] };
  return {
    because: `${label(object)} selects ${formatSet(service.selector ?? {})}`,
    evidence: [fieldEvidence(facts.objects, service, 'spec.selector', service.selector)],
  };
}

function names(facts: AllFacts, cause: Finding, consequence: Finding): Proof {
  const services = servicesStruck(facts, cause);
  const said = logNaming(services, consequence);
  if (said !== undefined) {
    return {
      because: `${label(consequence.object)} is seen to wait for Service ${said.service}`,
      evidence: [said.line],
    };
  }
  const keys = objectsOf(consequence);
  for (const service of services) {
    const dependent = facts.dependencies
      .naming(service)
      .find(({ object }) => keys.has(objectKey(object.ref)));
    if (dependent === undefined) continue;
    return {
      because: `${label(dependent.object.ref)} names Service ${service.name}`,
      evidence: [
        fieldEvidence(facts.objects, dependent.within ?? dependent.object, dependent.path, dependent.value),
      ],
    };
  }
  return { because: `${label(consequence.object)} depends on what it strikes`, evidence: [] };
}

/** The line of the consequence's own evidence that names one of the Services. */
function logNaming(
  services: readonly ServiceFact[],
  { names: waits, evidence }: Finding,
): { readonly service: string; readonly line: Evidence } | undefined {
  for (const { ref, name, clusterIps } of services) {
    if (waits?.some((one) => objectKey(one) === objectKey(ref)) !== true) continue;
    const line = evidence.find(({ kind, text }) => {
      if (kind !== 'log' || text === undefined) return false;
      const hosts = [...hostsInLine(text)];
      return hosts.some((host) => clusterIps.includes(host) || host === name || host.startsWith(`${name}.`));
    });
    if (line !== undefined) return { service: name, line };
  }
  return undefined;
}

function hosts(facts: AllFacts, cause: Finding, consequence: Finding): Proof {
  const on = struckPods(facts, consequence).filter(({ node }) => node === cause.object.name);
  return {
    because: `${plural(on.length, 'pod')} of it ${on.length === 1 ? 'is' : 'are'} on node ${oneLine(cause.object.name)}`,
    evidence: on.slice(0, 3).map((pod) => fieldEvidence(facts.objects, pod, 'spec.nodeName', pod.node)),
  };
}

/** The pods a finding is about, of a workload those it makes. */
function struckPods(facts: AllFacts, { object, involves }: Finding): PodFact[] {
  const listed = [object, ...involves].flatMap(({ kind, namespace = '', name }) =>
    kind === 'Pod' ? (facts.pods.named(namespace, name) ?? []) : [],
  );
  if (listed.length > 0) return listed;
  const key = objectKey(object);
  return facts.pods.in(object.namespace ?? '').filter((pod) => {
    const top = facts.workloads.top(pod);
    return top !== undefined && objectKey(top.ref) === key;
  });
}

function creates(facts: AllFacts, cause: Finding, consequence: Finding): Proof {
  const workload = [consequence.object, ...consequence.involves]
    .map(({ kind, namespace = '', name }) => facts.workloads.named(kind, namespace, name))
    .find((one) => one !== undefined);
  if (workload === undefined)
    return { because: `${label(cause.object)} rules what is created there`, evidence: [] };
  return {
    because: `${label(workload.ref)} has fewer pods than it wants, where ${label(cause.object)} rules`,
    evidence: [fieldEvidence(facts.objects, workload, 'spec.replicas', workload.replicas)],
  };
}

function mounts(facts: AllFacts, cause: Finding, consequence: Finding): Proof {
  for (const { kind, namespace = '', name } of [consequence.object, ...consequence.involves]) {
    const pod = kind === 'Pod' ? facts.pods.named(namespace, name) : undefined;
    const user =
      pod === undefined ? facts.workloads.named(kind, namespace, name) : (facts.workloads.top(pod) ?? pod);
    if (user === undefined) continue;
    const used = [cause.object, ...cause.involves];
    const use = usesIn(podSpecOf(user, facts.objects.body(user))).find((one) =>
      used.some((ref) => ref.kind === one.kind && ref.name === one.name),
    );
    if (use === undefined) continue;
    return {
      because: `${label(user.ref)} uses ${use.kind} ${oneLine(use.name)}`,
      evidence: [fieldEvidence(facts.objects, user, `${templatePath(user.ref.kind)}.${use.path}`, use.name)],
    };
  }
  return { because: `it uses ${label(cause.object)}`, evidence: [] };
}

function templatePath(kind: string): string {
  if (kind === 'Pod') return 'spec';
  return kind === 'CronJob' ? 'spec.jobTemplate.spec.template.spec' : 'spec.template.spec';
}
