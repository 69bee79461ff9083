/** The catalogue of checks, for people and as data. */
import { UserError } from '../../src/core/errors.ts';
import { nearestName } from '../../src/k8s/near-miss.ts';
import type { Check } from '../checks/check.ts';
import { checks } from '../checks/registry.ts';

/** Every check in a line: id, role and what it finds. */
export function catalogue(): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  return checks.map(({ id, role, title }) => `${id.padEnd(width)}  ${role.padEnd(7)}  ${title}`).join('\n');
}

/** One check explained. Throws UserError `check-unknown`, with the nearest name. */
export function explanation(id: string): string {
  const check = checkNamed(id);
  return [
    `${check.id}: ${check.title}`,
    '',
    `Layer ${check.layer}; what it finds is ${role(check)}.`,
    '',
    ...wrap(check.explain.rule),
    '',
    'Not to be confused with:',
    ...check.explain.notConfusedWith.flatMap((one) => wrap(`- ${one}`)),
    '',
    `Needs: ${check.needs.join(', ')}. Without one of them the answer is unknown.`,
    ...(check.explains.length === 0
      ? []
      : [
          `Explains: ${check.explains.map((one) => (typeof one === 'string' ? one : one.check)).join(', ')}.`,
        ]),
    '',
    ...check.explain.sources.map((source) => `See ${source}`),
  ].join('\n');
}

export function checkNamed(id: string): Check {
  const check = checks.find((one) => one.id === id);
  if (check !== undefined) return check;
  const near = nearestName(
    id,
    checks.flatMap((one) => [one.id, one.id.split('/')[1] ?? '']),
  );
  const meant = checks
    .map((one) => one.id)
    .filter((one) => one === near || (near !== undefined && one.endsWith(`/${near}`)) || one.includes(id));
  throw new UserError('check-unknown', `There is no check "${id}".`, {
    hint:
      id === '' || meant.length === 0
        ? 'inquest checks lists them.'
        : `did you mean ${meant.slice(0, 5).join(', ')}? inquest checks lists all.`,
  });
}

/** A check as data: all but its code. */
export function dataOf({ id, layer, title, role: kind, needs, explain, explains }: Check): unknown {
  return { id, layer, title, role: kind, needs, explain, explains };
}

/** The catalogue as data (`inquest checks --json`). */
export function catalogueData(): unknown[] {
  return checks.map(dataOf);
}

function role({ role: kind }: Check): string {
  return kind === 'advice' ? 'advice' : `a ${kind}`;
}

function wrap(text: string): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(/\s+/)) {
    if (line.length + word.length + 1 > 78 && line !== '') {
      lines.push(line);
      line = text.startsWith('- ') ? '  ' : '';
    }
    line = line.trim() === '' ? `${line}${word}` : `${line} ${word}`;
  }
  return [...lines, line];
}
