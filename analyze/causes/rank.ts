/** Roots in order, what stays unexplained, and what would stop a path next. */
import { objectKey, type ObjectRef } from '../../src/core/ids.ts';
import { matchesSet } from '../../src/k8s/labels.ts';
import type { AllFacts } from '../facts/facts.ts';
import { remembered } from '../facts/read.ts';
import type { Finding } from '../model/finding.ts';
import { REQUEST_ORDER, type Layer } from '../model/layer.ts';
import type { Path } from '../model/verdict.ts';
import { living, type Behind } from './behind.ts';
import { onset } from './circles.ts';
import type { CauseGraph } from './graph.ts';
import type { Struck } from './mended.ts';

const CONFIDENCE = { certain: 0, likely: 1, possible: 2 } as const;
const SEVERITY = { critical: 0, warning: 1, advice: 2 } as const;

/**
 * Causes that nothing explains, ranked by the paths they break, those they hurt without breaking them, who depends on
 * either directly or through others, time, and confidence. A path counts for what stops it first on a request's way; what
 * another fault masks there stops nothing yet and counts after.
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
  const keys = candidates.map(({ key }) => key);
  const weights = new Map(keys.map((key): [string, Weight] => [key, weightless()]));
  for (const { path, stoppers } of stoppersOf(findings, graph, paths, keys)) {
    for (const { finding, place } of stoppers) {
      const weight = weights.get(finding.key);
      if (weight === undefined) continue;
      if (isFirst(finding, place, stoppers[0])) weight.breaks.add(path);
      else weight.masked += 1;
    }
  }
  const above = headsAbove(keys, graph);
  for (const path of paths.filter((one) => !isBroken(one)))
    for (const key of path.findings)
      for (const head of above.get(key) ?? []) weights.get(head)?.hurts.add(path);
  const dependents = dependentCounter(facts);
  const weighed = candidates.map((finding) => {
    const { breaks, hurts, masked } = weights.get(finding.key) ?? weightless();
    const depending = dependents([...breaks, ...hurts].flatMap(({ service }) => service ?? []));
    return { finding, breaks: breaks.size, hurts: hurts.size, masked, depending };
  });
  return weighed
    .toSorted(
      (a, b) =>
        b.breaks - a.breaks ||
        b.hurts - a.hurts ||
        b.depending - a.depending ||
        b.masked - a.masked ||
        compareOnsets(a.finding, b.finding) ||
        CONFIDENCE[a.finding.confidence] - CONFIDENCE[b.finding.confidence] ||
        SEVERITY[a.finding.severity] - SEVERITY[b.finding.severity] ||
        (a.finding.key < b.finding.key ? -1 : 1),
    )
    .map(({ finding }) => finding.key);
}

/** What has no effect yet is among the first only beside its like. */
function isFirst({ latent }: Finding, place: number, first: Stopper | undefined): boolean {
  return place === first?.place && latent === first.finding.latent;
}

/** What a root does to the paths: breaks them, hurts them (some of the pods behind them), is masked on them. */
interface Weight {
  readonly breaks: Set<Path>;
  readonly hurts: Set<Path>;
  masked: number;
}

function weightless(): Weight {
  return { breaks: new Set(), hurts: new Set(), masked: 0 };
}

/** How many objects depend on any of these Services (`namespace/name`), directly or through other Services. */
function dependentCounter(facts: AllFacts): (services: readonly string[]) => number {
  const before = new Map<string, readonly string[]>();
  /** The Services that take the pods of a workload. */
  const servicesBefore = (ref: ObjectRef, key: string): readonly string[] => {
    let known = before.get(key);
    if (known === undefined) {
      const workload = facts.workloads.named(ref.kind, ref.namespace ?? '', ref.name);
      known = (workload === undefined ? [] : facts.services.in(workload.namespace))
        .filter(({ selector }) => matchesSet(selector, workload?.templateLabels ?? {}))
        .map(({ namespace, name }) => `${namespace}/${name}`);
      before.set(key, known);
    }
    return known;
  };
  const next = remembered(
    (name: string) => name,
    (name) => {
      const [namespace = '', service = ''] = name.split('/');
      const found = facts.services.named(namespace, service);
      return (found === undefined ? [] : facts.dependencies.of(found)).map(({ object }) => {
        const key = objectKey(object.ref);
        return { key, before: servicesBefore(object.ref, key) };
      });
    },
  );
  return (services) => {
    const seen = new Set(services);
    const objects = new Set<string>();
    for (const name of seen) {
      for (const { key, before: more } of next(name)) {
        if (objects.has(key)) continue;
        objects.add(key);
        for (const one of more) seen.add(one);
      }
    }
    return objects.size;
  };
}

function compareOnsets(a: Finding, b: Finding): number {
  const [left, right] = [onset(a), onset(b)];
  return left === right ? 0 : left < right ? -1 : 1;
}

/** Whether some layer of a path lets nothing through. */
export function isBroken(path: Path): boolean {
  return Object.values(path.layers).includes('fail');
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

/** What tells whether a path still stops when one of its faults is mended. */
export interface Standing {
  readonly behind: ReadonlyMap<string, Behind>;
  /** See mended.ts. */
  readonly struck: (key: string, left: ReadonlySet<string>) => Struck;
}

/**
 * For each finding at which a path stops, the one that stops it next once that is mended: of the causes and unexplained
 * symptoms on one path, in the order a request meets their layers. There is none where pods would serve that the others do
 * not touch.
 */
export function masksOf(
  findings: readonly Finding[],
  graph: CauseGraph,
  paths: readonly Path[],
  heads: readonly string[],
  { behind, struck }: Standing,
): Map<string, string[]> {
  const masks = new Map<string, Set<string>>();
  for (const { path, stoppers } of stoppersOf(findings, graph, paths, heads)) {
    const pods = living(behind.get(path.key) ?? { pods: [], workloads: [] }).map(({ ref }) => objectKey(ref));
    for (const [index, { finding }] of stoppers.entries()) {
      const later = stoppers.slice(index + 1);
      const next = later[0]?.finding;
      const others = new Set(later.map((one) => one.finding.key));
      const left = later.flatMap(({ through }) => through.map(({ key }) => struck(key, others)));
      if (next !== undefined && stops(left, pods))
        masks.set(finding.key, (masks.get(finding.key) ?? new Set()).add(next.key));
    }
  }
  return new Map([...masks].map(([key, next]) => [key, [...next]]));
}

/** Whether what is still struck on a path leaves none of its pods. */
function stops(struck: readonly Struck[], pods: readonly string[]): boolean {
  if (struck.includes('all')) return true;
  const hit = struck.filter((one) => one !== undefined && one !== 'all');
  return hit.length > 0 && pods.every((pod) => hit.some((keys) => keys.has(pod)));
}

/** Layers of what stands behind a Service. */
const BEHIND: ReadonlySet<Layer> = new Set(['pod', 'platform']);

interface Stopper {
  readonly finding: Finding;
  /** Where on its way a request meets what this finding leads to there: an index of REQUEST_ORDER. */
  readonly place: number;
  /** By what it stops the path: what it leads to in the pods behind it, or itself. */
  readonly through: readonly Finding[];
}

/** For each broken path, those of `heads` that stop it or lead to what does, in the order a request meets what they do. */
function* stoppersOf(
  findings: readonly Finding[],
  graph: CauseGraph,
  paths: readonly Path[],
  heads: readonly string[],
): Generator<{ path: Path; stoppers: Stopper[] }> {
  const byKey = new Map(findings.map((finding) => [finding.key, finding]));
  const above = headsAbove(heads, graph);
  for (const path of paths.filter(isBroken)) {
    const places = new Map<string, number>();
    const through = new Map<string, Finding[]>();
    for (const found of path.findings.flatMap((key) => byKey.get(key) ?? [])) {
      const { key, layer } = found;
      if (path.layers[layer] !== 'fail') continue;
      const at = REQUEST_ORDER.indexOf(layer);
      for (const head of above.get(key) ?? []) {
        places.set(head, Math.min(places.get(head) ?? at, at));
        if (BEHIND.has(layer)) through.set(head, [...(through.get(head) ?? []), found]);
      }
    }
    const stoppers = [...places].flatMap(([key, place]) => {
      const finding = byKey.get(key);
      return finding === undefined ? [] : [{ finding, place, through: through.get(key) ?? [finding] }];
    });
    yield {
      path,
      stoppers: stoppers.toSorted(
        (a, b) =>
          Number(a.finding.latent === true) - Number(b.finding.latent === true) ||
          a.place - b.place ||
          own(a.finding) - own(b.finding) ||
          compareOnsets(a.finding, b.finding) ||
          (a.finding.key < b.finding.key ? -1 : 1),
      ),
    };
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

function own(finding: Finding): number {
  return REQUEST_ORDER.indexOf(finding.layer);
}
