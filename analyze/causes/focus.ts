/** What the caller knows to be broken (`svc/NAME`, `deploy/NAME`, `pod/NAME`, `node/NAME`, `ns/NAME`, a host), found in the bundle. */
import { UserError } from '../../src/core/errors.ts';
import { objectKey, type ObjectRef } from '../../src/core/ids.ts';
import { matchesSet } from '../../src/k8s/labels.ts';
import { kindOfWord } from '../../src/k8s/kinds.ts';
import { nearestName } from '../../src/k8s/near-miss.ts';
import { plural } from '../../src/core/text.ts';
import type { AllFacts } from '../facts/facts.ts';
import { podsOf } from '../facts/pods/pod-groups.ts';
import type { PodFact } from '../facts/pods.ts';
import { refOf } from '../facts/read.ts';
import { servicesStruck } from './relations.ts';

/** The things that a focus is about. */
export interface Focus {
  readonly asked: string;
  readonly object: ObjectRef | undefined;
  /** Keys of objects: it, what stands behind it and in front of it. */
  readonly objects: ReadonlySet<string>;
  readonly namespace: string | undefined;
  readonly host: string | undefined;
  /** `namespace/name` of its own Services. */
  readonly services: ReadonlySet<string>;
}

const HINT =
  'name svc/NAME, deploy/NAME, pod/NAME, node/NAME (svc/NAMESPACE/NAME where the name is in several), ns/NAME or a host';

/** Of the outermost controllers of pods. */
const WORKLOADS = new Set(['Deployment', 'StatefulSet', 'DaemonSet', 'Job', 'CronJob']);
/** Without a namespace. */
const OF_THE_CLUSTER = new Set(['Namespace', 'Node']);

/**
 * Finds in the bundle what is asked about.
 * @throws UserError `bad-focus` for what cannot be read, `focus-unknown` for what the bundle does not hold,
 * `focus-ambiguous` for a name that several namespaces have
 */
export function focusOf(asked: string, facts: AllFacts): Focus {
  const host = hostIn(asked);
  if (host !== undefined) return hostFocus(asked, host, facts);
  const [word = '', ...rest] = asked.split('/');
  const kind = kindOfWord(word);
  const name = rest.at(-1) ?? '';
  if (name === '' || rest.length > 2 || (kind !== undefined && OF_THE_CLUSTER.has(kind) && rest.length > 1))
    throw new UserError('bad-focus', `"${asked}" names nothing that can be asked about.`, { hint: HINT });
  if (kind === 'Namespace') return namespaceFocus(asked, name, facts);
  if (kind === 'Node') return nodeFocus(asked, name, facts);
  const within = rest.length > 1 ? rest[0] : undefined;
  if (kind === 'Service') return serviceFocus(asked, within, name, facts);
  if (kind === 'Pod') return podFocus(asked, within, name, facts);
  if (kind !== undefined && WORKLOADS.has(kind)) return workloadFocus(asked, kind, within, name, facts);
  throw new UserError('bad-focus', `"${word}" is no kind that can be asked about.`, { hint: HINT });
}

/** The host of an address as it is pasted, or a word that is no kind and name. */
function hostIn(asked: string): string | undefined {
  if (/^https?:\/\//i.test(asked)) return URL.parse(asked)?.hostname ?? asked;
  return asked.includes('/') ? undefined : asked.toLowerCase();
}

function hostFocus(asked: string, host: string, facts: AllFacts): Focus {
  const backends = facts.dependencies.backends.filter((one) => one.host === host);
  if (backends.length === 0) {
    const hosts = [...new Set(facts.dependencies.backends.flatMap((one) => one.host ?? []))];
    const near = nearestName(host, hosts);
    const meant = near === undefined ? namedSo(host, facts) : [near];
    throw new UserError('focus-unknown', `No Ingress or route of the bundle has the host "${asked}".`, {
      hint: meant.length === 0 ? HINT : `did you mean ${listed(meant)}?`,
    });
  }
  return {
    asked,
    object: undefined,
    host,
    namespace: undefined,
    objects: new Set(backends.map(({ kind, namespace, name }) => objectKey({ kind, namespace, name }))),
    services: new Set(backends.map((one) => `${one.service_namespace}/${one.service}`)),
  };
}

/** What else has this name: a word alone is taken for a host. */
function namedSo(word: string, facts: AllFacts): string[] {
  const is = ({ name }: { readonly name: string }): boolean => name === word;
  return [
    ...(facts.services.all.some(is) ? [`svc/${word}`] : []),
    ...(facts.workloads.all.some((one) => one.kind === 'Deployment' && is(one)) ? [`deploy/${word}`] : []),
    ...(facts.pods.all.some(is) ? [`pod/${word}`] : []),
    ...(facts.objects.find('nodes', undefined, word) === undefined ? [] : [`node/${word}`]),
    ...(namespacesOf(facts).includes(word) ? [`ns/${word}`] : []),
  ];
}

function namespacesOf(facts: AllFacts): string[] {
  return [
    ...new Set([
      ...[...facts.pods.all, ...facts.services.all, ...facts.workloads.all].map((one) => one.namespace),
      ...facts.objects.list('namespaces').map(({ ref }) => ref.name),
    ]),
  ];
}

function namespaceFocus(asked: string, name: string, facts: AllFacts): Focus {
  const known = namespacesOf(facts);
  if (!known.includes(name)) throw unknown(asked, name, known, 'namespace');
  return {
    asked,
    object: { apiVersion: 'v1', kind: 'Namespace', name },
    host: undefined,
    namespace: name,
    objects: new Set(),
    services: new Set(facts.services.in(name).map((one) => `${name}/${one.name}`)),
  };
}

function nodeFocus(asked: string, name: string, facts: AllFacts): Focus {
  const node = facts.objects.find('nodes', undefined, name);
  const pods = facts.pods.all.filter((pod) => pod.node === name);
  if (node === undefined && pods.length === 0) {
    const nodes = facts.objects.list('nodes').map(({ ref }) => ref.name);
    throw unknown(asked, name, nodes, 'node');
  }
  return podsFocus(asked, node?.ref ?? refOf('v1', 'Node', null, name), pods, facts);
}

function workloadFocus(
  asked: string,
  kind: string,
  within: string | undefined,
  name: string,
  facts: AllFacts,
): Focus {
  const workload = only(
    asked,
    within,
    name,
    facts.workloads.all.filter((one) => one.kind === kind),
    kind,
  );
  const focus = podsFocus(asked, workload.ref, podsOf(facts, workload), facts);
  const services = facts.services
    .in(workload.namespace)
    .filter(({ selector }) => selector !== undefined && matchesSet(selector, workload.templateLabels));
  return {
    ...focus,
    services: new Set([...focus.services, ...services.map((one) => `${one.namespace}/${one.name}`)]),
  };
}

/** A node or a workload: its pods, and the Services that take them. */
function podsFocus(asked: string, object: ObjectRef, pods: readonly PodFact[], facts: AllFacts): Focus {
  const services = pods.flatMap((pod) =>
    facts.services
      .in(pod.namespace)
      .filter(({ selector }) => selector !== undefined && matchesSet(selector, pod.labels)),
  );
  return {
    asked,
    object,
    host: undefined,
    namespace: undefined,
    objects: new Set([object, ...pods.map(({ ref }) => ref)].map(objectKey)),
    services: new Set(services.map((one) => `${one.namespace}/${one.name}`)),
  };
}

function serviceFocus(asked: string, within: string | undefined, name: string, facts: AllFacts): Focus {
  const service = only(asked, within, name, facts.services.all, 'Service');
  const pods = facts.pods.select(service.namespace, service.selector);
  const tops = pods.flatMap((pod) => facts.workloads.top(pod)?.ref ?? []);
  return {
    asked,
    object: service.ref,
    host: undefined,
    namespace: undefined,
    objects: new Set([service.ref, ...pods.map(({ ref }) => ref), ...tops].map(objectKey)),
    services: new Set([`${service.namespace}/${service.name}`]),
  };
}

function podFocus(asked: string, within: string | undefined, name: string, facts: AllFacts): Focus {
  const pod = only(asked, within, name, facts.pods.all, 'pod');
  const top = facts.workloads.top(pod)?.ref;
  const node = pod.node === undefined ? [] : [refOf('v1', 'Node', null, pod.node)];
  const services = facts.services
    .in(pod.namespace)
    .filter(({ selector }) => selector !== undefined && matchesSet(selector, pod.labels));
  return {
    asked,
    object: pod.ref,
    host: undefined,
    namespace: undefined,
    objects: new Set([pod.ref, ...(top === undefined ? [] : [top]), ...node].map(objectKey)),
    services: new Set(services.map((one) => `${one.namespace}/${one.name}`)),
  };
}

function only<T extends { readonly namespace: string; readonly name: string }>(
  asked: string,
  within: string | undefined,
  name: string,
  all: readonly T[],
  what: string,
): T {
  const found = all.filter((one) => one.name === name && (within === undefined || one.namespace === within));
  const [first] = found;
  if (first === undefined)
    throw unknown(
      asked,
      name,
      all.filter((one) => within === undefined || one.namespace === within).map((one) => one.name),
      what,
    );
  if (found.length > 1) {
    const places = found
      .slice(0, 5)
      .map(({ namespace }) => `${asked.split('/')[0] ?? ''}/${namespace}/${name}`);
    throw new UserError('focus-ambiguous', `${plural(found.length, 'namespace')} have a ${what} "${name}".`, {
      hint: `name one: ${places.join(', ')}`,
    });
  }
  return first;
}

/** As many names as fit into a line. */
const LISTED = 5;

function listed(names: readonly string[]): string {
  const more = names.length > LISTED ? ` and ${names.length - LISTED} more` : '';
  return `${names.slice(0, LISTED).join(', ')}${more}`;
}

/** With what is near by its letters, begins so (a pod by its workload), or is all there is. */
function unknown(asked: string, name: string, names: readonly string[], what: string): UserError {
  const word = asked.slice(0, asked.lastIndexOf('/') + 1);
  const all = [...new Set(names)].toSorted();
  const near = nearestName(name, all);
  const alike = all.filter((one) => one.includes(name));
  const meant = near === undefined ? alike : [near];
  const full = (list: readonly string[]): string => listed(list.map((one) => `${word}${one}`));
  const there = all.length === 0 ? '' : `; it holds ${full(all)}`;
  return new UserError('focus-unknown', `The bundle holds no ${what} "${asked}".`, {
    hint:
      meant.length > 0
        ? `did you mean ${full(meant)}?`
        : `it may not have been captured: inquest diagnose FILE names the gaps${there}.`,
  });
}

/** Keys of everything a question about the focus may concern. */
export function concernsFocus(focus: Focus, ref: ObjectRef, facts: AllFacts): boolean {
  if (focus.namespace !== undefined) return ref.namespace === focus.namespace;
  if (focus.objects.has(objectKey(ref))) return true;
  if (ref.kind === 'Service') return focus.services.has(`${ref.namespace ?? ''}/${ref.name}`);
  const finding = { object: ref, involves: [] };
  return servicesStruck(facts, finding).some((one) => focus.services.has(`${one.namespace}/${one.name}`));
}
