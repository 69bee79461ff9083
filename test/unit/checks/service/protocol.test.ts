import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/protocol.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { ingress, pod, service, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const DNS = { app: 'dns' };
const of = (protocol: string): KubeObject =>
  service('dns', DNS, { spec: { ports: [{ port: 53, targetPort: 8053, protocol }] } });
const server = (...protocols: string[]): KubeObject =>
  pod('dns-a', {
    labels: DNS,
    app: { ports: protocols.map((protocol) => ({ containerPort: 8053, protocol })) },
  });
const asking = workload('cart', {
  pods: { app: 'cart' },
  containers: [{ name: 'app', env: [{ name: 'DNS', value: 'dns:53' }] }],
});
const sockets = (...protocols: string[]): object => ({
  probes: {
    sockets: [
      {
        probe: 'sockets',
        at: '2026-05-01T14:30:05Z',
        from: 'pod/shop/dns-a',
        to: 'pod/shop/dns-a',
        outcome: 'ok',
        ms: 3,
        detail: {
          container: 'app',
          listening: protocols.map((protocol) => ({ protocol, family: 4, address: '0.0.0.0', port: 8053 })),
        },
      },
    ],
  },
});

describe('fires', () => {
  it.each([
    ['TCP', 'udp', 'listen for UDP'],
    ['UDP', 'tcp', 'listen for TCP'],
  ])('on a %s port that is open for %s alone', (declared, open, said) => {
    const finding = theFinding(check, [of(declared), server(), asking], sockets(open));
    expect(finding).toMatchObject({
      key: 'service/protocol:Service/shop/dns',
      severity: 'critical',
      role: 'cause',
    });
    expect(finding.summary).toContain(said);
    expect(pointers(finding)).toContain(`Service/dns spec.ports[0].protocol = "${declared}"`);
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[], object]>([
    ['a port that serves both', [of('TCP'), server('UDP')], sockets('tcp', 'udp')],
    ['one that is open though declared otherwise', [of('TCP'), server('UDP')], sockets('tcp')],
    ['agreeing declarations', [of('UDP'), server('UDP')], {}],
    ['both declared', [of('UDP'), server('UDP', 'TCP')], {}],
  ])('on %s', (_, objects, more) => {
    expect(findings(check, objects, more)).toEqual([]);
  });

  it('but for a hint where only the declarations disagree', () => {
    expect(theFinding(check, [of('TCP'), server('UDP')])).toMatchObject({
      role: 'advice',
      confidence: 'possible',
    });
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [of('TCP')], lists: { pods: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});

describe('where nothing is declared and no socket table was read', () => {
  const forwarded = (outcome: 'ok' | 'refused'): object => ({
    probes: {
      'port-forward': [
        {
          at: '2026-05-01T14:30:05Z',
          from: 'apiserver',
          to: 'pod/shop/dns-a:8053',
          outcome,
          detail: { port: 8053 },
        },
      ],
    },
  });

  it.each<[string, string, object]>([
    ['UDP', 'UDP', {}],
    ['TCP that nobody tried', 'TCP', {}],
    ['TCP that is refused, for it may be UDP', 'TCP', forwarded('refused')],
  ])('%s is unknown', (_, protocol, more) => {
    const verdict = verdictOf(check, { objects: [of(protocol), server()], ...more });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]).toMatchObject({
      because: 'not-captured:probe:sockets',
      object: { name: 'dns' },
    });
  });

  it('TCP that the kubelet asks, of a ready pod, is well', () => {
    const probed = pod('dns-a', { labels: DNS, app: { readinessProbe: { tcpSocket: { port: 8053 } } } });
    const verdict = verdictOf(check, { objects: [of('TCP'), probed] });
    expect([verdict.findings, verdict.unknown]).toEqual([[], []]);
  });

  it('TCP that answers is well', () => {
    const verdict = verdictOf(check, { objects: [of('TCP'), server()], ...forwarded('ok') });
    expect([verdict.findings, verdict.unknown]).toEqual([[], []]);
  });
});

describe('appProtocol', () => {
  const WEB = { app: 'web' };
  const saying = (appProtocol: string): KubeObject =>
    service('web', WEB, { spec: { ports: [{ port: 80, targetPort: 8080, protocol: 'TCP', appProtocol }] } });
  const web = pod('web-a', { labels: WEB, app: { ports: [{ containerPort: 8080, protocol: 'TCP' }] } });
  const answer = (
    scheme: 'http' | 'https',
    outcome: 'ok' | 'tls-mismatch',
    detail: Readonly<Record<string, unknown>>,
  ): object => ({
    probes: {
      'pod-http': [
        {
          at: '2026-05-01T14:30:05Z',
          from: 'apiserver',
          to: 'pod/shop/web-a:8080',
          outcome,
          detail: { port: 8080, scheme, ...detail },
        },
      ],
    },
  });
  const plain = answer('http', 'ok', { status: 200 });
  const tls = answer('https', 'ok', { status: 200 });
  const KEY = 'service/protocol:Service/shop/web#app-protocol:80';

  it.each<[string, string, object, string]>([
    ['https', 'plain HTTP', plain, 'speaks plain HTTP'],
    [
      'https',
      'plain HTTP to a TLS handshake',
      answer('https', 'tls-mismatch', { text: 'http: server gave HTTP response to HTTPS client' }),
      'speaks plain HTTP',
    ],
    ['http', 'TLS', tls, 'speaks TLS'],
    [
      'http',
      'a complaint of plain HTTP on a TLS port',
      answer('http', 'tls-mismatch', {
        status: 400,
        text: 'Client sent an HTTP request to an HTTPS server.',
      }),
      'speaks TLS',
    ],
    [
      'http',
      'a TLS alert',
      answer('http', 'tls-mismatch', { text: 'malformed HTTP response "\\x15\\x03\\x01\\x00\\x02\\x02P"' }),
      'speaks TLS',
    ],
    [
      'http',
      'frames of HTTP/2',
      answer('http', 'tls-mismatch', { text: 'malformed HTTP response "\\x00\\x00\\x06\\x04\\x00"' }),
      'speaks HTTP/2 without TLS',
    ],
    ['kubernetes.io/h2c', 'TLS', tls, 'speaks TLS'],
  ])('%s before %s', (said, _, more, words) => {
    const finding = theFinding(check, [saying(said), web], more);
    expect(finding).toMatchObject({ key: KEY, severity: 'warning', role: 'cause', confidence: 'certain' });
    expect(finding.summary).toContain(words);
    expect(theFinding(check, [saying(said), web, ingress('front', 'web')], more).severity).toBe('critical');
  });

  it.each<[string, object]>([
    ['https', tls],
    ['http', plain],
    ['kubernetes.io/h2c', plain],
    ['grpc', plain],
    ['example.com/own', tls],
  ])('%s is quiet on what fits, or cannot be held against it', (said, more) => {
    expect(findings(check, [saying(said), web], more)).toEqual([]);
  });

  it('is unknown where nothing was asked', () => {
    const verdict = verdictOf(check, { objects: [saying('https'), web] });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]).toMatchObject({
      because: 'not-captured:probe:pod-http',
      object: { name: 'web' },
    });
  });
});
