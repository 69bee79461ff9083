/** Evidence → verdict: every check run, findings joined into causes, roots ranked, paths and unknowns named. */
import { objectKey, type ObjectRef } from '../src/core/ids.ts';
import { formatTime } from '../src/core/time.ts';
import type { Check } from './checks/check.ts';
import { checks as registered } from './checks/registry.ts';
import { chainsOf } from './causes/chains.ts';
import { hidingOf } from './causes/hiding.ts';
import type { Cut } from './causes/circles.ts';
import { causeGraph, type CauseGraph } from './causes/graph.ts';
import { struckWith } from './causes/mended.ts';
import { overOf } from './causes/over.ts';
import { buildPaths } from './causes/paths.ts';
import { masksOf, rankRoots, unexplained } from './causes/rank.ts';
import { relationsOf } from './causes/relations.ts';
import { outcomeOf, runCheck } from './causes/run-checks.ts';
import { weighed } from './causes/severity.ts';
import { suspectsOf } from './causes/suspects.ts';
import { allFacts, type AllFacts } from './facts/facts.ts';
import { NOTES, type GapRow } from './facts/object-rows.ts';
import type { Finding } from './model/finding.ts';
import { VERDICT_FORMAT, type Over, type Unknown, type Verdict } from './model/verdict.ts';
import type { Store } from './store/store.ts';

/** Judges a loaded store. Reads only; the same store gives the same verdict. `checks` is for tests. */
export function judge(store: Store, checks: readonly Check[] = registered): Verdict {
  const facts = allFacts(store);
  const runs = checks.map((check) => runCheck(check, facts));
  const relations = relationsOf(facts, checks);
  const alone = runs.flatMap((run) => run.findings);
  const graph = causeGraph(alone, checks, facts.clock.tolerance, relations);
  const { paths, behind } = buildPaths(facts, runs, relations);
  const found = weighed(alone, checks, graph, paths, facts);
  const roots = rankRoots(found, graph, paths, facts);
  const open = unexplained(found, graph);
  const byKey = new Map(found.map((finding) => [finding.key, finding]));
  const over = overOf(facts, found);
  const struck = struckWith(byKey, graph, checks, relations);
  const masks = masksOf(found, graph, paths, [...roots, ...open], { behind, struck });
  return {
    format: VERDICT_FORMAT,
    bundle: bundleOf(store, facts),
    capturedAt: formatTime(facts.clock.endedAt),
    roots,
    unexplained: open,
    hiding: Object.fromEntries(open.map((key) => [key, hidingOf(byKey.get(key), runs)])),
    findings: inOrder(found, roots, open).map((finding) => ({
      ...finding,
      detail: [
        finding.detail,
        ...remarks(finding, graph, byKey),
        ...(open.includes(finding.key) ? mendedFor(finding, over) : []),
      ].join(' '),
      causes: [...(graph.causes.get(finding.key) ?? [])].toSorted(),
      masks: masks.get(finding.key) ?? [],
    })),
    chains: chainsOf([...roots, ...open], found, graph, paths, facts),
    over,
    suspects: Object.fromEntries(
      [...roots, ...open.slice(0, SUSPECTED)].map((key) => {
        const finding = byKey.get(key);
        return [key, finding === undefined ? [] : suspectsOf(finding, facts, store)];
      }),
    ),
    paths,
    unknown: distinct(runs.flatMap((run) => run.unknown)),
    errors: runs.flatMap(({ check, error }) =>
      error === undefined ? [] : [{ check: check.id, message: error }],
    ),
    checks: runs.map(outcomeOf),
    gaps: facts.coverage.gaps.map(gapOf),
  };
}

/** Of what nothing explains, the first are worth a look at what changed. */
const SUSPECTED = 20;

/** What the joining of findings has to say of one. */
function remarks({ key, object }: Finding, graph: CauseGraph, byKey: ReadonlyMap<string, Finding>): string[] {
  const left = graph.unaccounted.get(key) ?? [];
  const some = left.slice(0, 3).map((pod) => pod.slice(pod.lastIndexOf('/') + 1));
  const more = left.length > some.length ? ` and ${left.length - some.length} more` : '';
  const cut = graph.cut.get(key);
  return [
    ...(cut === undefined ? [] : [circleOf(cut, object, byKey)]),
    ...(left.length === 0 ? [] : [`No cause was found for ${some.join(', ')}${more}.`]),
  ];
}

/** Of what nothing explains any more: what it waits for was down, and is not. */
function mendedFor({ names = [] }: Finding, over: readonly Over[]): string[] {
  const waits = new Set(names.map(objectKey));
  return over
    .filter(({ object }) => waits.has(objectKey(object)))
    .map(({ summary }) => `What it waits for is mended: ${summary}. It may follow by itself.`);
}

/** A circle runs over what is wrong with each object: the workloads in it tell who waits for whom. */
function circleOf({ others, tied }: Cut, own: ObjectRef, byKey: ReadonlyMap<string, Finding>): string {
  const objects = others.flatMap((key) => byKey.get(key)?.object ?? []);
  const workloads = objects.filter(({ kind }) => kind !== 'Service');
  const named = new Set((workloads.length > 0 ? workloads : objects).map(objectKey));
  named.delete(objectKey(own));
  const words = [...named].slice(0, 3).map((one) => one.replace('/', ' '));
  return `It is part of a circle of explanations${words.length === 0 ? '' : ` with ${words.join(', ')}`}, which is taken to have begun here ${tied ? 'though nothing tells which of them began' : 'because this began first'}.`;
}

const SEVERITY = { critical: 0, warning: 1, advice: 2 } as const;

/** Roots as ranked, then what is unexplained, then consequences, then advice. */
function inOrder(findings: readonly Finding[], roots: readonly string[], open: readonly string[]): Finding[] {
  const first = new Map([...roots, ...open].map((key, index) => [key, index]));
  return findings.toSorted(
    (a, b) =>
      Number(a.role === 'advice') - Number(b.role === 'advice') ||
      (first.get(a.key) ?? Infinity) - (first.get(b.key) ?? Infinity) ||
      SEVERITY[a.severity] - SEVERITY[b.severity] ||
      (a.key < b.key ? -1 : 1),
  );
}

function distinct(unknown: readonly Unknown[]): Unknown[] {
  return [
    ...new Map(unknown.map((one) => [JSON.stringify([one.check, one.object, one.because]), one])).values(),
  ];
}

function gapOf(gap: GapRow): Verdict['gaps'][number] {
  const subject = [gap.resource, gap.namespace, gap.pod, gap.container, gap.node, gap.probe]
    .filter(Boolean)
    .join(' ');
  return {
    key: gap.key,
    evidence: gap.evidence,
    reason: gap.reason,
    summary: `${gap.evidence}${subject === '' ? '' : ` ${subject}`}: ${gap.reason}${gap.partial === 1 ? ', in part' : ''}`,
    detail: gap.detail,
  };
}

function bundleOf(store: Store, facts: AllFacts): Verdict['bundle'] {
  const notes = new Map(store.all(NOTES).map(({ key, value }) => [key, value]));
  const version = notes.get('version');
  const end = notes.get('end');
  return {
    id: notes.get('id') ?? '',
    cluster: notes.get('cluster') ?? '',
    ...(version === undefined ? {} : { version }),
    startedAt: formatTime(facts.clock.startedAt),
    ...(notes.has('ended_at') ? { endedAt: formatTime(facts.clock.endedAt) } : {}),
    end: end === 'complete' || end === 'deadline' || end === 'interrupted' ? end : 'cut',
    tool: notes.get('tool') ?? '',
  };
}
