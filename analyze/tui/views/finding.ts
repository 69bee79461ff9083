/** One finding, whole: evidence, since when, what explains it, what it explains, how to confirm and mend it. */
import { objectKey } from '../../../src/core/ids.ts';
import { parseTime } from '../../../src/core/time.ts';
import type { Finding } from '../../model/finding.ts';
import { heading, type Block } from '../components/document.ts';
import { severityTone } from '../data/kind-tables.ts';
import { findingByKey } from '../data/objects.ts';
import type { Env, Screen } from '../screen.ts';
import { pageScreen } from './page.ts';
import { commands, consequences } from './verdict.ts';
import { evidenceBlock, findingBlock, layersText, pathName, sinceText } from './words.ts';

/** The page of a finding. */
export function findingScreen(finding: Finding): Screen {
  const at = parseTime(finding.since.from ?? finding.since.to);
  return pageScreen({
    crumb: finding.check,
    blocks: (env) => blocks(env, finding),
    subject: {
      ref: finding.object,
      finding: finding.key,
      text: finding.summary,
      ...(at === undefined ? {} : { at }),
    },
  });
}

function blocks(env: Env, finding: Finding): Block[] {
  const at = parseTime(finding.since.from ?? finding.since.to);
  const { verdict } = env;
  const known = (keys: readonly string[]): Finding[] =>
    keys.flatMap((key) => findingByKey(verdict, key) ?? []);
  const section = (title: string, rows: readonly Block[]): Block[] =>
    rows.length === 0 ? [] : [...heading(title), ...rows];
  const paths = verdict.paths.filter((path) => path.findings.includes(finding.key));
  return [
    {
      text: `${finding.role.toUpperCase()}  ${finding.layer} · ${finding.severity} · ${finding.confidence}`,
      tone: severityTone(finding.severity),
    },
    { text: finding.summary, tone: 'strong' },
    {
      lead: 'object',
      leadWidth: 8,
      text: objectKey(finding.object),
      target: { kind: 'object', ref: finding.object },
    },
    {
      lead: 'since',
      leadWidth: 8,
      text: sinceText(finding.since, env.clock),
      ...(at === undefined ? {} : { target: { kind: 'moment', at, ref: finding.object } }),
    },
    { text: '' },
    { text: finding.detail },
    ...section(
      'Evidence',
      finding.evidence.map((evidence) => evidenceBlock(evidence, env.clock)),
    ),
    ...section(
      'Explained by',
      known(finding.causes).map((cause) => findingBlock(cause)),
    ),
    ...section(
      'What it took down',
      consequences(finding.key, verdict).map(({ finding: found, depth }) => findingBlock(found, depth * 2)),
    ),
    ...section(
      'Paths',
      paths.map((path) => ({
        text: `${pathName(path)}: ${layersText(path)}`,
        target: { kind: 'path', key: path.key },
      })),
    ),
    ...section('Mend', [
      { text: finding.remedy.summary },
      ...commands('confirm', finding.remedy.confirm),
      ...commands('mend', finding.remedy.mend),
    ]),
    ...section(
      'Once this is mended, the next thing that stops it',
      known(finding.masks).map((next) => findingBlock(next)),
    ),
    ...section(
      'Others it is about',
      finding.involves.map((ref) => ({ text: objectKey(ref), target: { kind: 'object', ref } })),
    ),
  ];
}
