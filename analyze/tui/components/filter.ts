/** What people type after `/`: text or an expression, `!` for not, `-l` for labels, `-f` for fuzzy (k9s's ways). */
import uFuzzy from '@leeoniya/ufuzzy';

export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent';
  readonly values: readonly string[];
}

export type Filter =
  | { readonly kind: 'none' }
  | { readonly kind: 'text'; readonly expression: RegExp; readonly invert: boolean }
  | { readonly kind: 'fuzzy'; readonly needle: string }
  | { readonly kind: 'labels'; readonly requirements: readonly Requirement[] };

/** The filter of a text; never throws: what is no regular expression is taken as it is. */
export function parseFilter(text: string): Filter {
  const trimmed = text.trim();
  if (trimmed === '' || trimmed === '!' || /^-[fl]$/.test(trimmed)) return { kind: 'none' };
  if (trimmed.startsWith('-f ')) return { kind: 'fuzzy', needle: trimmed.slice(3).trim() };
  if (trimmed.startsWith('-l ')) return { kind: 'labels', requirements: parseLabels(trimmed.slice(3)) };
  const invert = trimmed.startsWith('!');
  return { kind: 'text', expression: toExpression(invert ? trimmed.slice(1) : trimmed), invert };
}

/** A case-insensitive expression; one that does not compile is looked for literally. */
export function toExpression(text: string): RegExp {
  try {
    return new RegExp(text, 'i');
  } catch {
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), 'i');
  }
}

/** Which of the texts a filter keeps, as indices. */
export function keepTexts(filter: Filter, texts: readonly string[]): number[] {
  if (filter.kind === 'fuzzy') return filterFuzzy(filter.needle, texts);
  const kept: number[] = [];
  texts.forEach((text, index) => {
    if (filter.kind !== 'text' || filter.expression.test(text) !== filter.invert) kept.push(index);
  });
  return kept;
}

const fuzzy = new uFuzzy({ intraMode: 0, intraIns: 20, intraChars: '[a-z\\d._/ -]' });

function filterFuzzy(needle: string, texts: readonly string[]): number[] {
  return [...(fuzzy.filter([...texts], needle) ?? texts.keys())];
}

/** Whether labels meet every requirement; the rules of kubectl's `-l` (a missing key satisfies != and notin). */
export function meetsLabels(
  requirements: readonly Requirement[],
  labels: ReadonlyMap<string, string>,
): boolean {
  return requirements.every(({ key, operator, values }) => {
    const value = labels.get(key);
    if (operator === 'exists') return value !== undefined;
    if (operator === 'absent') return value === undefined;
    const within = value !== undefined && values.includes(value);
    return operator === 'in' ? within : !within;
  });
}

function parseLabels(text: string): Requirement[] {
  const parts = text.match(/[^,(]+(?:\([^)]*\))?/g) ?? [];
  return parts.flatMap((part) => {
    const requirement = parseRequirement(part.trim());
    return requirement === undefined ? [] : [requirement];
  });
}

function parseRequirement(text: string): Requirement | undefined {
  if (text === '') return undefined;
  const set = /^(\S+)\s+(in|notin)\s*\(([^)]*)\)$/.exec(text);
  if (set) {
    const values = (set[3] ?? '').split(',').map((value) => value.trim());
    return { key: set[1] ?? '', operator: set[2] === 'in' ? 'in' : 'notin', values };
  }
  const equality = /^([^!=\s]+)\s*(!=|==|=)\s*(\S*)$/.exec(text);
  if (equality) {
    return {
      key: equality[1] ?? '',
      operator: equality[2] === '!=' ? 'notin' : 'in',
      values: [equality[3] ?? ''],
    };
  }
  return text.startsWith('!')
    ? { key: text.slice(1).trim(), operator: 'absent', values: [] }
    : { key: text, operator: 'exists', values: [] };
}
