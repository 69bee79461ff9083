import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/loopback-bind.ts';
import { service } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf, probed, sockets } from './pod-support.ts';

const declared = podOf({ app: { ports: [{ containerPort: 8080 }] } });

describe('fires', () => {
  it('on a socket table', () => {
    const finding = theFinding(check, [...owners, declared], { probes: sockets('127.0.0.1:8080') });
    expect(finding).toMatchObject({
      key: 'pod/loopback-bind:Deployment/shop/pay',
      confidence: 'certain',
      role: 'cause',
    });
    expect(finding.evidence[0]?.kind).toBe('probe');
  });

  it('on a port-forward that connects where the pod refuses', () => {
    const probes = { 'port-forward': [probed(8080, 'ok')], 'pod-http': [probed(8080, 'refused')] };
    expect(theFinding(check, [...owners, declared], { probes }).summary).toContain('port 8080');
  });

  it('on a port that only a Service counts on', () => {
    const objects = [...owners, podOf(), service('pay', { app: 'pay' })];
    expect(theFinding(check, objects, { probes: sockets('127.0.0.1:8080') }).summary).toContain(
      'Service pay sends to it',
    );
  });
});

describe('quiet', () => {
  it.each([
    ['a port open to all', declared, sockets('0.0.0.0:8080')],
    [
      'nothing that listens',
      declared,
      { 'port-forward': [probed(8080, 'refused')], 'pod-http': [probed(8080, 'refused')] },
    ],
    [
      'a time-out on the pod’s address',
      declared,
      { 'port-forward': [probed(8080, 'ok')], 'pod-http': [probed(8080, 'timeout')] },
    ],
    [
      'an app bound to the pod’s address',
      declared,
      { 'port-forward': [probed(8080, 'refused')], 'pod-http': [probed(8080, 'ok')] },
    ],
    ['a proxy’s own port', declared, sockets('0.0.0.0:8080', '127.0.0.1:15000')],
    [
      'the host’s network',
      podOf({ spec: { hostNetwork: true }, app: { ports: [{ containerPort: 8080 }] } }),
      sockets('127.0.0.1:8080'),
    ],
  ])('on %s', (_, one, probes) => {
    expect(findings(check, [...owners, one], { probes })).toEqual([]);
  });
});

describe('unknown', () => {
  it('when nobody looked into a pod', () => {
    const unready = podOf({ ready: false, app: { ports: [{ containerPort: 8080 }] } });
    expect(verdictOf(check, { objects: [unready] }).unknown[0]?.because).toBe(
      'not-captured:probe:port-forward',
    );
  });
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
