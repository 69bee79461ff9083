import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/platform/webhook.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { endpoint, event, pod, replicaSet, service, slice, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const HOOK = { app: 'hook' };

function configuration(more: object = {}): KubeObject {
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingWebhookConfiguration',
    metadata: { name: 'policy', uid: 'w' },
    webhooks: [
      {
        name: 'policy.example.com',
        clientConfig: { service: { namespace: 'shop', name: 'hook', port: 443 } },
        rules: [{ apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] }],
        ...more,
      },
    ],
  };
}
const behind = (endpoints: readonly object[]): KubeObject[] => [
  service('hook', HOOK, { spec: { ports: [{ port: 443, targetPort: 8443 }] } }),
  slice(
    'hook',
    endpoints.map((one) => ({ ...one })),
  ),
];
const PAY = { app: 'pay' };
const owners = [workload('pay', { pods: PAY }), replicaSet('pay', 1, PAY, '12:00:00', 1)];
const refused = event(
  'ReplicaSet',
  'pay-1',
  'FailedCreate',
  'Error creating: Internal error occurred: failed calling webhook "policy.example.com": failed to call webhook: Post "https://hook.shop.svc:443/?timeout=10s": no endpoints available for service "hook"',
  '14:20:00',
  { type: 'Warning' },
);

describe('fires', () => {
  it('on a Service without endpoints, and on what was refused because of it', () => {
    const finding = theFinding(check, [configuration(), ...behind([]), ...owners, refused]);
    expect(finding).toMatchObject({
      key: 'platform/webhook:ValidatingWebhookConfiguration/policy',
      severity: 'critical',
      since: { to: '2026-05-01T14:20:00Z' },
    });
    expect(finding.summary).toContain('Service shop/hook has no ready endpoint');
    expect(finding.detail).toContain('Deployment shop/pay');
    expect(pointers(finding)).toContain(
      'ValidatingWebhookConfiguration/policy webhooks[0].failurePolicy = "Fail"',
    );
  });

  it('on a Service that is not there, before anybody was refused', () => {
    expect(theFinding(check, [configuration()]).summary).toContain('Service shop/hook does not exist');
  });

  it('on a port that the Service does not have', () => {
    expect(theFinding(check, [configuration(), service('hook', HOOK)]).summary).toContain('has no port 443');
  });

  it('on a call that fails for another reason, or of a configuration nobody listed', () => {
    const tls = {
      ...refused,
      message:
        'Error creating: Internal error occurred: failed calling webhook "other.example.com": failed to call webhook: x509: certificate has expired',
    };
    const finding = theFinding(check, [...owners, tls]);
    expect(finding.summary).toContain('x509: certificate has expired');
    expect(finding.object.name).toBe('pay');
  });
});

describe('quiet', () => {
  const ready = pod('hook-a', { labels: HOOK });
  it.each<[string, KubeObject[]]>([
    ['Ignore', [configuration({ failurePolicy: 'Ignore' }), ...behind([])]],
    ['endpoints', [configuration(), ready, ...behind([endpoint('hook-a')])]],
    ['an address outside', [configuration({ clientConfig: { url: 'https://hook.example.com' } })]],
    [
      'a Service made just now',
      [configuration(), service('hook', HOOK, { created: '14:29:50', spec: { ports: [{ port: 443 }] } })],
    ],
    [
      'a pod that starts',
      [configuration(), pod('hook-a', { labels: HOOK, ready: false, created: '14:30:10' }), ...behind([])],
    ],
  ])('with %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when Services may not be listed', () => {
    const verdict = verdictOf(check, { objects: [configuration()], lists: { services: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
