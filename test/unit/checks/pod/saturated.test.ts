import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/saturated.ts';
import { endpoint, pod, service, slice } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

const app = { resources: { limits: { cpu: '100m', memory: '64Mi' } } };
const out = pod('pay-b', { owner: ['ReplicaSet', 'pay-1'], labels: { app: 'pay' }, ready: false });
const thinned = [
  ...owners,
  podOf({ app }),
  out,
  service('pay', { app: 'pay' }),
  slice('pay', [endpoint('pay-a'), endpoint('pay-b', { ready: false })]),
];

function throttled(share: number) {
  const text = (periods: number): string =>
    `container_cpu_cfs_periods_total{container="app",namespace="shop",pod="pay-a"} ${periods}\ncontainer_cpu_cfs_throttled_periods_total{container="app",namespace="shop",pod="pay-a"} ${Math.round(periods * share)}\n`;
  return {
    metrics: [
      { namespace: 'x', pod: 'y', port: 1, label: 'first' as const, text: text(100) },
      { namespace: 'x', pod: 'y', port: 1, label: 'last' as const, text: text(300) },
    ],
  };
}

describe('fires', () => {
  it('on what is left, throttled', () => {
    const finding = theFinding(check, thinned, throttled(0.8));
    expect(finding).toMatchObject({ key: 'pod/saturated:Deployment/shop/pay', role: 'symptom' });
    expect(finding.summary).toContain(
      'throttled in 80 % of its CPU periods (limit 100m), with 1 of 2 pods behind Service pay',
    );
  });
});

describe('fires where whole pods are counted', () => {
  it('on the only container of what is left', () => {
    const whole = throttled(0.8).metrics.map((one) => ({
      ...one,
      text: one.text.replaceAll('container="app"', 'container=""'),
    }));
    expect(theFinding(check, thinned, { metrics: whole }).summary).toContain('throttled in 80 %');
  });
});

describe('quiet', () => {
  it('on steady high use while all are in', () => {
    const all = [
      ...owners,
      podOf({ app }),
      service('pay', { app: 'pay' }),
      slice('pay', [endpoint('pay-a')]),
    ];
    expect(findings(check, all, throttled(0.8))).toEqual([]);
  });
  it('on a little throttling', () => {
    expect(findings(check, thinned, throttled(0.05))).toEqual([]);
  });
});

describe('unknown', () => {
  it('when EndpointSlices may not be listed', () => {
    expect(
      verdictOf(check, { objects: thinned, lists: { 'discovery.k8s.io/endpointslices': 'forbidden' } })
        .unknown[0]?.because,
    ).toBe('list:discovery.k8s.io/endpointslices');
  });
});
