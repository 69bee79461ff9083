/** Roots in order, what stays unexplained, and what would stop a path next. */
import type { AllFacts } from '../facts/facts.ts';
import type { Finding } from '../model/finding.ts';
import { REQUEST_ORDER } from '../model/layer.ts';
import type { Path } from '../model/verdict.ts';
import { onset, type CauseGraph } from './graph.ts';

const CONFIDENCE = { certain: 0, likely: 1, possible: 2 } as const;
const SEVERITY = { critical: 0, warning: 1, advice: 2 } as const;

/**
 * Causes that nothing explains, ranked by the paths they break, the clients of those, time, and confidence. A path counts
 * for what stops it first on a request's way; what another fault masks there stops nothing yet and counts after.
 */
export function rankRoots(
  findings: readonly Finding[],
  graph: CauseGraph,
  paths: readonly Path[],
  facts: AllFacts,
): string[] {
  const candidates = findings.filter(
    ({ key, role }) => role === 'cause' && graph.causes.get(key)?.size === 0,
  );
  const weights = new Map(candidates.map(({ key }) => [key, { first: new Set<Path>(), masked: 0 }]));
  for (const { path, stoppers } of stoppersOf(findings, graph, paths, [...weights.keys()])) {
    const layer = stoppers[0]?.layer;
    for (const finding of stoppers) {
      const weight = weights.get(finding.key);
      if (weight === undefined) continue;
      if (finding.layer === layer) weight.first.add(path);
      else weight.masked += 1;
    }
  }
  const weighed = candidates.map((finding) => {
    const { first = new Set<Path>(), masked = 0 } = weights.get(finding.key) ?? {};
    let clients = 0;
    for (const name of new Set([...first].map(({ service }) => service))) clients += clientsOf(name, facts);
    return { finding, breaks: first.size, masked, clients };
  });
  return weighed
    .toSorted(
      (a, b) =>
        b.breaks - a.breaks ||
        b.clients - a.clients ||
        b.masked - a.masked ||
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
  const masks = new Map<string, Set<string>>();
  for (const { stoppers } of stoppersOf(findings, graph, paths, heads)) {
    for (const [index, finding] of stoppers.entries()) {
      const next = stoppers[index + 1];
      if (next !== undefined) masks.set(finding.key, (masks.get(finding.key) ?? new Set()).add(next.key));
    }
  }
  return new Map([...masks].map(([key, next]) => [key, [...next]]));
}

/** For each broken path, those of `heads` that stop it or lead to what does, in the order a request meets their layers. */
function* stoppersOf(
  findings: readonly Finding[],
  graph: CauseGraph,
  paths: readonly Path[],
  heads: readonly string[],
): Generator<{ path: Path; stoppers: Finding[] }> {
  const byKey = new Map(findings.map((finding) => [finding.key, finding]));
  const above = headsAbove(heads, graph);
  for (const path of paths.filter(isBroken)) {
    const stopping = path.findings.filter((key) => {
      const layer = byKey.get(key)?.layer;
      return layer !== undefined && path.layers[layer] === 'fail';
    });
    const stoppers = [...new Set(stopping.flatMap((key) => above.get(key) ?? []))]
      .map((key) => byKey.get(key))
      .filter((finding) => finding !== undefined)
      .toSorted((a, b) => place(a) - place(b) || compareOnsets(a, b));
    yield { path, stoppers };
  }
}

/** For each finding, the heads it follows from. */
function headsAbove(heads: readonly string[], graph: CauseGraph): Map<string, string[]> {
  const above = new Map<string, string[]>();
  for (const head of heads) {
    for (const key of graph.closure(head)) {
      const list = above.get(key);
      if (list) list.push(head);
      else above.set(key, [head]);
    }
  }
  return above;
}

function place(finding: Finding): number {
  return REQUEST_ORDER.indexOf(finding.layer);
}
