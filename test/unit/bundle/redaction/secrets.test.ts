import { describe, expect, it } from 'vitest';
import { createRedactor, parseToken } from '../../../../src/bundle/redaction/redactor.ts';

const base64 = (text: string): string => Buffer.from(text).toString('base64');
const CERTIFICATE = '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n';
const KEY = '-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----\n';
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration';

interface Loose {
  readonly data: Record<string, string>;
  readonly stringData: Record<string, string>;
  readonly metadata: { readonly annotations: Record<string, string> };
}

function redact(
  resource: string,
  object: unknown,
): { out: Loose; text: string; counts: Record<string, number> } {
  const redactor = createRedactor();
  const text = redactor.object(resource, Buffer.from(JSON.stringify(object))).toString();
  return { out: JSON.parse(text) as Loose, text, counts: { ...redactor.counts } };
}

describe('createRedactor', () => {
  it('keeps keys, lengths and equality of Secret values, never the values', () => {
    const { out, text, counts } = redact('secrets', {
      kind: 'Secret',
      data: { password: base64('hunter2'), again: base64('hunter2'), other: base64('tr0ub4dor') },
      stringData: { plain: 'hunter2' },
    });
    expect(Object.keys(out.data)).toEqual(['password', 'again', 'other']);
    expect(parseToken(out.data['password'] ?? '')?.bytes).toBe(7);
    expect(out.data['again']).toBe(out.data['password']);
    expect(out.stringData['plain']).toBe(out.data['password']);
    expect(out.data['other']).not.toBe(out.data['password']);
    expect(text).not.toMatch(/hunter2|tr0ub4dor|aHVudGVyMg/);
    expect(counts['secret-values']).toBe(4);
  });

  it('has other tokens in another capture', () => {
    const secret = { kind: 'Secret', data: { password: base64('hunter2') } };
    expect(redact('secrets', secret).text).not.toBe(redact('secrets', secret).text);
  });

  it('keeps the certificates of kubernetes.io/tls, never a private key, wherever it was pasted', () => {
    const { out, text } = redact('secrets', {
      type: 'kubernetes.io/tls',
      data: {
        'tls.crt': base64(CERTIFICATE + CERTIFICATE),
        'ca.crt': base64(CERTIFICATE),
        'tls.key': base64(KEY),
      },
    });
    expect(out.data['tls.crt']).toBe(base64(CERTIFICATE + CERTIFICATE));
    expect(out.data['ca.crt']).toBe(base64(CERTIFICATE));
    expect(text).not.toContain(base64(KEY));
    const pasted = redact('secrets', {
      type: 'kubernetes.io/tls',
      data: { 'tls.crt': base64(CERTIFICATE + KEY) },
    });
    expect(parseToken(pasted.out.data['tls.crt'] ?? '')).toBeDefined();
    const opaque = redact('secrets', { type: 'Opaque', data: { 'tls.crt': base64(CERTIFICATE) } });
    expect(parseToken(opaque.out.data['tls.crt'] ?? '')).toBeDefined();
  });

  it('removes last-applied-configuration of a Secret, also when only metadata was asked for', () => {
    const annotations = {
      [LAST_APPLIED]: JSON.stringify({ kind: 'Secret', stringData: { p: 'hunter2' } }),
      team: 'shop',
    };
    for (const kind of ['Secret', 'PartialObjectMetadata']) {
      const { out, text, counts } = redact('secrets', { kind, metadata: { name: 'db', annotations } });
      expect(text).not.toContain('hunter2');
      expect(parseToken(out.metadata.annotations[LAST_APPLIED] ?? '')).toBeDefined();
      expect(out.metadata.annotations['team']).toBe('shop');
      expect(counts['secret-last-applied']).toBe(1);
    }
  });

  it('finds Secrets inside Lists, other objects and the JSON of their annotations', () => {
    const secret = { kind: 'Secret', metadata: { name: 'db' }, data: { p: base64('hunter2') } };
    const nested = JSON.stringify({ kind: 'List', items: [secret, { note: JSON.stringify(secret) }] });
    for (const [resource, object] of [
      ['lists', { kind: 'List', items: [secret] }],
      ['secrets', { kind: 'SecretList', items: [{ data: { p: base64('hunter2') } }] }],
      ['secrets', { items: [{ data: { p: base64('hunter2') } }] }],
      ['work.example.com/manifestworks', { spec: { manifests: [{ raw: secret }] } }],
      ['configmaps', { metadata: { annotations: { [LAST_APPLIED]: nested } } }],
      ['configmaps', { data: { 'dump.json': nested } }],
    ] as const) {
      const { text, counts } = redact(resource, object);
      expect([resource, text.includes(base64('hunter2'))]).toEqual([resource, false]);
      expect(counts['secret-values']).toBeGreaterThan(0);
    }
  });

  it('drops what it cannot read where a Secret may be', () => {
    const redactor = createRedactor();
    const cut = Buffer.from(`{"kind":"Secret","data":{"p":"${base64('hunter2')}"`);
    expect(redactor.object('secrets', cut).toString()).not.toContain(base64('hunter2'));
    expect(redactor.counts['unreadable-object']).toBe(1);
    const annotated = redact('configmaps', { a: `{"kind":"Secret","data":{"p":"${base64('hunter2')}` });
    expect(annotated.text).not.toContain(base64('hunter2'));
    expect(annotated.counts['secret-in-text']).toBe(1);
    const deep = `{"kind":"Secret","x":${'['.repeat(5000)}1${']'.repeat(5000)}}`;
    expect(redactor.object('secrets', Buffer.from(deep)).length).toBeLessThan(200);
  });

  it('hands on the very same bytes where nothing is secret', () => {
    const redactor = createRedactor();
    for (const object of [
      { kind: 'Pod', metadata: { uid: 1 }, spec: { priority: 1000000000 } },
      { kind: 'Event', involvedObject: { kind: 'Secret', name: 'db' } },
    ]) {
      const raw = Buffer.from(JSON.stringify(object));
      expect(redactor.object('pods', raw)).toBe(raw);
    }
    const line = Buffer.from('2026-03-01T10:15:00Z hello\n');
    expect(redactor.text({ evidence: 'log' }, line)).toBe(line);
    expect(Object.values(redactor.counts).every((count) => count === 0)).toBe(true);
  });

  it('redacts nothing twice: a token stays as it is', () => {
    const redactor = createRedactor();
    const once = redactor.object('secrets', Buffer.from(JSON.stringify({ data: { p: base64('hunter2') } })));
    expect(redactor.object('secrets', once)).toBe(once);
  });
});
