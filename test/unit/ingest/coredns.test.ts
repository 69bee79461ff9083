import { describe, expect, it } from 'vitest';
import { isCoreDns, parseDnsLine } from '../../../analyze/ingest/coredns.ts';

describe('parseDnsLine', () => {
  it('reads the default format', () => {
    expect(
      parseDnsLine(
        '[INFO] 10.244.0.7:50759 - 29008 "A IN shop.svc. udp 41 false 4096" NOERROR qr,aa,rd 68 0.000190251s',
      ),
    ).toEqual({ client: '10.244.0.7', type: 'A', name: 'shop.svc.', rcode: 'NOERROR', durationUs: 190 });
  });

  it('reads IPv6 clients, the combined format, and what was never answered', () => {
    expect(
      parseDnsLine('[INFO] [fd00::7]:5 - 1 "AAAA IN a. tcp 1 true 512" SERVFAIL qr,rd 1 2.5s "0"'),
    ).toEqual({ client: 'fd00::7', type: 'AAAA', name: 'a.', rcode: 'SERVFAIL', durationUs: 2_500_000 });
    expect(parseDnsLine('[INFO] 10.0.0.1:5 - 1 "A IN a. udp 1 false 512" - - 0 5.001s')).toMatchObject({
      rcode: '-',
      durationUs: 5_001_000,
    });
  });

  it('keeps a name with escaped quotes and spaces whole', () => {
    expect(
      parseDnsLine(String.raw`[INFO] 10.0.0.1:5 - 1 "A IN a\"\ b. udp 1 false 512" NXDOMAIN qr 1 0.1s`)?.name,
    ).toBe(String.raw`a\"\ b.`);
  });

  it.each([
    '',
    '[INFO] ',
    '[INFO] Reloading',
    '[INFO] plugin/reload: Running configuration SHA512 = 1',
    '[ERROR] plugin/errors: 2 a. A: read udp 10.0.0.1:5->1.1.1.1:53: i/o timeout',
    '[INFO] 10.0.0.1:5 - 1 "A IN" NOERROR',
    '[INFO] 10.0.0.1:5 - 1 "A',
    '[INFO]  - " " ',
  ])('leaves "%s" alone', (line) => {
    expect(parseDnsLine(line)).toBeUndefined();
  });
});

describe('isCoreDns', () => {
  it.each([
    ['kube-system', 'coredns', true],
    ['kube-system', 'rke2-coredns', true],
    ['kube-system', 'node-cache', true],
    ['openshift-dns', 'dns', true],
    ['shop', 'dns', false],
    ['shop', 'coredns-exporter', false],
  ])('%s/%s: %s', (namespace, container, is) => {
    expect(isCoreDns({ namespace, container })).toBe(is);
  });
});
