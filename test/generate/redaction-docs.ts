/** The table of redaction rules in docs/capture.md and docs/bundle-format.md, between two marks, from the rules themselves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { OBJECT_RULES, TEXT_RULES, UNREADABLE_RULE } from '../../src/bundle/redaction/rules.ts';
import { createRedactor } from '../../src/bundle/redaction/redactor.ts';

const MARKS = /(<!-- redaction rules -->\n)[^]*?(<!-- end of redaction rules -->)/;
const UNREADABLE =
  'an object that may be a Secret and cannot be parsed: it becomes `{"redacted": "<token>"}`';

export function redactionDocs(root: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const [path, table] of [
    ['docs/capture.md', withExamples()],
    ['docs/bundle-format.md', plain()],
  ] as const) {
    const page = readFileSync(join(root, path), 'utf8');
    if (!MARKS.test(page)) throw new Error(`${path} has no place for the redaction rules`);
    files.set(
      path,
      page.replace(MARKS, (_all, begin: string, end: string) => `${begin}\n${table}\n${end}`),
    );
  }
  return files;
}

function plain(): string {
  const rows = [...OBJECT_RULES, ...TEXT_RULES, { id: UNREADABLE_RULE, title: UNREADABLE }];
  return [
    '| rule | what it replaces |',
    '|---|---|',
    ...rows.map(({ id, title }) => `| \`${id}\` | ${title} |`),
  ]
    .join('\n')
    .concat('\n');
}

function withExamples(): string {
  const objects = OBJECT_RULES.map(({ id, title }) => `| \`${id}\` | ${title} | |`);
  const texts = TEXT_RULES.map(
    ({ id, title, example }) => `| \`${id}\` | ${title} | \`${example}\` → \`${shown(example)}\` |`,
  );
  return ['| rule | what it replaces | for example |', '|---|---|---|', ...objects, ...texts]
    .join('\n')
    .concat('\n');
}

/** What becomes of an example; tokens differ in each run, so that only their length is shown. */
function shown(example: string): string {
  const out = createRedactor().text({ evidence: 'bundle' }, Buffer.from(example)).toString('utf8');
  const token = /inquest-redacted:(\d+):[0-9a-f]{32}/g;
  return /^[A-Za-z0-9+/=]+$/.test(out)
    ? `base64 of ${Buffer.from(out, 'base64').toString('utf8').replace(token, '…:$1:…')}`
    : out.replace(token, '…:$1:…');
}
