/** The verdict's lists as tables: gaps, open questions, findings, paths, and the checks that ran. */
import { objectKey } from '../../../src/core/ids.ts';
import { parseTime } from '../../../src/core/time.ts';
import type { Finding } from '../../model/finding.ts';
import type { Path, Unknown, Verdict } from '../../model/verdict.ts';
import type { Column } from '../components/table.ts';
import { listIds } from '../data/ids.ts';
import { severityTone } from '../data/kind-tables.ts';
import type { Env, Outcome, Screen, Subject, Target } from '../screen.ts';
import { pageScreen } from './page.ts';
import { openTable } from './table-view.ts';
import { layersText, pathName, statusTone } from './words.ts';

type Opened = Outcome & { readonly screen: Screen };

interface ListModel<Item> {
  readonly crumb: string;
  readonly items: readonly Item[];
  readonly columns: ReadonlyArray<Column<Item>>;
  readonly empty: string;
  readonly notes?: readonly string[];
  readonly subject?: (item: Item) => Subject;
  readonly target?: (item: Item) => Target | undefined;
}

/** A table over what is already in memory. */
export function openList<Item>(env: Env, model: ListModel<Item>): Opened {
  const lines = model.items.map((item, id) => ({ id, item }));
  type Line = (typeof lines)[number];
  const columns = model.columns.map((column): Column<Line> => {
    const { value, tone, ...rest } = column;
    return {
      ...rest,
      value: (line, now) => value(line.item, now),
      ...(tone === undefined ? {} : { tone: (line: Line, now: Env) => tone(line.item, now) }),
    };
  });
  const textOf = (line: Line, by: string): string => {
    const column = columns.find((candidate) => candidate.order === by);
    return column === undefined ? '' : column.value(line, env);
  };
  const { subject, target } = model;
  return openTable<Line>(
    {
      crumb: () => model.crumb,
      columns: () => columns,
      ids(_env, { order }) {
        if (order === undefined) return listIds(lines.map((line) => line.id));
        const sign = order.descending ? -1 : 1;
        const sorted = lines.toSorted(
          (a, b) => sign * textOf(a, order.by).localeCompare(textOf(b, order.by), 'en', { numeric: true }),
        );
        return listIds(sorted.map((line) => line.id));
      },
      rows: (_env, ids) => ids.flatMap((id) => lines[id] ?? []),
      empty: () => model.empty,
      ...(model.notes === undefined ? {} : { notes: () => model.notes ?? [] }),
      ...(subject === undefined ? {} : { subject: (line: Line) => subject(line.item) }),
      ...(target === undefined ? {} : { target: (line: Line) => target(line.item) }),
    },
    env,
  );
}

/** The evidence that did not come. */
export function openGaps(env: Env): Opened {
  const { verdict } = env;
  return openList(env, {
    crumb: 'gaps',
    items: verdict.gaps,
    columns: [
      { title: 'WHAT WAS ASKED', key: 'N', order: 'what', least: 20, value: (gap) => gap.summary },
      { title: 'WHY NOT', key: 'R', order: 'why', value: (gap) => gap.reason, tone: () => 'warn' },
      {
        title: 'QUESTIONS OPEN',
        key: 'O',
        order: 'open',
        align: 'right',
        value: (gap) => String(openQuestions(verdict, gap.key).length),
      },
      { title: 'DETAIL', least: 16, drop: 1, value: (gap) => gap.detail },
    ],
    empty: 'no gaps: all that was asked for came',
    subject: (gap) => ({ text: `${gap.summary}: ${gap.reason}` }),
    target: (gap) => ({ kind: 'gap', key: gap.key }),
  });
}

function openQuestions(verdict: Verdict, gap: string): Unknown[] {
  return verdict.unknown.filter((question) => question.because === gap);
}

/** One gap: what was asked, why it did not come, and which questions stay open for it. */
export function gapScreen(verdict: Verdict, key: string): Outcome {
  const gap = verdict.gaps.find((candidate) => candidate.key === key);
  const open = openQuestions(verdict, key);
  if (gap === undefined && open.length === 0) return { say: `There is no gap ${key}.`, tone: 'warn' };
  return {
    screen: pageScreen({
      crumb: 'gap',
      blocks: () => [
        { text: gap?.summary ?? key, tone: 'strong' },
        { lead: 'why', leadWidth: 10, text: gap?.reason ?? 'not recorded as a gap of its own', tone: 'warn' },
        { lead: 'said', leadWidth: 10, text: gap?.detail ?? '' },
        { lead: 'evidence', leadWidth: 10, text: gap?.evidence ?? '' },
        { lead: 'key', leadWidth: 10, text: key, tone: 'dim' },
        { text: '' },
        { text: 'What cannot be answered without it', tone: 'title' },
        ...(open.length === 0
          ? [{ text: 'No check of this version asked for it.' }]
          : open.map((question) => ({
              lead: question.check,
              leadWidth: 28,
              text: `${question.object === undefined ? '' : `${objectKey(question.object)}: `}${question.detail ?? ''}`,
              ...(question.object === undefined
                ? {}
                : { target: { kind: 'object' as const, ref: question.object } }),
            }))),
      ],
    }),
  };
}

/** The questions that could not be answered. */
export function openUnknown(env: Env): Opened {
  return openList(env, {
    crumb: 'not judged',
    items: env.verdict.unknown,
    columns: [
      { title: 'CHECK', key: 'N', order: 'check', least: 16, value: (question) => question.check },
      {
        title: 'OBJECT',
        key: 'O',
        order: 'object',
        least: 16,
        value: (question) => (question.object === undefined ? 'all' : objectKey(question.object)),
      },
      { title: 'WHY', least: 20, value: (question) => question.detail ?? question.because },
    ],
    empty: 'every question could be answered',
    target: (question) => ({ kind: 'gap', key: question.because }),
    subject: (question) => ({
      text: question.detail ?? question.because,
      ...(question.object === undefined ? {} : { ref: question.object }),
    }),
  });
}

const RANK = { critical: 0, warning: 1, advice: 2 } as const;

/** Every finding, roots first. */
export function openFindings(env: Env): Opened {
  const { roots, findings } = env.verdict;
  const place = (finding: Finding): number => {
    const root = roots.indexOf(finding.key);
    return root >= 0 ? root : roots.length + RANK[finding.severity];
  };
  return openList(env, {
    crumb: 'findings',
    items: findings.toSorted((a, b) => place(a) - place(b)),
    columns: [
      {
        title: 'SEVERITY',
        key: 'S',
        order: 'severity',
        value: (finding) => finding.severity,
        tone: (finding) => severityTone(finding.severity),
      },
      {
        title: 'ROLE',
        key: 'R',
        order: 'role',
        value: (finding) => (roots.includes(finding.key) ? 'ROOT' : finding.role),
      },
      { title: 'LAYER', key: 'L', order: 'layer', drop: 2, value: (finding) => finding.layer },
      {
        title: 'OBJECT',
        key: 'O',
        order: 'object',
        least: 18,
        drop: 1,
        value: (finding) => objectKey(finding.object),
      },
      { title: 'WHAT', key: 'N', order: 'what', least: 20, value: (finding) => finding.summary },
    ],
    empty: 'nothing was found',
    target: (finding) => ({ kind: 'finding', key: finding.key }),
    subject(finding) {
      const at = parseTime(finding.since.from ?? finding.since.to);
      return {
        ref: finding.object,
        finding: finding.key,
        text: finding.summary,
        ...(at === undefined ? {} : { at }),
      };
    },
  });
}

/** Every path a request may travel, the broken ones first. */
export function openPaths(env: Env): Opened {
  const broken = (path: Path): number => (Object.values(path.layers).includes('fail') ? 0 : 1);
  const worst = (path: Path): 'fail' | 'unknown' | 'pass' => {
    const states = Object.values(path.layers);
    if (states.includes('fail')) return 'fail';
    return states.includes('unknown') ? 'unknown' : 'pass';
  };
  return openList(env, {
    crumb: 'paths',
    items: env.verdict.paths.toSorted((a, b) => broken(a) - broken(b)),
    columns: [
      { title: 'PATH', key: 'N', order: 'path', least: 24, value: pathName },
      {
        title: 'STATE',
        key: 'S',
        order: 'state',
        value: (path) => (worst(path) === 'fail' ? 'FAIL' : worst(path)),
        tone: (path) => statusTone(worst(path)),
      },
      { title: 'LAYERS', least: 20, drop: 1, value: layersText },
    ],
    empty: 'no paths: the bundle has no Service whose way could be walked',
    target: (path) => ({ kind: 'path', key: path.key }),
    subject: (path) => ({ pathKey: path.key, text: path.key }),
  });
}

/** What was looked at, and how it came out: a healthy bundle shows here what its health rests on. */
export function openChecks(env: Env): Opened {
  return openList(env, {
    crumb: 'checks',
    items: env.verdict.checks,
    columns: [
      { title: 'CHECK', key: 'N', order: 'check', least: 20, value: (check) => check.id },
      {
        title: 'OUTCOME',
        key: 'S',
        order: 'outcome',
        value: (check) => check.outcome,
        tone: (check) => (check.outcome === 'error' ? 'bad' : statusTone(check.outcome)),
      },
      { title: 'FAILED', align: 'right', value: (check) => String(check.failed) },
      { title: 'PASSED', align: 'right', value: (check) => String(check.passed) },
      { title: 'UNKNOWN', align: 'right', value: (check) => String(check.unknown) },
    ],
    empty: 'no check ran',
    subject: (check) => ({ text: check.id }),
  });
}
