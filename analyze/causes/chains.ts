/** From root to symptom: the ways a root leads down to what it broke, with what joins every two of their links. */
import { oneLine } from '../../src/core/text.ts';
import type { AllFacts } from '../facts/facts.ts';
import type { Finding } from '../model/finding.ts';
import type { Chain, Link, Path } from '../model/verdict.ts';
import type { CauseGraph } from './graph.ts';
import { proofOf } from './proofs.ts';
import { isBroken } from './rank.ts';

/** Chains kept for one root: of a node that takes fifty workloads down, the first tell how. */
const MOST = 8;

/** For each root the longest way to each of its last consequences, the longest first. */
export function chainsOf(
  roots: readonly string[],
  findings: readonly Finding[],
  graph: CauseGraph,
  paths: readonly Path[],
  facts: AllFacts,
): Chain[] {
  const byKey = new Map(findings.map((finding) => [finding.key, finding]));
  const below = consequencesOf(graph);
  const broken = paths.filter(isBroken);
  return roots.flatMap((root) =>
    longestWays(root, below)
      .slice(0, MOST)
      .map((keys): Chain => {
        const steps = keys.flatMap((key) => byKey.get(key) ?? []);
        const symptom = keys.at(-1) ?? root;
        return {
          root,
          symptom,
          text: steps.map(brief).join(' → '),
          links: steps.map((finding, index) => linkOf(steps[index - 1], finding, graph, facts)),
          paths: broken.filter((path) => path.findings.includes(symptom)).map(({ key }) => key),
        };
      }),
  );
}

/** `no endpoints (Service pay)`. */
export function brief({ check, object }: Pick<Finding, 'check' | 'object'>): string {
  const words = (check.split('/')[1] ?? check).replaceAll('-', ' ');
  return oneLine(`${words} (${object.kind} ${object.name})`);
}

function linkOf(cause: Finding | undefined, finding: Finding, graph: CauseGraph, facts: AllFacts): Link {
  if (cause === undefined) return { finding: finding.key, evidence: [] };
  const relation = graph.how(cause.key, finding.key);
  const { because, evidence } = proofOf(facts, relation, cause, finding);
  return { finding: finding.key, relation, because, evidence: [...evidence] };
}

function consequencesOf({ causes }: CauseGraph): Map<string, string[]> {
  const below = new Map<string, string[]>();
  for (const [key, above] of causes) {
    for (const cause of above) {
      const list = below.get(cause);
      if (list === undefined) below.set(cause, [key]);
      else list.push(key);
    }
  }
  return below;
}

/** The longest way from a root to each finding that explains nothing further; there are no circles in the graph. */
function longestWays(root: string, below: ReadonlyMap<string, readonly string[]>): string[][] {
  const longest = new Map<string, readonly string[]>([[root, [root]]]);
  for (const key of inOrder(root, below)) {
    const way = longest.get(key) ?? [key];
    for (const next of below.get(key) ?? []) {
      const known = longest.get(next);
      if (known === undefined || known.length < way.length + 1) longest.set(next, [...way, next]);
    }
  }
  return [...longest.entries()]
    .filter(([key]) => (below.get(key) ?? []).length === 0)
    .map(([, way]) => [...way])
    .toSorted((a, b) => b.length - a.length || (a.join('\n') < b.join('\n') ? -1 : 1));
}

/** Everything below a root, causes before what they explain. */
function inOrder(root: string, below: ReadonlyMap<string, readonly string[]>): string[] {
  const done = new Set<string>();
  const order: string[] = [];
  const stack: Array<{ readonly key: string; readonly rest: string[] }> = [
    { key: root, rest: [...(below.get(root) ?? [])] },
  ];
  const seen = new Set([root]);
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    const next = top.rest.pop();
    if (next === undefined) {
      stack.pop();
      if (!done.has(top.key)) order.push(top.key);
      done.add(top.key);
    } else if (!seen.has(next)) {
      seen.add(next);
      stack.push({ key: next, rest: [...(below.get(next) ?? [])] });
    }
  }
  return order.toReversed();
}
