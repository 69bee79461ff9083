/** What listens in a pod, from socket tables, connects and the kubelet's own probes. */
import { describe, expect, it } from 'vitest';
import { allFacts } from '../../../analyze/facts/facts.ts';
import type { Listening } from '../../../analyze/facts/pods/listeners.ts';
import type { ProbeResult } from '../../../src/bundle/format.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';
import { event, on, pod } from '../../support/kube-objects.ts';

function result(to: string, outcome: ProbeResult['outcome'], detail: object = {}): ProbeResult {
  return { at: on('14:30:05'), from: 'apiserver', to, outcome, ms: 3, detail: { ...detail } };
}
const at = 'pod/shop/web:8080';

function listening(given: EvidenceGiven): [Listening, string] {
  const store = storeFrom({ objects: [pod('web')], ...given });
  const facts = allFacts(store);
  const web = facts.pods.named('shop', 'web');
  if (web === undefined) throw new Error('no pod');
  const { listening: said, basis } = facts.listeners(web).port(8080);
  store.close();
  return [said, basis];
}

function sockets(...addresses: string[]): EvidenceGiven {
  const table = addresses.map((address) => ({ protocol: 'tcp', family: 4, address, port: 8080 }));
  return {
    probes: { sockets: [{ ...result('pod/shop/web', 'ok', { listening: table }), from: 'pod/shop/web' }] },
  };
}

describe('sockets', () => {
  it.each<[Listening, string[]]>([
    ['all', ['0.0.0.0']],
    ['all', ['::']],
    ['loopback', ['127.0.0.1']],
    ['loopback', ['127.0.0.1', '::1']],
    ['loopback', ['::ffff:127.0.0.1']],
    ['all', ['127.0.0.1', '10.244.0.9']],
    ['pod-ip', ['10.244.0.9']],
    ['loopback', ['::1']],
    ['all', ['::', '127.0.0.1']],
    ['all', ['::ffff:0.0.0.0']],
    ['none', []],
  ])('%s: %j', (wanted, addresses) => {
    expect(listening(sockets(...addresses))).toEqual([wanted, 'sockets']);
  });

  it('on :: that take IPv6 alone say nothing of an IPv4 pod', () => {
    const only = result('pod/shop/web', 'ok', {
      listening: [{ protocol: 'tcp', family: 6, address: '::', port: 8080 }],
      bindv6only: true,
    });
    expect(listening({ probes: { sockets: [only] } })[0]).toBe('unknown');
    // The socket itself may say so (IPV6_V6ONLY), which no table shows: a refusal on the pod's address does.
    const table = sockets('::').probes?.['sockets'] ?? [];
    expect(listening({ probes: { sockets: table, 'pod-http': [result(at, 'refused')] } })[0]).toBe('unknown');
    expect(listening({ probes: { sockets: table, 'pod-http': [result(at, 'ok')] } })[0]).toBe('all');
    const both = sockets('::', '0.0.0.0').probes?.['sockets'] ?? [];
    expect(listening({ probes: { sockets: both, 'pod-http': [result(at, 'refused')] } })[0]).toBe('all');
  });
});

describe('connects', () => {
  it.each<[Listening, ProbeResult['outcome'], ProbeResult['outcome']]>([
    ['loopback', 'ok', 'refused'],
    ['none', 'refused', 'refused'],
    ['pod-ip', 'refused', 'http-error'],
    ['all', 'ok', 'ok'],
    ['unknown', 'ok', 'timeout'],
    ['unknown', 'ok', 'reset'],
    ['unknown', 'refused', 'not-probed'],
  ])('%s: port-forward %s, pod address %s', (wanted, forward, direct) => {
    const probes = { 'port-forward': [result(at, forward)], 'pod-http': [result(at, direct)] };
    expect(listening({ probes })[0]).toBe(wanted);
  });

  it('say nothing of a host-network pod', () => {
    const objects = [pod('web', { spec: { hostNetwork: true } })];
    const probes = { 'port-forward': [result(at, 'ok')], 'pod-http': [result(at, 'refused')] };
    expect(listening({ objects, probes })[0]).toBe('unknown');
  });

  it('are met by the kubelet, which dials the pod too', () => {
    const app = { readinessProbe: { tcpSocket: { port: 8080 } } };
    const message = 'Readiness probe failed: dial tcp 10.244.0.9:8080: connect: connection refused';
    const said = event('Pod', 'web', 'Unhealthy', message, '14:20:00', { last: '14:30:00', count: 60 });
    const objects = [pod('web', { ready: false, app }), said];
    expect(listening({ objects, probes: { 'port-forward': [result(at, 'ok')] } })[0]).toBe('loopback');
    expect(listening({ objects, probes: { 'port-forward': [result(at, 'refused')] } })[0]).toBe('none');
    expect(listening({ objects })).toEqual(['unknown', 'kubelet']);
  });

  it.each<[string, object, string]>([
    ['keeps silent', { tcpSocket: { port: 8080 } }, 'dial tcp 10.244.0.9:8080: i/o timeout'],
    ['answers', { httpGet: { port: 8080 } }, 'HTTP probe failed with statuscode: 500'],
  ])('are not refused by what %s by now', (_, readinessProbe, now) => {
    const said = (message: string, first: string, last: string) =>
      event('Pod', 'web', 'Unhealthy', `Readiness probe failed: ${message}`, first, {
        last,
        count: 3,
      });
    const before = 'dial tcp 10.244.0.9:8080: connect: connection refused';
    const web = pod('web', { ready: false, app: { readinessProbe } });
    const probes = { 'port-forward': [result(at, 'ok')] };
    const hung = [web, said(before, '14:27:00', '14:27:10'), said(now, '14:27:20', '14:30:00')];
    expect(listening({ objects: hung, probes })[0]).toBe('unknown');
    const gone = [web, said(now, '14:27:00', '14:27:20'), said(before, '14:26:00', '14:30:00')];
    expect(listening({ objects: gone, probes })[0]).toBe('loopback');
  });
});
