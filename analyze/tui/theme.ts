/** What a tone looks like. Every state is also said in words or by a marker, so that nothing is lost without colour. */
import { inspect } from 'node:util';

export type Tone =
  | 'plain'
  | 'strong'
  | 'title'
  | 'label'
  | 'dim'
  | 'bad'
  | 'warn'
  | 'good'
  | 'unknown'
  | 'accent'
  | 'selected'
  | 'bar'
  | 'match';

type Paint = (text: string) => string;

export interface Theme {
  readonly color: boolean;
  readonly paint: (tone: Tone, text: string) => string;
}

const CODES: Readonly<Record<Tone, readonly string[]>> = {
  plain: [],
  strong: ['bold'],
  title: ['bold', 'cyan'],
  label: ['cyan'],
  dim: ['dim'],
  bad: ['bold', 'red'],
  warn: ['yellow'],
  good: ['green'],
  unknown: ['magenta'],
  accent: ['blue'],
  selected: ['inverse'],
  bar: ['inverse'],
  match: ['black', 'bgYellow'],
};

const plain: Theme = { color: false, paint: (_tone, text) => text };

/** The theme of a terminal that has colours, or of one that has none (or whose user wants none). */
export function createTheme(color: boolean): Theme {
  if (!color) return plain;
  const paints = new Map<string, Paint>();
  for (const [tone, names] of Object.entries(CODES)) paints.set(tone, painter(names));
  return { color, paint: (tone, text) => (text === '' ? '' : (paints.get(tone)?.(text) ?? text)) };
}

/** https://no-color.org: present and not empty means no colour; FORCE_COLOR=0 says the same. */
export function wantsColor(env: NodeJS.ProcessEnv): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false;
  return env['FORCE_COLOR'] !== '0' && env['FORCE_COLOR'] !== 'false';
}

function painter(names: readonly string[]): Paint {
  let open = '';
  let close = '';
  for (const name of names) {
    const code = inspect.colors[name];
    if (code === undefined) continue;
    open += `\u001b[${code[0]}m`;
    close = `\u001b[${code[1]}m${close}`;
  }
  return open === '' ? (text) => text : (text) => `${open}${text}${close}`;
}
