/** Finding one's way in a verdict: findings by key, what follows from a root, and words that every format shares. */
import { objectKey } from '../../src/core/ids.ts';
import { oneLine } from '../../src/core/text.ts';
import type { Evidence, Finding, Since } from '../model/finding.ts';
import type { Link, Verdict } from '../model/verdict.ts';

export interface Lookup {
  finding(key: string): Finding | undefined;
  /** Findings that this one explains directly, in the verdict's order. */
  consequences(key: string): readonly Finding[];
  /** What follows from a root as its chains tell it, each finding once under the one it follows from. */
  tree(
    root: string,
  ): ReadonlyArray<{ readonly finding: Finding; readonly link: Link; readonly depth: number }>;
  /** All that follows from a root, nearest first, each once. */
  following(key: string): readonly Finding[];
}

export function lookup(verdict: Verdict): Lookup {
  const byKey = new Map(verdict.findings.map((finding) => [finding.key, finding]));
  const byCause = new Map<string, Finding[]>();
  for (const finding of verdict.findings) {
    for (const cause of finding.causes) {
      const list = byCause.get(cause);
      if (list === undefined) byCause.set(cause, [finding]);
      else list.push(finding);
    }
  }
  return {
    finding: (key) => byKey.get(key),
    consequences: (key) => byCause.get(key) ?? [],
    tree: (root) => treeOf(verdict, root, byKey),
    following(key) {
      const seen = new Set([key]);
      const order: Finding[] = [];
      for (let wave = [key]; wave.length > 0;) {
        const next = wave.flatMap((one) => byCause.get(one) ?? []).filter((one) => !seen.has(one.key));
        for (const finding of next) {
          if (seen.has(finding.key)) continue;
          seen.add(finding.key);
          order.push(finding);
        }
        wave = next.map((one) => one.key);
      }
      return order;
    },
  };
}

function treeOf(
  verdict: Verdict,
  root: string,
  byKey: ReadonlyMap<string, Finding>,
): Array<{ finding: Finding; link: Link; depth: number }> {
  const below = new Map<string, Link[]>();
  const placed = new Set([root]);
  for (const { links } of verdict.chains.filter((chain) => chain.root === root)) {
    for (const [index, link] of links.entries()) {
      const above = links[index - 1]?.finding;
      if (above === undefined || placed.has(link.finding)) continue;
      placed.add(link.finding);
      below.set(above, [...(below.get(above) ?? []), link]);
    }
  }
  const walk = (key: string, depth: number): Array<{ finding: Finding; link: Link; depth: number }> =>
    (below.get(key) ?? []).flatMap((link) => {
      const finding = byKey.get(link.finding);
      return finding === undefined ? [] : [{ finding, link, depth }, ...walk(link.finding, depth + 1)];
    });
  return walk(root, 1);
}

/** `2026-11-23T09:57:20Z … 09:57:25Z (observed: the Event of the rollout)`, or that nobody knows. */
export function sinceText({ from, to, basis, source }: Since): string {
  if (basis === 'unknown' || (from === undefined && to === undefined))
    return 'unknown (nothing in the bundle tells)';
  const span =
    from === undefined
      ? `at or before ${to}`
      : to === undefined
        ? `after ${from}`
        : from === to
          ? from
          : `between ${from} and ${sameDay(from, to) ? to.slice(11) : to}`;
  return `${span} (${basis}${source === undefined ? '' : `: ${oneLine(source)}`})`;
}

function sameDay(a: string, b: string): boolean {
  return a.slice(0, 10) === b.slice(0, 10);
}

const LONGEST_VALUE = 160;

/** One piece of evidence in a line: where it stands and what it says. */
export function evidenceText(evidence: Evidence): string {
  const { object, path, value, text, at, file, line } = evidence;
  const where =
    object === undefined
      ? ''
      : oneLine(
          objectKey({
            kind: object.kind,
            name: object.name,
            ...(object.namespace === undefined ? {} : { namespace: object.namespace }),
          }),
        );
  const said = [
    ...(path === undefined ? [] : [oneLine(path)]),
    ...(value === undefined ? [] : [`= ${cut(oneLine(JSON.stringify(value)))}`]),
    ...(text === undefined ? [] : [cut(oneLine(text))]),
  ].join(' ');
  const place = file === undefined ? '' : ` [${oneLine(file)}${line === undefined ? '' : `:${line}`}]`;
  return `${at === undefined ? '' : `${at} `}${[where, said].filter((part) => part !== '').join(' ')}${place}`;
}

function cut(text: string): string {
  return text.length <= LONGEST_VALUE ? text : `${text.slice(0, LONGEST_VALUE - 1)}…`;
}

/** `Service shop/payment-api` */
export function objectText(object: Finding['object']): string {
  const name = object.namespace === undefined ? object.name : `${object.namespace}/${object.name}`;
  return oneLine(`${object.kind} ${name}`);
}
