/**
 * The Prometheus text format (version 0.0.4): `name{label="value",…} value [timestamp]`, comments and blank lines
 * between. In label values `\\`, `\"` and `\n` are escapes.
 */

export interface Sample {
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** May be infinite or NaN. */
  readonly value: number;
}

const NAME = /[a-zA-Z_:][a-zA-Z0-9_:]*/y;
const LABEL = /\s*([a-zA-Z_][a-zA-Z0-9_]*)\s*=\s*"((?:[^"\\]|\\.)*)"\s*(,|(?=\}))/y;
const VALUE = /\s+(\S+)(?:\s+-?\d+)?\s*$/y;

/** One line's sample: `null` for a comment or blank line, undefined for what is neither. Never throws. */
export function parseSample(line: string): Sample | null | undefined {
  const first = line.trimStart();
  if (first === '' || first.startsWith('#')) return null;
  NAME.lastIndex = line.length - first.length;
  const name = NAME.exec(line)?.[0];
  if (name === undefined) return undefined;
  let at = NAME.lastIndex;
  const labels: Record<string, string> = Object.create(null);
  if (line[at] === '{') {
    at += 1;
    for (LABEL.lastIndex = at; ; at = LABEL.lastIndex) {
      const match = LABEL.exec(line);
      if (!match) break;
      labels[match[1] ?? ''] = unescapeLabel(match[2] ?? '');
    }
    while (line[at] === ' ') at += 1;
    if (line[at] !== '}') return undefined;
    // A value may follow the brace without a space.
    line = `${line.slice(0, at)} ${line.slice(at + 1)}`;
  }
  VALUE.lastIndex = at;
  const written = VALUE.exec(line)?.[1];
  const value = written === undefined ? undefined : numberOf(written);
  return value === undefined ? undefined : { name, labels: { ...labels }, value };
}

function unescapeLabel(text: string): string {
  return text.includes('\\')
    ? text.replace(/\\(.)/g, (_, char: string) => (char === 'n' ? '\n' : char))
    : text;
}

function numberOf(text: string): number | undefined {
  const special = /^([+-]?)(Inf|NaN)$/i.exec(text);
  if (special) {
    if (special[2]?.toLowerCase() === 'nan') return Number.NaN;
    return special[1] === '-' ? -Infinity : Infinity;
  }
  const value = Number(text);
  return Number.isNaN(value) ? undefined : value;
}
