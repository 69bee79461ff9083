import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/ip-family.ts';
import { ingress, pod, service } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const PAY = { app: 'pay' };
const of = (ipFamilies: string[], ipFamilyPolicy = 'SingleStack'): ReturnType<typeof service> =>
  service('pay', PAY, { spec: { ipFamilies, ipFamilyPolicy } });
const v4 = pod('pay-a', { labels: PAY });

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

describe('quiet', () => {
  it.each([
    ['the same family', [of(['IPv4']), v4]],
    ['no pod that tells', [of(['IPv6'])]],
    ['an ExternalName', [service('pay', PAY, { spec: { type: 'ExternalName' } }), v4]],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
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
