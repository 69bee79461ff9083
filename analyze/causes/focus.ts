/** What the caller knows to be broken (`svc/NAME`, `pod/NAME`, `ns/NAME`, a host), found in the bundle and answered for. */
import { UserError } from '../../src/core/errors.ts';
import { objectKey, type ObjectRef } from '../../src/core/ids.ts';
import { matchesSet } from '../../src/k8s/labels.ts';
import { kindOfWord } from '../../src/k8s/kinds.ts';
import { nearestName } from '../../src/k8s/near-miss.ts';
import { plural } from '../../src/core/text.ts';
import type { AllFacts } from '../facts/facts.ts';
import { refOf } from '../facts/read.ts';
import type { FocusAnswer } from '../model/focus.ts';
import { REQUEST_ORDER, type Layer } from '../model/layer.ts';
import type { Path, Verdict } from '../model/verdict.ts';
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

const HINT = 'name svc/NAME, pod/NAME (svc/NAMESPACE/NAME where the name is in several), ns/NAME or a host';

/**
 * Finds in the bundle what is asked about.
 * @throws UserError `bad-focus` for what cannot be read, `focus-unknown` for what the bundle does not hold,
 * `focus-ambiguous` for a name that several namespaces have
 */
export function focusOf(asked: string, facts: AllFacts): Focus {
  const parts = asked.split('/');
  const [word = '', ...rest] = parts;
  if (rest.length === 0) return hostFocus(asked, facts);
  const kind = kindOfWord(word);
  const name = rest.at(-1) ?? '';
  if (name === '' || rest.length > 2 || (kind === 'Namespace' && rest.length > 1))
    throw new UserError('bad-focus', `"${asked}" names nothing that can be asked about.`, { hint: HINT });
  if (kind === 'Namespace') return namespaceFocus(asked, name, facts);
  const within = rest.length > 1 ? rest[0] : undefined;
  if (kind === 'Service') return serviceFocus(asked, within, name, facts);
  if (kind === 'Pod') return podFocus(asked, within, name, facts);
  throw new UserError('bad-focus', `"${word}" is no kind that can be asked about.`, { hint: HINT });
}

function hostFocus(asked: string, facts: AllFacts): Focus {
  const host = asked.toLowerCase();
  const backends = facts.dependencies.backends.filter((one) => one.host === host);
  if (backends.length === 0) {
    const near = nearestName(host, [
      ...new Set(facts.dependencies.backends.flatMap((one) => one.host ?? [])),
    ]);
    throw new UserError('focus-unknown', `No Ingress or route of the bundle has the host "${asked}".`, {
      hint: near === undefined ? HINT : `did you mean ${near}?`,
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

function namespaceFocus(asked: string, name: string, facts: AllFacts): Focus {
  const known = new Set(
    [...facts.pods.all, ...facts.services.all, ...facts.workloads.all].map((one) => one.namespace),
  );
  if (!known.has(name) && facts.objects.find('namespaces', undefined, name) === undefined)
    throw unknown(asked, name, [...known], 'namespace');
  return {
    asked,
    object: { apiVersion: 'v1', kind: 'Namespace', name },
    host: undefined,
    namespace: name,
    objects: new Set(),
    services: new Set(facts.services.in(name).map((one) => `${name}/${one.name}`)),
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

function unknown(asked: string, name: string, names: readonly string[], what: string): UserError {
  const near = nearestName(name, [...new Set(names)]);
  return new UserError('focus-unknown', `The bundle holds no ${what} "${asked}".`, {
    hint:
      near === undefined
        ? 'it may not have been captured: inquest diagnose FILE names the gaps.'
        : `did you mean ${near}?`,
  });
}

/** The verdict as an answer to that: its roots first, and what each layer on the way to it looks like. */
export function answerFocus(verdict: Verdict, focus: Focus, facts: AllFacts): Verdict {
  const paths = verdict.paths.filter((path) => onPath(focus, path));
  const direct = rootsAbove(verdict, [
    ...findingsOn(verdict, focus),
    ...paths.flatMap(({ findings }) => findings),
  ]);
  const roots: FocusAnswer['roots'] = verdict.roots
    .filter((key) => direct.has(key))
    .map((finding) => ({ finding }));
  for (const service of dependenciesOf(focus, facts)) {
    const theirs = verdict.paths.filter((path) => path.service === service);
    const above = rootsAbove(
      verdict,
      theirs.flatMap(({ findings }) => findings),
    );
    for (const finding of verdict.roots) {
      if (above.has(finding) && !roots.some((one) => one.finding === finding))
        roots.push({ finding, through: `Service ${service}` });
    }
  }
  const own = new Set(findingsOn(verdict, focus));
  const unexplained = verdict.unexplained.filter(
    (key) => own.has(key) || paths.some(({ findings }) => findings.includes(key)),
  );
  const first = roots.map(({ finding }) => finding);
  const layers = layersOf(paths);
  return {
    ...verdict,
    roots: [...first, ...verdict.roots.filter((key) => !first.includes(key))],
    focus: {
      asked: focus.asked,
      ...(focus.object === undefined ? {} : { object: focus.object }),
      paths: paths.map(({ key }) => key),
      roots,
      unexplained,
      layers,
      summary: summaryOf(verdict, focus, roots, unexplained, layers),
    },
  };
}

function onPath({ services, host, namespace }: Focus, path: Path): boolean {
  if (host !== undefined) return path.host === host;
  if (namespace !== undefined && path.service?.startsWith(`${namespace}/`) === true) return true;
  return path.service !== undefined && services.has(path.service);
}

function findingsOn(verdict: Verdict, { objects, namespace }: Focus): string[] {
  return verdict.findings
    .filter(
      ({ role, object, involves }) =>
        role !== 'advice' &&
        ((namespace !== undefined && object.namespace === namespace) ||
          [object, ...involves].some((ref) => objects.has(objectKey(ref)))),
    )
    .map(({ key }) => key);
}

/** The roots that these findings follow from, themselves included. */
function rootsAbove(verdict: Verdict, keys: readonly string[]): Set<string> {
  const byKey = new Map(verdict.findings.map((finding) => [finding.key, finding]));
  const seen = new Set(keys);
  for (const key of seen) for (const cause of byKey.get(key)?.causes ?? []) seen.add(cause);
  const roots = new Set(verdict.roots);
  return new Set([...seen].filter((key) => roots.has(key)));
}

/** `namespace/name` of the Services that what stands behind the focus names, and those that stand behind them name. */
function dependenciesOf(focus: Focus, facts: AllFacts): string[] {
  const named = new Map<number, string[]>();
  for (const service of facts.services.all) {
    for (const { object } of facts.dependencies.naming(service))
      named.set(object.id, [...(named.get(object.id) ?? []), `${service.namespace}/${service.name}`]);
  }
  const reached = new Set(focus.services);
  for (const own of reached)
    for (const id of workloadsBehind(own, facts)) for (const key of named.get(id) ?? []) reached.add(key);
  return [...reached].filter((key) => !focus.services.has(key));
}

function workloadsBehind(name: string, facts: AllFacts): Set<number> {
  const [namespace = '', own = ''] = name.split('/');
  const service = facts.services.named(namespace, own);
  if (service?.selector === undefined) return new Set();
  const { selector } = service;
  return new Set(
    facts.workloads
      .in(namespace)
      .flatMap(({ id, templateLabels }) => (matchesSet(selector, templateLabels) ? id : [])),
  );
}

const WORSE = { fail: 0, unknown: 1, pass: 2, none: 3 } as const;

function layersOf(paths: readonly Path[]): FocusAnswer['layers'] {
  const layers: FocusAnswer['layers'] = {};
  for (const layer of REQUEST_ORDER) {
    for (const path of paths) {
      const status = path.layers[layer];
      const known = layers[layer];
      if (status === undefined || (known !== undefined && WORSE[known.status] <= WORSE[status])) continue;
      const because = path.because[layer];
      layers[layer] = { status, ...(because === undefined ? {} : { because }) };
    }
  }
  return layers;
}

function summaryOf(
  verdict: Verdict,
  { asked }: Focus,
  roots: FocusAnswer['roots'],
  unexplained: readonly string[],
  layers: FocusAnswer['layers'],
): string {
  const [first] = roots;
  const finding = verdict.findings.find(({ key }) => key === first?.finding);
  if (first !== undefined && finding !== undefined) {
    const through = first.through === undefined ? '' : ` (it depends on ${first.through})`;
    return `${asked} is broken by: ${finding.summary}${through}`;
  }
  if (unexplained.length > 0) {
    const symptom = verdict.findings.find(({ key }) => key === unexplained[0]);
    return `${asked} is broken, and nothing that was found explains it: ${symptom?.summary ?? ''}`;
  }
  const of = (status: string): Layer[] => REQUEST_ORDER.filter((layer) => layers[layer]?.status === status);
  const open = of('unknown').map((layer) => `${layer} (${layers[layer]?.because ?? 'no finding'})`);
  return (
    `nothing wrong was found on ${asked}. Passed: ${of('pass').join(', ') || 'nothing'}. ` +
    `Unknown: ${open.join(', ') || 'nothing'}.`
  );
}

/** Keys of everything a question about the focus may concern. */
export function concernsFocus(focus: Focus, ref: ObjectRef, facts: AllFacts): boolean {
  if (focus.namespace !== undefined) return ref.namespace === focus.namespace;
  if (focus.objects.has(objectKey(ref))) return true;
  if (ref.kind === 'Service') return focus.services.has(`${ref.namespace ?? ''}/${ref.name}`);
  const finding = { object: ref, involves: [] };
  return servicesStruck(facts, finding).some((one) => focus.services.has(`${one.namespace}/${one.name}`));
}
