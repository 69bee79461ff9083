import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/mesh.ts';
import { on, service } from '../../../support/kube-objects.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { log, owners, podOf } from './pod-support.ts';

function proxied(ready: boolean): KubeObject {
  return podOf({
    ready,
    container: { ready: true },
    spec: { initContainers: [{ name: 'istio-proxy', restartPolicy: 'Always' }] },
    initContainers: [
      { name: 'istio-proxy', ready, restartCount: 0, state: { running: { startedAt: on('12:00:00') } } },
    ],
  });
}
const line = (flag: string): string =>
  `${on('14:30:00')} [2026-05-01T14:30:00.000Z] "GET / HTTP/1.1" 503 ${flag} upstream_reset_before_response_started{remote_connection_failure} - "TLS_error:" 0 91 3 - "-" "curl"\n`;
const access = (flag: string, times: number) => ({
  logs: [
    {
      namespace: 'shop',
      pod: 'pay-a',
      container: 'istio-proxy',
      text: line(flag).repeat(times),
    },
  ],
});

describe('fires', () => {
  it('on a sidecar that is not ready', () => {
    const finding = theFinding(check, [...owners, proxied(false)]);
    expect(finding).toMatchObject({
      key: 'pod/mesh:Deployment/shop/pay',
      role: 'cause',
      confidence: 'certain',
    });
    expect(finding.summary).toContain('Sidecar istio-proxy');
  });

  it.each(['UF', 'UH', 'NR', 'UC', 'URX'])('on response flag %s, as a symptom', (flag) => {
    const finding = theFinding(check, [...owners, proxied(true)], access(flag, 4));
    expect(finding.role).toBe('symptom');
    expect(finding.summary).toContain(`${flag}, `);
  });

  it('on a client without a sidecar that STRICT mutual TLS cuts off', () => {
    const strict = {
      apiVersion: 'security.istio.io/v1',
      kind: 'PeerAuthentication',
      metadata: { name: 'default', namespace: 'bank' },
      spec: { mtls: { mode: 'STRICT' } },
    };
    const ledger = service('ledger', { app: 'ledger' }, { namespace: 'bank' });
    const cut = 'ERROR Get "http://ledger.bank:80/": read tcp: connection reset by peer';
    const finding = theFinding(check, [...owners, podOf(), strict, ledger], {
      logs: log(['14:30:00', cut], ['14:30:05', cut], ['14:30:10', cut]),
    });
    expect(finding.summary).toContain('namespace bank demands mutual TLS');
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject, object]>([
    ['a sidecar that works', proxied(true), {}],
    ['a pod without one', podOf(), {}],
    ['requests that pass', proxied(true), access('-', 9)],
    ['one failed request', proxied(true), access('UF', 1)],
  ])('on %s', (_, one, more) => {
    expect(findings(check, [...owners, one], more)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
