import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/protocol.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { pod, service } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const DNS = { app: 'dns' };
const of = (protocol: string): KubeObject =>
  service('dns', DNS, { spec: { ports: [{ port: 53, targetPort: 8053, protocol }] } });
const server = (...protocols: string[]): KubeObject =>
  pod('dns-a', {
    labels: DNS,
    app: { ports: protocols.map((protocol) => ({ containerPort: 8053, protocol })) },
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
    const finding = theFinding(check, [of(declared), server()], sockets(open));
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
    ['nothing declared', [of('UDP'), server()], {}],
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
