/** Plain text: at most ten lines to paste, then everything behind them. */
import { oneLine, plural } from '../../../src/core/text.ts';
import { whyUnknown } from '../../causes/why-unknown.ts';
import type { Finding } from '../../model/finding.ts';
import type { Verdict } from '../../model/verdict.ts';
import type { ReportFormat } from '../format.ts';
import { headline } from '../headline.ts';
import { evidenceText, lookup, objectText, sinceText, type Lookup } from '../lookup.ts';

const format: ReportFormat = {
  id: 'text',
  title: 'for people: the verdict in ten lines, then the details',
  render(verdict, { source }) {
    const look = lookup(verdict);
    const blocks = [
      focused(verdict),
      headline(verdict),
      captured(verdict),
      ...verdict.roots.map((key, index) => root(verdict, look, key, index)),
      unexplained(verdict, look),
      over(verdict),
      advice(verdict),
      unknown(verdict),
      gaps(verdict),
      errors(verdict),
      [`Next: inquest open ${oneLine(source)}   (replay, timeline, resources, logs)`],
    ];
    return `${blocks
      .filter((block) => block.length > 0)
      .map((block) => block.join('\n'))
      .join('\n\n')}\n`;
  },
};
export default format;

/** The answer for what was asked about; what follows is of the whole bundle, with the roots of this first. */
function focused({ focus }: Verdict): string[] {
  if (focus === undefined) return [];
  const layers = Object.entries(focus.layers).map(
    ([layer, { status, because }]) =>
      `${layer} ${status}${because === undefined ? '' : ` (${whyUnknown(because)})`}`,
  );
  return [
    `Focus:       ${oneLine(focus.summary)}`,
    ...(layers.length === 0 ? [] : [`Layers:      ${layers.join(', ')}`]),
    ...(focus.roots.length === 0 ? ['What follows is of the rest of the bundle.'] : []),
  ];
}

function captured({ bundle, capturedAt }: Verdict): string[] {
  const version = bundle.version === undefined ? '' : ` (Kubernetes ${oneLine(bundle.version)})`;
  return [
    `Captured from cluster ${oneLine(bundle.cluster)}${version} at ${capturedAt} by ${oneLine(bundle.tool)}; capture: ${bundle.end}.`,
  ];
}

function root(verdict: Verdict, look: Lookup, key: string, index: number): string[] {
  const finding = look.finding(key);
  if (finding === undefined) return [];
  return [
    `== Root cause ${index + 1} of ${verdict.roots.length}: ${oneLine(key)}`,
    ...body(finding),
    ...suspects(verdict, key),
    ...chain(verdict, look, finding),
    ...masks(look, finding),
  ];
}

function body(finding: Finding): string[] {
  return [
    oneLine(finding.summary),
    oneLine(finding.detail),
    `Severity ${finding.severity}, confidence ${finding.confidence}. Since: ${sinceText(finding.since)}`,
    'Evidence:',
    ...distinct(finding.evidence.map((one) => `  - ${evidenceText(one)}`)),
    `Remedy: ${oneLine(finding.remedy.summary)}`,
    ...finding.remedy.confirm.map((command) => `  confirm: ${oneLine(command)}`),
    ...finding.remedy.mend.map((command) => `  mend:    ${oneLine(command)}`),
  ];
}

function suspects(verdict: Verdict, key: string): string[] {
  const list = verdict.suspects[key] ?? [];
  if (list.length === 0) return [];
  return [
    'Changed before it began, likeliest first (suspects, no proof):',
    ...list
      .slice(0, 8)
      .map(
        (one) =>
          `  - ${one.at} ${objectText(one.object)}: ${oneLine(one.summary)} (${one.basis}: ${oneLine(one.source)})`,
      ),
  ];
}

/** How a root joins with what it broke: its longest ways in a line each, then every link with its evidence. */
function chain(verdict: Verdict, look: Lookup, finding: Finding): string[] {
  const ways = verdict.chains.filter(({ root: of, links }) => of === finding.key && links.length > 1);
  const lines = look.tree(finding.key).flatMap(({ finding: next, link, depth }) => {
    const indent = '  '.repeat(depth);
    const [first] = next.evidence;
    return [
      `${indent}-> ${oneLine(next.summary)} [${oneLine(next.key)}]`,
      `${indent}   since ${sinceText(next.since)}`,
      ...(first === undefined ? [] : [`${indent}   ${evidenceText(first)}`]),
      ...(link.because === undefined ? [] : [`${indent}   follows because ${oneLine(link.because)}`]),
      ...link.evidence
        .map(evidenceText)
        .filter((text) => first === undefined || text !== evidenceText(first))
        .slice(0, 2)
        .map((text) => `${indent}     ${text}`),
    ];
  });
  const more = look.following(finding.key).length - look.tree(finding.key).length;
  return lines.length === 0
    ? []
    : [
        ...ways.slice(0, 3).map(({ text }) => `Chain: ${oneLine(text)}`),
        'What it dragged down:',
        ...lines,
        ...(more > 0 ? [`  and ${more} more`] : []),
      ];
}

function masks(look: Lookup, finding: Finding): string[] {
  return distinct(
    finding.masks.map(
      (key) =>
        `Once this is mended, the next thing that stops you is: ${oneLine(look.finding(key)?.summary ?? key)}`,
    ),
  );
}

/** The ports of one Service may each say the same: once is enough. */
function distinct(lines: readonly string[]): string[] {
  return [...new Set(lines)];
}

function unexplained(verdict: Verdict, look: Lookup): string[] {
  const list = verdict.unexplained.flatMap((key) => look.finding(key) ?? []);
  if (list.length === 0) return [];
  return [
    '== Unexplained (wrong, but no cause was found)',
    ...list.flatMap((finding) => [
      oneLine(finding.key),
      ...body(finding),
      ...suspects(verdict, finding.key),
      ...hiding(verdict, finding.key),
      ...chain(verdict, look, finding),
    ]),
  ];
}

/** Where the cause may be that was not found. */
function hiding(verdict: Verdict, key: string): string[] {
  const list = verdict.hiding[key] ?? [];
  if (list.length === 0)
    return ['No gap hides its cause from the checks of this version: what it is, none of them finds.'];
  const each = distinct(list.map(({ check, because }) => `${oneLine(because)} (${check})`));
  return [`Its cause may hide in what could not be judged: ${each.join(', ')}`];
}

function over(verdict: Verdict): string[] {
  if (verdict.over.length === 0) return [];
  return [
    '== Over (was broken, and is not any more)',
    ...verdict.over.flatMap((one) => [
      `- ${oneLine(one.summary)} (${one.basis}: ${oneLine(one.source)})`,
      ...one.evidence.slice(0, 3).map((evidence) => `  ${evidenceText(evidence)}`),
    ]),
  ];
}

function advice(verdict: Verdict): string[] {
  const list = verdict.findings.filter((finding) => finding.role === 'advice');
  return list.length === 0
    ? []
    : ['== Advice', ...distinct(list.map((finding) => `- ${oneLine(finding.summary)} [${finding.check}]`))];
}

function unknown({ unknown: all }: Verdict): string[] {
  const list = distinct(
    all.map(
      (one) =>
        `- ${one.check}${one.object === undefined ? '' : ` for ${objectText(one.object)}`}: ${oneLine(one.because)}${one.detail === undefined ? '' : ` (${oneLine(one.detail)})`}`,
    ),
  );
  if (list.length === 0) return [];
  return [
    `== Could not be judged (${plural(list.length, 'question')})`,
    ...list.slice(0, 40),
    ...(list.length > 40 ? [`- and ${list.length - 40} more (--json lists all)`] : []),
  ];
}

function gaps({ gaps: list }: Verdict): string[] {
  if (list.length === 0) return [];
  return [
    `== Gaps in the evidence (${list.length})`,
    ...list
      .slice(0, 40)
      .map((gap) => `- ${oneLine(gap.key)}: ${oneLine(gap.reason)}: ${oneLine(gap.detail)}`),
    ...(list.length > 40 ? [`- and ${list.length - 40} more (--json lists all)`] : []),
  ];
}

function errors({ errors: list }: Verdict): string[] {
  return list.length === 0
    ? []
    : [
        '== Checks that failed to run (a bug of inquest)',
        ...list.map((one) => `- ${one.check}: ${oneLine(one.message)}`),
      ];
}
