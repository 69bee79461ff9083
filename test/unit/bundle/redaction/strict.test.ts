import ipaddr from 'ipaddr.js';
import { describe, expect, it } from 'vitest';
import { createRedactor } from '../../../../src/bundle/redaction/redactor.ts';
import { VOCABULARY } from '../../../../src/bundle/redaction/vocabulary.ts';

const KEY = Buffer.alloc(32, 7);

function strict(): (text: string) => string {
  const redactor = createRedactor({ mode: 'strict', key: KEY });
  return (text) => redactor.text({ evidence: 'log' }, Buffer.from(text)).toString();
}

describe('names under --redact strict', () => {
  it('are the same word everywhere: host, env value, label, path, message, capitals', () => {
    const redactor = createRedactor({ mode: 'strict', key: KEY });
    const on = (text: string): string => redactor.text({ evidence: 'log' }, Buffer.from(text)).toString();
    const name = on('payment');
    expect(name).toMatch(/^[a-z]{7}$/);
    expect(on('http://payment-api.default.svc.cluster.local:8080/health')).toBe(
      `http://${name}-api.default.svc.cluster.local:8080/health`,
    );
    expect(on('PAYMENT_API_HOST')).toBe(`${name.toUpperCase()}_API_HOST`);
    expect(on('PaymentService')).toBe(`${name[0]?.toUpperCase()}${name.slice(1)}Service`);
    expect(redactor.path('logs/default/payment-78f7d9ff7b-2xqzk/app.log')).toContain(
      `logs/default/${name}-78f7d9ff7b-`,
    );
    expect(on(String.raw`{"a":"one\npayment\u003cpayment\\npayment"}`)).toBe(
      String.raw`{"a":"one\n${name}\u003c${name}\\n${name}"}`,
    );
  });

  it.each([
    ['paymnet', 'payment', 'two letters swapped'],
    ['paymen', 'payment', 'one missing'],
    ['payments', 'payment', 'one more'],
    ['peyment', 'payment', 'another letter'],
  ])('%s stays as near to %s as it was (%s)', (slip, word) => {
    const on = strict();
    const [known, near] = [on(word), on(slip)];
    expect(near).not.toBe(known);
    expect([near.length - known.length, distance(known, near)]).toEqual([
      slip.length - word.length,
      distance(word, slip),
    ]);
  });

  it('keep versions, ordinals and hashes apart as they were', () => {
    const on = strict();
    const stem = on('ledger');
    expect(on('ledger-v1 ledger-v2 ledger-0 ledger-1')).toBe(`${stem}-v1 ${stem}-v2 ${stem}-0 ${stem}-1`);
  });

  it('of other scripts go too', () => {
    expect(strict()('Zürich-Überweisung платёж 支付')).not.toMatch(/rich|berweisung|плат|支付|ü/i);
  });

  it('leave what is nobody’s: kinds, fields, reasons, the words that checks look for, times, ids, digests', () => {
    const kept =
      '2026-11-26T11:33:04.728Z Readiness probe failed: dial tcp: connect: connection refused CrashLoopBackOff OOMKilled ' +
      'f81d4fae-7dec-11d0-a765-00a0c91e6bf6 sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08';
    expect(strict()(kept)).toBe(kept);
  });

  it('take certificates out, which name hosts', () => {
    const pem =
      '-----BEGIN CERTIFICATE-----\nMIIBszCCAVmgAwIBAgIUYWNtZS5leGFtcGxl\n-----END CERTIFICATE-----\n';
    expect(strict()(pem)).toMatch(/^inquest-redacted:\d+:[0-9a-f]{32}\n$/);
    expect(strict()(`{"caBundle":"${Buffer.from(pem).toString('base64')}"}`)).toMatch(
      /^\{"caBundle":"inquest-redacted:\d+:[0-9a-f]{32}"\}$/,
    );
  });

  it('are others under another key', () => {
    const other = createRedactor({ mode: 'strict' });
    expect(other.text({ evidence: 'log' }, Buffer.from('payment ledger')).toString()).not.toBe(
      strict()('payment ledger'),
    );
  });

  it('are counted, and secrets are still taken out first', () => {
    const redactor = createRedactor({ mode: 'strict', key: KEY });
    const out = redactor
      .text({ evidence: 'log' }, Buffer.from('ledger at 10.1.2.3 password=hunter2'))
      .toString();
    expect(out).toContain('inquest-redacted:7:');
    expect(redactor.counts).toMatchObject({
      'pseudonym-words': 1,
      'pseudonym-addresses': 1,
      'keyed-values': 1,
    });
  });

  it('keep no word of a person or business in the vocabulary that examples would bring in', () => {
    for (const word of [
      'payment',
      'shop',
      'checkout',
      'jane',
      'acmecorp',
      'ledger',
      'invoice',
      'customer',
      'billing',
    ])
      expect([word, VOCABULARY.has(word)]).toEqual([word, false]);
    for (const word of [
      'kube',
      'coredns',
      'backoff',
      'readiness',
      'failedscheduling'.slice(0, 6),
      'namespace',
    ])
      expect([word, VOCABULARY.has(word)]).toEqual([word, true]);
  });
});

describe('addresses under --redact strict', () => {
  it('hold what they held', () => {
    const on = strict();
    const block = on('10.244.0.0/16');
    const [first = '', second = ''] = block.split('.');
    expect(block).toBe(`10.${second}.0.0/16`);
    expect(first).toBe('10');
    expect(on('10.244.3.9:8080')).toMatch(new RegExp(String.raw`^10\.${second}\.\d+\.\d+:8080$`));
  });

  it('are found in names of hosts', () => {
    const on = strict();
    expect(on('ip-10-0-1-23.ec2.internal')).toBe(
      `ip-${on('10.0.1.23').replaceAll('.', '-')}.${on('ec2.internal')}`,
    );
  });

  it.each([
    '127.0.0.1',
    '::1',
    '0.0.0.0',
    '169.254.20.10',
    '255.255.255.0',
    'fe80::1',
    '224.0.0.251',
    '1.2.3',
    '11:33:04',
  ])('%s stays', (text) => {
    expect(strict()(text)).toBe(text);
  });

  it('are the same inside an address of IPv6, reversed in DNS, with the port of tcpdump, in an address of a card', () => {
    const on = strict();
    const own = on('10.244.1.7');
    const [a, b, c, d] = own.split('.');
    expect(own).not.toBe('10.244.1.7');
    expect(on('"::ffff:10.244.1.7" [::ffff:10.244.1.7]:80')).toBe(`"::ffff:${own}" [::ffff:${own}]:80`);
    expect(ipaddr.process(on('"::ffff:af4:107"').replaceAll('"', '')).toString()).toBe(own);
    expect(on('7.1.244.10.in-addr.arpa.')).toBe(`${d}.${c}.${b}.${a}.in-addr.arpa.`);
    expect(on('lb._dns-sd._udp.1.244.10.in-addr.arpa')).toMatch(
      new RegExp(String.raw`\.${c}\.${b}\.${a}\.in-addr\.arpa$`),
    );
    expect(on('IP 10.244.1.7.40123 > 10.244.1.7.53')).toBe(`IP ${own}.40123 > ${own}.53`);
    const hex = own.split('.').map((part) => Number(part).toString(16).padStart(2, '0'));
    expect(on('0a:58:0a:f4:01:07')).toBe(`0a:58:${hex.join(':')}`);
    expect(on('\x1b[32m10.244.1.7\x1b[0m')).toBe(`\x1b[32m${own}\x1b[0m`);
  });

  it('of IPv6 are the same reversed, with dashes, with a port', () => {
    const on = strict();
    const own = on('2001:db8:7a:8::c0de');
    expect(own).toMatch(/^[23][0-9a-f]{3}:/);
    const nibbles = Array.from('20010db8007a0008000000000000c0de').reverse().join('.');
    const mapped = on(`${nibbles}.ip6.arpa`).split('.').slice(0, 32).reverse().join('');
    expect(on(`[${mapped.replace(/.{4}(?=.)/g, '$&:')}]:80`)).not.toContain('c0de');
    expect(ipaddr.parse(mapped.replace(/.{4}(?=.)/g, '$&:')).toString()).toBe(ipaddr.parse(own).toString());
    expect(on('2001-db8-7a-8--c0de.default.pod.cluster.local')).toBe(
      `${own.replaceAll(':', '-')}.default.pod.cluster.local`,
    );
    expect(on('2001:db8:7a:8:0:0:0:c0de:8080 LISTEN')).toBe(`${own}:8080 ${on('LISTEN')}`);
  });

  it.each(['02:42:ac:11:00:02', 'de:ad:be:ef:10:07'])('of a card become others: %s', (card) => {
    const on = strict();
    expect(on(card)).toMatch(/^(?!de:ad|02:42:ac:11)(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    expect(on(`"${card}",`)).toBe(`"${on(card)}",`);
  });

  it('hide cloud account numbers', () => {
    const on = strict();
    expect(on('arn:aws:iam::123456789012:role/x')).not.toContain('123456789012');
    expect(on('123456789012.dkr.ecr.eu-west-1.amazonaws.com/x')).not.toContain('123456789012');
  });
});

function distance(a: string, b: string): number {
  if (a.length !== b.length) return Math.abs(a.length - b.length);
  return Array.from(a).filter((char, at) => char !== b[at]).length;
}
