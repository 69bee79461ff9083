import { describe, expect, it } from 'vitest';
import { focusNamespaces, parseFocus } from '../../../capture/focus.ts';

describe('what a user asks about', () => {
  it.each([
    ['svc/payment', { kind: 'service', namespace: 'shop', name: 'payment' }],
    ['service/db/primary', { kind: 'service', namespace: 'db', name: 'primary' }],
    ['pod/web-1', { kind: 'pod', namespace: 'shop', name: 'web-1' }],
    ['ns/shop', { kind: 'namespace', name: 'shop' }],
    ['www.example.com', { kind: 'host', name: 'www.example.com' }],
    ['*.example.com', { kind: 'host', name: '*.example.com' }],
  ])('%s', (text, focus) => expect(parseFocus(text, 'shop')).toEqual(focus));

  it.each(['payment', 'deploy/web', 'svc/', 'svc/a/b/c', 'ns/a/b', 'svc/UP_per', '', '/', 'a..b/'])(
    '%j is refused with what may be written',
    (text) => {
      expect(() => parseFocus(text, 'shop')).toThrow(
        expect.objectContaining({ code: 'bad-focus', hint: expect.stringContaining('svc/NAME') }),
      );
    },
  );

  it('lies in namespaces', () => {
    const focus = [parseFocus('svc/payment', 'shop'), parseFocus('ns/db', 'shop'), parseFocus('a.b', 'shop')];
    expect([...focusNamespaces(focus)]).toEqual(['shop', 'db']);
  });
});
