/** The first screen: what broke, the evidence, since when, what changed before, what it took down, how to mend it. */
import { formatDuration, parseTime } from '../../../src/core/time.ts';
import { objectKey } from '../../../src/core/ids.ts';
import { plural } from '../../../src/core/text.ts';
import type { Finding } from '../../model/finding.ts';
import { REQUEST_ORDER } from '../../model/layer.ts';
import type { Suspect, Verdict } from '../../model/verdict.ts';
import { shortText } from '../clock.ts';
import { heading, type Block } from '../components/document.ts';
import { lookup } from '../../report/lookup.ts';
import { findingByKey } from '../data/objects.ts';
import type { Env, Screen } from '../screen.ts';
import { pageScreen } from './page.ts';
import { evidenceBlock, findingBlock, layersText, pathName, sinceText } from './words.ts';

/** The verdict of the bundle; a healthy one says so, and what was not judged. */
export function verdictScreen(verdict: Verdict): Screen {
  const [root] = verdict.roots;
  return pageScreen({
    crumb: 'verdict',
    blocks: verdictBlocks,
    ...(root === undefined ? {} : { subject: { finding: root } }),
  });
}

function verdictBlocks(env: Env): Block[] {
  const { verdict } = env;
  const roots = verdict.roots.flatMap((key) => findingByKey(verdict, key) ?? []);
  const [first, ...others] = roots;
  return [
    ...(first === undefined ? noRoot(verdict) : rootBlocks(env, first, verdict)),
    ...otherRoots(others),
    ...unexplained(verdict),
    ...over(env, verdict),
    ...advice(verdict),
    ...notJudged(verdict),
    ...looked(verdict),
  ];
}

function noRoot(verdict: Verdict): Block[] {
  const failed = verdict.unexplained.length > 0;
  const open = verdict.unknown.length > 0 || verdict.gaps.length > 0;
  const text = failed
    ? 'Something is wrong, and no cause for it was found in this bundle.'
    : open
      ? 'Nothing was found to be broken in what could be judged. Not everything could be: see below.'
      : 'Nothing was found to be broken.';
  return [
    { text: failed ? 'NO ROOT CAUSE FOUND' : 'HEALTHY', tone: failed ? 'warn' : 'good' },
    { text, tone: 'strong' },
  ];
}

function rootBlocks(env: Env, root: Finding, verdict: Verdict): Block[] {
  const { clock } = env;
  return [
    { text: `ROOT CAUSE  ${root.layer} · ${root.severity} · ${root.confidence}`, tone: 'bad' },
    { text: root.summary, tone: 'strong', target: { kind: 'finding', key: root.key } },
    { lead: 'since', leadWidth: 8, text: sinceText(root.since, clock), ...momentTarget(root) },
    ...heading('Evidence'),
    ...root.evidence.map((evidence) => evidenceBlock(evidence, clock)),
    ...changedBefore(verdict.suspects[root.key] ?? [], env),
    ...tookDown(env, root, verdict),
    ...heading('Mend'),
    { text: root.remedy.summary },
    ...commands('confirm', root.remedy.confirm),
    ...commands('mend', root.remedy.mend),
    ...masked(root, verdict),
  ];
}

function momentTarget(finding: Finding): Pick<Block, 'target'> {
  const at = parseTime(finding.since.from ?? finding.since.to);
  return at === undefined ? {} : { target: { kind: 'moment', at, ref: finding.object } };
}

/** Commands to run; Enter shows them whole, `c` copies. */
export function commands(lead: string, lines: readonly string[]): Block[] {
  return lines.map((line, index) => ({
    lead: index === 0 ? lead : '',
    leadWidth: 8,
    text: line,
    tone: 'accent',
    target: { kind: 'text', title: `${lead} command`, text: line },
  }));
}

function changedBefore(suspects: readonly Suspect[], env: Env): Block[] {
  if (suspects.length === 0) return [];
  return [
    ...heading('What changed before it began'),
    ...suspects.map((suspect): Block => {
      const at = parseTime(suspect.at);
      const before =
        suspect.beforeMs === 0 ? 'as it began' : `${formatDuration(suspect.beforeMs * 1000)} before`;
      return {
        lead: shortText(env.clock, suspect.at),
        leadWidth: 10,
        text: `${suspect.summary} (${objectKey(suspect.object)}; ${before}; ${suspect.basis})`,
        target: { kind: 'moment', ref: suspect.object, ...(at === undefined ? {} : { at }) },
      };
    }),
  ];
}

function tookDown(env: Env, root: Finding, verdict: Verdict): Block[] {
  const found = lookup(verdict).tree(root.key);
  const chains = verdict.chains.filter(({ root: of, links }) => of === root.key && links.length > 1);
  const paths = verdict.paths.filter((path) => path.findings.includes(root.key));
  if (found.length === 0 && paths.length === 0) return [];
  return [
    ...heading('What it took down'),
    ...chains.slice(0, 3).map(({ text }): Block => ({ lead: 'chain', leadWidth: 10, text })),
    ...found.flatMap(({ finding, link, depth }): Block[] => [
      findingBlock(finding, Math.min(4, depth - 1) * 2),
      ...(link.because === undefined
        ? []
        : [
            {
              indent: Math.min(4, depth - 1) * 2 + 11,
              text: `follows: ${link.because}`,
              tone: 'dim' as const,
            },
          ]),
      ...link.evidence
        .slice(0, 1)
        .map((one) => evidenceBlock(one, env.clock, Math.min(4, depth - 1) * 2 + 11)),
    ]),
    ...paths.map((path): Block => ({
      lead: 'path',
      leadWidth: 10,
      text: `${pathName(path)}: ${layersText(path)}`,
      target: { kind: 'path', key: path.key },
    })),
  ];
}

/** What a finding explains, and what that explains, each once, with how far down the chain it is. */
export function consequences(key: string, verdict: Verdict): Array<{ finding: Finding; depth: number }> {
  const seen = new Set([key]);
  const out: Array<{ finding: Finding; depth: number }> = [];
  const visit = (cause: string, depth: number): void => {
    for (const finding of verdict.findings) {
      if (seen.has(finding.key) || !finding.causes.includes(cause)) continue;
      seen.add(finding.key);
      out.push({ finding, depth });
      visit(finding.key, depth + 1);
    }
  };
  visit(key, 0);
  return out;
}

function masked(root: Finding, verdict: Verdict): Block[] {
  const next = root.masks.flatMap((key) => findingByKey(verdict, key) ?? []);
  if (next.length === 0) return [];
  return [
    ...heading('Once this is mended, the next thing that stops it'),
    ...next.map((finding) => findingBlock(finding)),
  ];
}

function otherRoots(others: readonly Finding[]): Block[] {
  if (others.length === 0) return [];
  return [
    ...heading(`Other root causes (${others.length})`),
    ...others.map((finding) => findingBlock(finding)),
  ];
}

function unexplained(verdict: Verdict): Block[] {
  const found = verdict.unexplained.flatMap((key) => findingByKey(verdict, key) ?? []);
  if (found.length === 0) return [];
  return [
    ...heading('Wrong, without a known cause'),
    ...found.flatMap((finding) => [
      findingBlock(finding),
      ...(verdict.hiding[finding.key] ?? []).slice(0, 3).map(({ check, because }): Block => ({
        lead: 'unknown',
        leadTone: 'unknown',
        leadWidth: 10,
        indent: 2,
        text: `its cause may hide in ${because} (${check})`,
        target: { kind: 'gap', key: because },
      })),
    ]),
  ];
}

function over(env: Env, verdict: Verdict): Block[] {
  if (verdict.over.length === 0) return [];
  return [
    ...heading('Over: was broken, and is not any more'),
    ...verdict.over.flatMap((one): Block[] => [
      {
        lead: shortText(env.clock, one.to),
        leadWidth: 10,
        text: one.summary,
        target: { kind: 'object', ref: one.object },
      },
      ...one.evidence.slice(0, 1).map((evidence) => evidenceBlock(evidence, env.clock, 11)),
    ]),
  ];
}

function advice(verdict: Verdict): Block[] {
  const found = verdict.findings.filter((finding) => finding.role === 'advice');
  if (found.length === 0) return [];
  const shown = found.slice(0, 5);
  const more = found.length - shown.length;
  return [
    ...heading('Advice'),
    ...shown.map((finding) => findingBlock(finding)),
    ...(more > 0
      ? [{ text: `and ${more} more`, target: { kind: 'view' as const, command: 'findings' } }]
      : []),
  ];
}

function notJudged(verdict: Verdict): Block[] {
  const { unknown, gaps, errors } = verdict;
  const rows: Block[] = [];
  if (gaps.length > 0) {
    rows.push({
      text: `${plural(gaps.length, 'piece', 'pieces')} of evidence did not come; u lists what was asked and why not.`,
      target: { kind: 'view', command: 'gaps' },
    });
  }
  for (const question of unknown.slice(0, 5)) {
    const object = question.object === undefined ? '' : ` of ${objectKey(question.object)}`;
    rows.push({
      lead: 'unknown',
      leadTone: 'unknown',
      leadWidth: 10,
      text: `${question.check}${object}: ${question.detail ?? question.because}`,
      target: { kind: 'gap', key: question.because },
    });
  }
  if (unknown.length > 5) {
    rows.push({
      text: `and ${unknown.length - 5} more questions`,
      target: { kind: 'view', command: 'unknown' },
    });
  }
  for (const error of errors) {
    rows.push({
      lead: 'error',
      leadTone: 'bad',
      leadWidth: 10,
      text: `${error.check} broke (a bug of ours): ${error.message}`,
    });
  }
  if (verdict.bundle.end !== 'complete') {
    rows.push({ text: `The capture itself ended early: ${endWords(verdict)}.`, tone: 'warn' });
  }
  const unjudged = unjudgedLayers(verdict);
  if (unjudged.length > 0) {
    rows.push({
      lead: 'unknown',
      leadTone: 'unknown',
      leadWidth: 10,
      text: `No check of this version judges these layers of the paths: ${unjudged.join(', ')}.`,
      target: { kind: 'view', command: 'paths' },
    });
  }
  if (rows.length === 0)
    rows.push({ text: 'Nothing was left open: all that was asked for came.', tone: 'dim' });
  return [...heading('What could not be judged'), ...rows];
}

/** Layers that are unknown because nothing looks at them yet: no gap is to blame, and no health may be read into it. */
function unjudgedLayers(verdict: Verdict): string[] {
  return REQUEST_ORDER.filter((layer) => verdict.paths.some((path) => path.because[layer] === 'no-check'));
}

function endWords(verdict: Verdict): string {
  if (verdict.bundle.end === 'deadline') return 'its time ran out';
  return verdict.bundle.end === 'interrupted'
    ? 'somebody interrupted it'
    : 'the file is cut, its manifest is missing';
}

function looked(verdict: Verdict): Block[] {
  const count = (outcome: string): number =>
    verdict.checks.filter((check) => check.outcome === outcome).length;
  if (verdict.checks.length === 0) return [];
  return [
    ...heading('What was looked at'),
    {
      text:
        `${plural(verdict.checks.length, 'check')}: ${count('fail')} failed, ${count('pass')} passed, ` +
        `${count('unknown')} could not say; ${plural(verdict.paths.length, 'path')} walked.`,
      target: { kind: 'view', command: 'checks' },
    },
  ];
}
