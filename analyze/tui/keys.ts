/** From what a terminal sends to key names (`j`, `J`, `enter`, `ctrl+d`), one at a time. */
import type { Key } from 'ink';

const NAMED: ReadonlyArray<readonly [keyof Key, string]> = [
  ['upArrow', 'up'],
  ['downArrow', 'down'],
  ['leftArrow', 'left'],
  ['rightArrow', 'right'],
  ['pageUp', 'pgup'],
  ['pageDown', 'pgdn'],
  ['home', 'home'],
  ['end', 'end'],
  ['return', 'enter'],
  ['escape', 'esc'],
  ['tab', 'tab'],
  ['backspace', 'backspace'],
  ['delete', 'delete'],
];

/**
 * The keys of one input event. Terminals send several typed fast, or pasted, as one chunk; each character is a key of
 * its own. Function keys, which Ink hands over as an empty string, give none.
 */
export function keysOf(input: string, key: Key): string[] {
  if (key.eventType === 'release') return [];
  for (const [flag, name] of NAMED) {
    // Escape and another key in one chunk arrive as "meta": nothing here is bound to meta, so they are two keys.
    if (key[flag] === true)
      return key.meta && name !== 'esc' ? ['esc', shifted(name, key)] : [shifted(name, key)];
  }
  if (key.ctrl) return input === '' ? [] : [`ctrl+${input.toLowerCase()}`];
  const keys = characters(input);
  return key.meta && keys.length > 0 ? ['esc', ...keys] : keys;
}

function shifted(name: string, key: Key): string {
  return key.shift && name === 'tab' ? 'shift+tab' : name;
}

function characters(input: string): string[] {
  const keys: string[] = [];
  for (const char of input) {
    const code = char.codePointAt(0) ?? 0;
    if (char === '\r' || char === '\n') keys.push('enter');
    else if (char === '\t') keys.push('tab');
    else if (char === ' ') keys.push('space');
    else if (code === 27) keys.push('esc');
    else if (code === 127 || code === 8) keys.push('backspace');
    else if (code < 32) keys.push(`ctrl+${String.fromCodePoint(code + 96)}`);
    else keys.push(char);
  }
  return keys;
}

/** The character a key types into a prompt; undefined for keys that type nothing. */
export function typed(key: string): string | undefined {
  if (key === 'space') return ' ';
  return Array.from(key).length === 1 ? key : undefined;
}

/** How a key is shown to people: `<enter>`, `<shift-j>`. */
export function keyLabel(key: string): string {
  if (/^[A-Z]$/.test(key)) return `shift-${key.toLowerCase()}`;
  return key.replace('ctrl+', 'ctrl-').replace('shift+', 'shift-');
}
