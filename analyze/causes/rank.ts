/** Roots in order, what stays unexplained, and what would stop a path next. */
import type { AllFacts } from '../facts/facts.ts';
import type { Finding } from '../model/finding.ts';
import { REQUEST_ORDER } from '../model/layer.ts';
import type { Path } from '../model/verdict.ts';
import { onset, type CauseGraph } from './graph.ts';

const CONFIDENCE = { certain: 0, likely: 1, possible: 2 } as const;
const SEVERITY = { critical: 0, warning: 1, advice: 2 } as const;

/** Causes that nothing explains, ranked by the paths they break, the clients of those, time, and confidence. */
export function rankRoots(
  findings: readonly Finding[],
  graph: CauseGraph,
  paths: readonly Path[],
  facts: AllFacts,
): string[] {
  const broken = paths.filter(isBroken);
  const weighed = findings
    .filter(({ key, role }) => role === 'cause' && graph.causes.get(key)?.size === 0)
    .map((finding) => {
      const closure = graph.closure(finding.key);
      const breaks = broken.filter((path) => path.findings.some((key) => closure.has(key)));
      const services = new Set(breaks.map(({ service }) => service));
      let clients = 0;
      for (const name of services) clients += clientsOf(name, facts);
      return { finding, breaks: breaks.length, clients };
    });
  return weighed
    .toSorted(
      (a, b) =>
        b.breaks - a.breaks ||
        b.clients - a.clients ||
        compareOnsets(a.finding, b.finding) ||
        CONFIDENCE[a.finding.confidence] - CONFIDENCE[b.finding.confidence] ||
        SEVERITY[a.finding.severity] - SEVERITY[b.finding.severity] ||
        (a.finding.key < b.finding.key ? -1 : 1),
    )
    .map(({ finding }) => finding.key);
}

function compareOnsets(a: Finding, b: Finding): number {
  const [left, right] = [onset(a), onset(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Whether some layer of a path lets nothing through. */
export function isBroken(path: Path): boolean {
  return Object.values(path.layers).includes('fail');
}

function clientsOf(name: string | undefined, facts: AllFacts): number {
  const [namespace = '', service = ''] = (name ?? '').split('/');
  const found = facts.services.named(namespace, service);
  return found === undefined ? 0 : facts.dependencies.of(found).length;
}

/** Symptoms that no finding explains. */
export function unexplained(findings: readonly Finding[], graph: CauseGraph): string[] {
  return findings
    .filter(({ key, role }) => role === 'symptom' && graph.causes.get(key)?.size === 0)
    .toSorted(
      (a, b) =>
        SEVERITY[a.severity] - SEVERITY[b.severity] || compareOnsets(a, b) || (a.key < b.key ? -1 : 1),
    )
    .map(({ key }) => key);
}

/**
 * For each finding at which a path stops, the one that stops it next once that is mended: of the causes and unexplained
 * symptoms on one path, in the order a request meets their layers.
 */
export function masksOf(
  findings: readonly Finding[],
  graph: CauseGraph,
  paths: readonly Path[],
  heads: readonly string[],
): Map<string, string[]> {
  const byKey = new Map(findings.map((finding) => [finding.key, finding]));
  const closures = heads.map((key) => ({ key, closure: graph.closure(key) }));
  const masks = new Map<string, Set<string>>();
  for (const path of paths.filter(isBroken)) {
    const stopping = path.findings.filter((key) => {
      const layer = byKey.get(key)?.layer;
      return layer !== undefined && path.layers[layer] === 'fail';
    });
    const on = closures
      .filter(({ closure }) => stopping.some((key) => closure.has(key)))
      .map(({ key }) => byKey.get(key))
      .filter((finding) => finding !== undefined)
      .toSorted((a, b) => place(a) - place(b) || compareOnsets(a, b));
    for (const [index, finding] of on.entries()) {
      const next = on[index + 1];
      if (next === undefined) continue;
      const list = masks.get(finding.key) ?? new Set();
      masks.set(finding.key, list.add(next.key));
    }
  }
  return new Map([...masks].map(([key, next]) => [key, [...next]]));
}

function place(finding: Finding): number {
  return REQUEST_ORDER.indexOf(finding.layer);
}
