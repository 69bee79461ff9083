/** The first lines of a report: what an engineer wants to read, and paste, before anything else. At most ten. */
import { oneLine, plural } from '../../src/core/text.ts';
import { formatDuration } from '../../src/core/time.ts';
import type { Finding } from '../model/finding.ts';
import { LAYERS } from '../model/layer.ts';
import type { Verdict } from '../model/verdict.ts';
import { evidenceText, lookup, objectText, sinceText } from './lookup.ts';

/** At most ten lines, none of them wrapped. */
export function headline(verdict: Verdict): string[] {
  const [first] = verdict.roots;
  const root = first === undefined ? undefined : lookup(verdict).finding(first);
  return root === undefined ? withoutRoot(verdict) : ofRoot(verdict, root);
}

function ofRoot(verdict: Verdict, root: Finding): string[] {
  const others = [
    ...(verdict.roots.length > 1 ? [plural(verdict.roots.length - 1, 'more root cause')] : []),
    ...(verdict.unexplained.length > 0 ? [plural(verdict.unexplained.length, 'unexplained symptom')] : []),
  ];
  const [suspect] = verdict.suspects[root.key] ?? [];
  return [
    line('Root cause', `${oneLine(root.summary)} [${root.check}, ${root.confidence}]`),
    line('Evidence', root.evidence.slice(0, 2).map(evidenceText).join(' | ')),
    line('Since', sinceText(root.since)),
    line(
      'Changed',
      suspect === undefined
        ? root.since.from === undefined && root.since.to === undefined
          ? 'not known, as it is not known when it began'
          : 'nothing that the bundle tells of changed before it began'
        : `${suspect.at} ${oneLine(suspect.summary)} (${suspect.beforeMs < 1000 ? 'at that moment' : `${formatDuration(suspect.beforeMs * 1000)} before`}; a suspect, no proof)`,
    ),
    line('Took down', tookDown(verdict, root)),
    line('Confirm', root.remedy.confirm.map(oneLine)[0] ?? '(no command)'),
    line('Mend', root.remedy.mend.map(oneLine)[0] ?? oneLine(root.remedy.summary)),
    ...then(verdict, root),
    ...(others.length > 0 ? [line('Also', `${others.join(' and ')}, below`)] : []),
    line('Not judged', notJudged(verdict)),
  ];
}

/** What the root masks: of a path with two faults, mending one is not enough. */
function then(verdict: Verdict, root: Finding): string[] {
  const [next] = root.masks.flatMap((key) => lookup(verdict).finding(key) ?? []);
  if (next === undefined) return [];
  return [line('Then', `when this is mended, the next thing that stops you is: ${oneLine(next.summary)}`)];
}

function withoutRoot(verdict: Verdict): string[] {
  const { unexplained } = verdict;
  const look = lookup(verdict);
  const symptoms = unexplained.flatMap((key) => look.finding(key) ?? []);
  if (symptoms.length > 0) {
    return [
      line('Root cause', 'not found: what is wrong is not explained by anything this version judges'),
      ...symptoms
        .slice(0, 6)
        .map((one) => line('Unexplained', `${oneLine(one.summary)}; since ${sinceText(one.since)}`)),
      ...(symptoms.length > 6 ? [line('', `and ${symptoms.length - 6} more, below`)] : []),
      line('Not judged', notJudged(verdict)),
    ];
  }
  const judged = verdict.checks.filter((check) => check.outcome === 'pass').map((check) => check.id);
  return [
    line('Root cause', 'none found: no check that could be answered failed'),
    ...verdict.over.slice(0, 3).map((one) => line('Over', oneLine(one.summary))),
    line('Judged', judged.length === 0 ? 'nothing' : judged.join(', ')),
    line('Not judged', notJudged(verdict)),
  ];
}

function tookDown(verdict: Verdict, root: Finding): string {
  const following = lookup(verdict).following(root.key);
  const broken = verdict.paths.filter(
    (path) => path.findings.includes(root.key) && Object.values(path.layers).includes('fail'),
  );
  const parts = [
    ...following.slice(0, 4).map((one) => `${objectText(one.object)} (${one.check})`),
    ...(following.length > 4 ? [`${following.length - 4} more`] : []),
    ...broken.slice(0, 3).map((path) => oneLine(path.key)),
    ...(broken.length > 3 ? [`${broken.length - 3} more paths`] : []),
  ];
  return parts.length === 0 ? 'nothing else that the bundle shows' : parts.join(', ');
}

/** Questions that stay open, and layers that no check of this version judges. */
export function notJudged(verdict: Verdict): string {
  const because = [...new Set(verdict.unknown.map((one) => one.because))];
  const blind = layersWithoutCheck(verdict);
  const parts = [
    ...(verdict.unknown.length === 0
      ? []
      : [
          `${plural(verdict.unknown.length, 'question')} for want of evidence (${because.slice(0, 3).map(oneLine).join(', ')}${because.length > 3 ? ', …' : ''})`,
        ]),
    ...(blind.length === 0 ? [] : [`layers without a check yet: ${blind.join(', ')}`]),
    ...(verdict.bundle.end === 'complete'
      ? []
      : [`the capture did not end as planned (${verdict.bundle.end})`]),
    ...(verdict.errors.length === 0 ? [] : [`${plural(verdict.errors.length, 'check')} failed (a bug)`]),
  ];
  return parts.length === 0 ? 'nothing: every check could be answered' : parts.join('; ');
}

/** As the paths say; without any path, of all layers there are. */
function layersWithoutCheck({ paths, checks }: Verdict): string[] {
  if (paths.length === 0) {
    return LAYERS.filter((layer) => !checks.some(({ id }) => id.startsWith(`${layer}/`)));
  }
  return [
    ...new Set(
      paths.flatMap((path) =>
        Object.entries(path.because).flatMap(([layer, why]) => (why === 'no-check' ? [layer] : [])),
      ),
    ),
  ];
}

function line(label: string, text: string): string {
  return `${`${label}${label === '' ? '' : ':'}`.padEnd(12)} ${text}`;
}
