import type { Key } from 'ink';
import { describe, expect, it } from 'vitest';
import {
  activeBindings,
  bindingOf,
  KEYMAP,
  reachableKeys,
  type KeyContext,
} from '../../../analyze/tui/keymap.ts';
import { keysOf, typed } from '../../../analyze/tui/keys.ts';

const NONE: Key = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  ctrl: false,
  shift: false,
  tab: false,
  backspace: false,
  delete: false,
  meta: false,
  super: false,
  hyper: false,
  capsLock: false,
  numLock: false,
};

describe('the keymap', () => {
  it('binds no key twice in one context', () => {
    const seen = new Set<string>();
    for (const entry of KEYMAP) {
      for (const key of entry.keys) {
        const place = `${entry.context} ${key}`;
        expect([...seen]).not.toContain(place);
        seen.add(place);
      }
    }
  });

  it('has the keys that people already have in their fingers', () => {
    const table: KeyContext[] = ['table', 'object', 'move'];
    const expected: ReadonlyArray<readonly [string, string, KeyContext[]]> = [
      [':', 'command', table],
      ['/', 'filter', table],
      ['?', 'help', table],
      ['esc', 'back', table],
      ['enter', 'open', table],
      ['d', 'describe', table],
      ['y', 'yaml', table],
      ['l', 'logs', table],
      ['e', 'events', table],
      ['J', 'owner', table],
      ['N', 'sort', table],
      ['0', 'namespace', table],
      ['t', 'timeline', table],
      [';', 'sql', table],
      ['q', 'quit', table],
      ['ctrl+c', 'quit', table],
      ['n', 'search-next', ['logs', 'search', 'object', 'move']],
      ['e', 'error-next', ['logs', 'search', 'object', 'move']],
      ['W', 'warning-previous', ['timeline', 'search', 'object', 'move']],
      ['z', 'zoom-in', ['timeline', 'search', 'object', 'move']],
      ['i', 'histogram', ['timeline', 'search', 'object', 'move']],
      ['m', 'bookmark', ['timeline', 'search', 'object', 'move']],
      ['[', 'earlier', ['replay', 'object', 'move']],
      ['right', 'later', ['replay', 'object', 'move']],
    ];
    for (const [key, action, contexts] of expected)
      expect([key, bindingOf(key, contexts)?.action]).toEqual([key, action]);
  });

  it('lists for a screen every key that works there and none that does not', () => {
    const contexts: KeyContext[] = ['logs', 'search', 'object', 'move'];
    for (const entry of activeBindings(contexts)) {
      for (const key of reachableKeys(entry, contexts)) expect(bindingOf(key, contexts)).toBe(entry);
    }
    // In logs e means the next error: the Events of an object are not offered.
    expect(activeBindings(contexts).some((entry) => entry.action === 'events')).toBe(false);
  });
});

describe('keys', () => {
  it('come one at a time, however the terminal sent them', () => {
    expect(keysOf('k/', NONE)).toEqual(['k', '/']);
    expect(keysOf(':pods\r', NONE)).toEqual([':', 'p', 'o', 'd', 's', 'enter']);
    expect(keysOf('a b\t', NONE)).toEqual(['a', 'space', 'b', 'tab']);
    expect(keysOf('日J', NONE)).toEqual(['日', 'J']);
  });

  it('have names', () => {
    expect(keysOf('', { ...NONE, upArrow: true })).toEqual(['up']);
    expect(keysOf('', { ...NONE, tab: true, shift: true })).toEqual(['shift+tab']);
    expect(keysOf('t', { ...NONE, ctrl: true })).toEqual(['ctrl+t']);
    expect(keysOf('', { ...NONE, escape: true, meta: true })).toEqual(['esc']);
    // Escape and a letter in one chunk, as slow lines send them.
    expect(keysOf('j', { ...NONE, meta: true })).toEqual(['esc', 'j']);
  });

  it('that Ink knows no name for do nothing', () => {
    expect(keysOf('', NONE)).toEqual([]);
    expect(typed('space')).toBe(' ');
    expect(typed('enter')).toBeUndefined();
  });
});
