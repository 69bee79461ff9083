import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/ip-family.ts';
import { endpoint, ingress, pod, service, slice, workload } from '../../../support/kube-objects.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const of = (ipFamilies: string[], ipFamilyPolicy = 'SingleStack'): ReturnType<typeof service> =>
  service('pay', PAY, { spec: { ipFamilies, ipFamilyPolicy } });
const v4 = pod('pay-a', { labels: PAY });
/** A pod, and the addresses it has of both families. */
const both = (name: string, labels: Record<string, string>): KubeObject => {
  const made = pod(name, { labels });
  return {
    ...made,
    status: { ...(made['status'] as object), podIPs: [{ ip: '10.244.0.9' }, { ip: 'fd00:244::9' }] },
  };
};
const sockets = (...listening: object[]): EvidenceGiven => ({
  probes: {
    sockets: [
      {
        probe: 'sockets',
        at: '2026-05-01T14:30:05Z',
        from: 'pod/shop/pay-a',
        to: 'pod/shop/pay-a',
        outcome: 'ok',
        ms: 3,
        detail: { listening },
      },
    ],
  },
});
const open = (address: string): object => ({
  protocol: 'tcp',
  family: address.includes(':') ? 6 : 4,
  address,
  port: 8080,
});
const cart = workload('cart', {
  kind: 'StatefulSet',
  pods: { app: 'cart' },
  containers: [{ name: 'app', env: [{ name: 'PAY_URL', value: 'http://pay:80' }] }],
});
const cartPod = pod('cart-0', { labels: { app: 'cart' }, owner: ['StatefulSet', 'cart'] });

describe('fires', () => {
  it('on an IPv6 Service before IPv4 pods', () => {
    const finding = theFinding(check, [of(['IPv6']), v4, ingress('front', 'pay')]);
    expect(finding).toMatchObject({
      key: 'service/ip-family:Service/shop/pay',
      severity: 'critical',
      role: 'cause',
    });
    expect(finding.summary).toContain('serves IPv6, and its 1 pod has no IPv6 address');
  });

  it('on a second family that is required', () => {
    expect(theFinding(check, [of(['IPv4', 'IPv6'], 'RequireDualStack'), v4])).toMatchObject({
      severity: 'warning',
    });
  });
});

describe('fires where nobody has the family', () => {
  it('on pods of both that listen for IPv4 alone', () => {
    const objects = [
      of(['IPv6']),
      both('pay-a', PAY),
      slice('pay', [endpoint('pay-a')]),
      ingress('front', 'pay'),
    ];
    const finding = theFinding(check, objects, sockets(open('0.0.0.0')));
    expect(finding).toMatchObject({ severity: 'critical', role: 'cause', confidence: 'certain' });
    expect(finding.summary).toContain('its 1 pod listens for IPv4 alone');
    expect(pointers(finding).at(-1)).toContain('0.0.0.0:8080 is listened on, and nothing for IPv6');
  });

  it('as a hint only where IPv4 is served too', () => {
    const objects = [
      of(['IPv4', 'IPv6'], 'PreferDualStack'),
      both('pay-a', PAY),
      slice('pay', [endpoint('pay-a')]),
    ];
    expect(theFinding(check, objects, sockets(open('0.0.0.0')))).toMatchObject({ role: 'advice' });
  });

  it('on a client without an address of it', () => {
    const objects = [of(['IPv6']), both('pay-a', PAY), slice('pay', [endpoint('pay-a')]), cart, cartPod];
    const finding = theFinding(check, objects);
    expect(finding).toMatchObject({
      key: 'service/ip-family:Service/shop/pay#clients',
      severity: 'critical',
    });
    expect(finding.involves.map(({ name }) => name)).toEqual(['cart-0']);
  });

  it('on addresses kept by hand that are of another', () => {
    const bare = service('pay', undefined, { spec: { ipFamilies: ['IPv4'] } });
    const kept = { ...slice('pay', [{ addresses: ['2001:db8::7'] }]), addressType: 'IPv6' };
    expect(theFinding(check, [bare, kept, ingress('front', 'pay')]).summary).toContain(
      'by hand are of type IPv6',
    );
  });
});

describe('quiet', () => {
  it.each([
    ['on ::', [open('::')]],
    ['for each', [open('0.0.0.0'), open('::')]],
    ['on localhost, which is another fault', [open('127.0.0.1')]],
    ['elsewhere, which is another fault', []],
  ])('on pods of both that listen %s', (_, listening) => {
    const objects = [of(['IPv6']), both('pay-a', PAY), slice('pay', [endpoint('pay-a')])];
    expect(findings(check, objects, sockets(...listening))).toEqual([]);
  });

  it('on pods of both whose sockets nobody looked at', () => {
    expect(findings(check, [of(['IPv6']), both('pay-a', PAY), slice('pay', [endpoint('pay-a')])])).toEqual(
      [],
    );
  });

  it('on a client of one family before a Service of both', () => {
    const objects = [of(['IPv6', 'IPv4'], 'RequireDualStack'), both('pay-a', PAY), cart, cartPod];
    expect(findings(check, objects)).toEqual([]);
  });

  it('on addresses kept by hand of the family that it serves, beside another', () => {
    const bare = service('pay', undefined, { spec: { ipFamilies: ['IPv4'] } });
    const six = slice('pay', [{ addresses: ['2001:db8::7'] }]);
    const metadata = { ...(six['metadata'] as object), name: 'pay-six', uid: 'pay-six' };
    const other = { ...six, metadata, addressType: 'IPv6' };
    expect(findings(check, [bare, slice('pay', [{ addresses: ['192.0.2.7'] }]), other])).toEqual([]);
  });

  it.each([
    ['the same family', [of(['IPv4']), v4]],
    ['no pod that tells', [of(['IPv6'])]],
    ['an ExternalName', [service('pay', PAY, { spec: { type: 'ExternalName' } }), v4]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });

  it('but for a hint where a headless Service of both has pods of one', () => {
    const spec = { clusterIP: 'None', ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' };
    expect(theFinding(check, [service('pay', PAY, { spec }), v4])).toMatchObject({ role: 'advice' });
  });

  it('but for a hint where a second family was only preferred', () => {
    const [finding] = findings(check, [of(['IPv4', 'IPv6'], 'PreferDualStack'), v4]);
    expect(finding).toMatchObject({ role: 'advice', severity: 'advice' });
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [of(['IPv6'])], lists: { pods: 'forbidden' } });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
