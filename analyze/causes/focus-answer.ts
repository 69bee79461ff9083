/** The verdict as an answer for what the caller knows to be broken: its roots first, and what each layer on its way shows. */
import { objectKey } from '../../src/core/ids.ts';
import { matchesSet } from '../../src/k8s/labels.ts';
import type { AllFacts } from '../facts/facts.ts';
import type { FocusAnswer } from '../model/focus.ts';
import { REQUEST_ORDER, type Layer } from '../model/layer.ts';
import type { Path, Verdict } from '../model/verdict.ts';
import type { Focus } from './focus.ts';
import { whyUnknown } from './why-unknown.ts';

/** Puts the roots of the focus first; what follows is still the whole verdict. */
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

/** Of a node or a namespace it is what runs there. */
function whatOf({ asked, object }: Focus): string {
  if (object?.kind === 'Node') return `what runs on ${asked}`;
  return object?.kind === 'Namespace' ? `what is in ${asked}` : asked;
}

function summaryOf(
  verdict: Verdict,
  focus: Focus,
  roots: FocusAnswer['roots'],
  unexplained: readonly string[],
  layers: FocusAnswer['layers'],
): string {
  const [first] = roots;
  const finding = verdict.findings.find(({ key }) => key === first?.finding);
  if (first !== undefined && finding !== undefined) {
    const through = first.through === undefined ? '' : ` (it depends on ${first.through})`;
    return `${whatOf(focus)} is broken by: ${finding.summary}${through}`;
  }
  if (unexplained.length > 0) {
    const symptom = verdict.findings.find(({ key }) => key === unexplained[0]);
    return `${whatOf(focus)} is broken, and nothing that was found explains it: ${symptom?.summary ?? ''}`;
  }
  const of = (status: string): Layer[] => REQUEST_ORDER.filter((layer) => layers[layer]?.status === status);
  const open = of('unknown').map((layer) => `${layer} (${whyUnknown(layers[layer]?.because)})`);
  return (
    `nothing wrong was found on ${focus.asked}. Passed: ${of('pass').join(', ') || 'nothing'}. ` +
    `Unknown: ${open.join(', ') || 'nothing'}.`
  );
}
