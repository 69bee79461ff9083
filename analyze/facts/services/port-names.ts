/** Named target ports that containers do not declare: of the pods behind a Service, and of those that would stand there. */
import { plural } from '../../../src/core/text.ts';
import { nearestName } from '../../../src/k8s/near-miss.ts';
import {
  describePort,
  parseProtocol,
  resolvePort,
  type ContainerPort,
  type ServicePort,
} from '../../../src/k8s/service-ports.ts';
import { items, text, type Fields } from '../../ingest/read.ts';
import type { CheckFinding } from '../../model/finding.ts';
import { kubectl } from '../commands.ts';
import { fieldEvidence, sinceBetween } from '../evidence.ts';
import type { Facts } from '../facts.ts';
import { ownsField } from '../objects.ts';
import { lastingIn } from '../pods/containers.ts';
import type { PodFact } from '../pods.ts';
import { dig, type StoredObject } from '../read.ts';
import type { ServiceFact, ServicePath } from '../services.ts';
import { podSpecOf } from '../users.ts';
import { backingWorkloads } from './backing.ts';
import { bestCandidate, isFault } from './selector-candidates.ts';

/** A pod or a template, and the ports that its containers and sidecars declare. */
export interface Declaring {
  readonly object: StoredObject;
  readonly ports: readonly ContainerPort[];
}

/**
 * What would stand behind a Service that takes no pod: by the templates that its selector takes, else by the pods or the
 * template that it seems to mean.
 */
export function meantBehind(facts: Facts, service: ServiceFact): readonly Declaring[] {
  const backing = backingWorkloads(facts, service);
  if (backing.length > 0)
    return backing
      .filter(({ kind, replicas }) => kind !== 'DaemonSet' || replicas !== 0)
      .map((object) => declaredBy(facts, object));
  const candidate = bestCandidate(facts, service);
  if (candidate === undefined || !isFault(facts, service, candidate)) return [];
  const { pods, workload } = candidate;
  if (pods.length > 0) return pods.map((object) => ({ object, ports: facts.pods.namedPorts(object) }));
  return workload === undefined ? [] : [declaredBy(facts, workload)];
}

/** podutil.FindPort reads containers, and init containers that stay (restartPolicy Always). */
function declaredBy(facts: Facts, object: StoredObject): Declaring {
  return { object, ports: lastingIn(podSpecOf(object, facts.body(object))).flatMap(portsIn) };
}

function portsIn(container: Fields): ContainerPort[] {
  return items(container['ports']).flatMap(({ name, containerPort, protocol }) =>
    typeof containerPort === 'number' && typeof name === 'string'
      ? [
          {
            container: text(container['name']) ?? '',
            name,
            port: containerPort,
            protocol: parseProtocol(protocol),
          },
        ]
      : [],
  );
}

export function declares(ports: readonly ContainerPort[], port: ServicePort | undefined): boolean {
  return port !== undefined && resolvePort(port, ports) !== undefined;
}

/** Before there are pods: it stops nothing yet, and will once they are made. */
export function latentFinding(facts: Facts, path: ServicePath, meant: readonly Declaring[]): CheckFinding {
  const { service, port, index } = path;
  const name = port?.targetPort;
  if (port === undefined || typeof name !== 'string') throw new Error('a finding needs a named port');
  const { hint, near } = hintOf(
    port,
    name,
    meant.flatMap(({ ports }) => ports),
  );
  const [first] = meant;
  const who = first === undefined ? '' : `${first.object.ref.kind} ${first.object.ref.name}`;
  const isTemplate = first?.object.ref.kind !== 'Pod';
  return {
    latent: true,
    severity: 'critical',
    // Admission may put a container with such a port into what a template makes, and other pods may be meant.
    confidence: 'likely',
    object: service.ref,
    ...(service.ports.length === 1 ? {} : { part: port.name ?? String(port.port) }),
    summary: `Port ${describePort(port)} of Service ${service.namespace}/${service.name} will lead nowhere once pods are behind it: no container of ${who} declares a port named ${name}; ${hint}`,
    detail: `${isTemplate ? 'By its template: no pod is made yet.' : 'The selector takes none of its pods yet.'} The endpoints of this port will stay empty however healthy the pods are.`,
    evidence: [
      fieldEvidence(facts, service, `spec.ports[${index}].targetPort`, name),
      ...meant
        .slice(0, 3)
        .map(({ object, ports }) =>
          fieldEvidence(
            facts,
            object,
            `${object.ref.kind === 'Pod' ? '' : 'spec.template.'}spec.containers[].ports`,
            ports,
          ),
        ),
    ],
    since: sinceWritten(facts, service),
    involves: meant.slice(0, 50).map(({ object }) => object.ref),
    remedy: remedyOf(path, name, near),
  };
}

/** Of pods that are there: those without the name are left out of the endpoints of this port. */
export function namedFinding(
  facts: Facts,
  path: ServicePath,
  name: string,
  living: readonly PodFact[],
  without: readonly PodFact[],
): CheckFinding {
  const { service, port, index } = path;
  if (port === undefined) throw new Error('a finding needs a port');
  const all = without.length === living.length;
  const { hint, near } = hintOf(
    port,
    name,
    without.flatMap((pod) => facts.pods.namedPorts(pod)),
  );
  const who = all
    ? plural(living.length, 'selected pod')
    : `${without.length} of ${living.length} selected pods`;
  return {
    severity: all ? 'critical' : 'warning',
    confidence: 'certain',
    object: service.ref,
    ...(service.ports.length === 1 ? {} : { part: port.name ?? String(port.port) }),
    summary: `Port ${describePort(port)} of Service ${service.namespace}/${service.name} leads nowhere in ${who}: none of their containers declares a port named ${name}; ${hint}`,
    detail: all
      ? 'The endpoints of this port stay empty however healthy the pods are.'
      : `Only the pods that declare it get traffic; the others (${without
          .slice(0, 5)
          .map((pod) => pod.name)
          .join(', ')}) get none.`,
    evidence: [
      fieldEvidence(facts, service, `spec.ports[${index}].targetPort`, name),
      ...without
        .slice(0, 3)
        .map((pod) => fieldEvidence(facts, pod, 'spec.containers[].ports', portsOf(facts, pod))),
      ...path.slices
        .slice(0, 1)
        .map((slice) => fieldEvidence(facts, slice, 'ports', dig(facts.body(slice), 'ports'))),
    ],
    since: sinceWritten(facts, service),
    involves: without.slice(0, 50).map(({ ref }) => ref),
    remedy: remedyOf(path, name, all ? near : undefined, near),
  };
}

function portsOf(facts: Facts, pod: PodFact): unknown {
  return facts.pods
    .namedPorts(pod)
    .map(({ container, name, port, protocol }) => ({ container, name, port, protocol }));
}

/** What the pods declare in the name's place. */
function hintOf(
  port: ServicePort,
  name: string,
  declared: readonly ContainerPort[],
): { readonly hint: string; readonly near: string | undefined } {
  const other = declared.find((one) => one.name === name);
  const names = [...new Set(declared.flatMap((one) => one.name ?? []))];
  if (other !== undefined) {
    const hint = `container ${other.container} declares it for ${other.protocol}, the Service wants ${port.protocol}`;
    return { hint, near: undefined };
  }
  const near = nearestName(name, names);
  if (near !== undefined) return { hint: `they declare ${near}`, near };
  const hint =
    names.length === 0 ? 'they declare no port by name' : `they declare ${names.slice(0, 5).join(', ')}`;
  return { hint, near };
}

function sinceWritten(facts: Facts, service: ServiceFact): CheckFinding['since'] {
  const written = facts.writes(service).filter((write) => ownsField(write, ['spec', 'ports']));
  return sinceBetween(
    undefined,
    Math.max(service.createdAt ?? 0, ...written.map(({ at }) => at)) || undefined,
    'managedFields: the ports of the Service were last written then, or its pods changed later',
  );
}

/** `written`: the name to put into the Service, where it is right for all pods. */
function remedyOf(
  { service, index }: ServicePath,
  name: string,
  written: string | undefined,
  near = written,
): CheckFinding['remedy'] {
  const { namespace } = service;
  const value = [{ op: 'replace', path: `/spec/ports/${index}/targetPort`, value: written }];
  return {
    summary:
      near === undefined
        ? `Name the port ${name} in the pods, or set targetPort to the number they listen on.`
        : `Set targetPort to ${near}, or name the pods' port ${name}.`,
    confirm: [
      kubectl(namespace, 'get', 'endpointslices', '-l', `kubernetes.io/service-name=${service.name}`),
    ],
    mend:
      written === undefined
        ? []
        : [kubectl(namespace, 'patch', 'service', service.name, '--type=json', '-p', JSON.stringify(value))],
  };
}
