import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/wrong-port.ts';
import { event } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { log, owners, podOf, probed, sockets } from './pod-support.ts';

const app = { ports: [{ containerPort: 3000 }], readinessProbe: { tcpSocket: { port: 3000 } } };
const declared = podOf({ app, ready: false });
const refused = event(
  'Pod',
  'pay-a',
  'Unhealthy',
  'Readiness probe failed: dial tcp 10.244.0.9:3000: connect: connection refused',
  '14:00:00',
  { last: '14:30:00', count: 99 },
);

describe('fires', () => {
  it('on a socket table', () => {
    const finding = theFinding(check, [...owners, declared], { probes: sockets('0.0.0.0:8080') });
    expect(finding).toMatchObject({ key: 'pod/wrong-port:Deployment/shop/pay', confidence: 'certain' });
    expect(finding.summary).toContain('listens on port 8080, not on 3000');
  });

  it('on connects', () => {
    const probes = {
      'port-forward': [probed(3000, 'refused'), probed(8080, 'ok')],
      'pod-http': [probed(3000, 'refused'), probed(8080, 'ok')],
    };
    expect(theFinding(check, [...owners, declared], { probes }).confidence).toBe('certain');
  });

  it('on the log’s word and the kubelet’s refusals, less surely', () => {
    const finding = theFinding(check, [...owners, declared, refused], {
      logs: log(['14:00:00', 'Server listening on http://0.0.0.0:8080']),
    });
    expect(finding).toMatchObject({ confidence: 'likely' });
    expect(finding.evidence.map(({ kind }) => kind)).toEqual(expect.arrayContaining(['event', 'log']));
  });
});

describe('quiet', () => {
  it.each([
    ['a program that listens nowhere', declared, sockets()],
    ['the declared port', declared, sockets('0.0.0.0:3000')],
    ['a program bound to localhost', declared, sockets('127.0.0.1:3000')],
    [
      'a probe that asks elsewhere',
      podOf({
        ready: false,
        app: { ports: [{ containerPort: 8080 }], readinessProbe: { tcpSocket: { port: 9 } } },
      }),
      sockets('0.0.0.0:8080'),
    ],
    ['a port that is not declared', podOf(), sockets('0.0.0.0:8080')],
    [
      'what a sidecar declares for itself and does not listen on yet',
      podOf({
        spec: { containers: [{ name: 'app' }, { name: 'istio-proxy', ports: [{ containerPort: 15090 }] }] },
      }),
      sockets('127.0.0.1:15000', '0.0.0.0:8080'),
    ],
    [
      'a program that listens nowhere, beside its sidecar that does',
      podOf({ spec: { containers: [{ name: 'app', ...app }, { name: 'istio-proxy' }] } }),
      sockets('0.0.0.0:15001', '0.0.0.0:15006'),
    ],
  ])('on %s', (_, one, probes) => {
    expect(findings(check, [...owners, one], { probes })).toEqual([]);
  });

  it('on refusals alone', () => {
    expect(findings(check, [...owners, declared, refused])).toEqual([]);
  });
});

describe('unknown', () => {
  it('when nobody looked into a pod', () => {
    expect(verdictOf(check, { objects: [declared, refused] }).unknown[0]?.because).toBe(
      'not-captured:probe:port-forward',
    );
  });
});
