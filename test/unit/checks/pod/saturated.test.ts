import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/saturated.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { endpoint, on, pod, service, slice } from '../../../support/kube-objects.ts';
import { looks } from '../../../support/looks.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

const app = { resources: { limits: { cpu: '100m', memory: '64Mi' } } };
const out = pod('pay-b', { owner: ['ReplicaSet', 'pay-1'], labels: { app: 'pay' }, ready: false });
const left = podOf({ app });
const thinned = [
  ...owners,
  left,
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

const server = '2026-05-01 14:30:00.123 UTC [57] FATAL:  sorry, too many clients already';
const told = 'ERROR connection to server at "pay", port 80 failed: FATAL:  sorry, too many clients already';
const say = (words: string, times = 3, name = 'pay-a', container = 'app') => ({
  logs: [{ namespace: 'shop', pod: name, container, text: `${on('14:30:00')} ${words}\n`.repeat(times) }],
});
const overflow = `[${on('14:30:00')}] "GET / HTTP/1.1" 503 UO upstream_reset_before_response_started{overflow} - "-" 0 81 0 - "-" "-" "ce84" "pay" "-" inbound|8080|| - 10.244.0.9:8080 10.244.1.7:41814 - default`;
const proxied = [
  podOf({ spec: { containers: [{ name: 'app' }, { name: 'istio-proxy' }] } }),
  ...thinned.filter((one) => one !== left),
];
const shop = pod('shop-a', { labels: { app: 'shop' } });

describe('fires on what is left and full', () => {
  it.each<[string, readonly KubeObject[], EvidenceGiven, string]>([
    ['by its own log', thinned, say(server), 'container app of pay-a is full, as its own log says'],
    [
      'by its sidecar',
      proxied,
      say(overflow, 4, 'pay-a', 'istio-proxy'),
      'container app of pay-a is beyond what its sidecar lets through: 4 requests',
    ],
    [
      'by what its clients are told',
      [...thinned, shop],
      say(told, 3, 'shop-a'),
      'pay-a is full: shop-a was told so',
    ],
  ])('%s', (_, objects, given, says) => {
    const finding = theFinding(check, objects, given);
    expect(finding.summary).toContain(says);
    expect(finding.involves.map(({ name }) => name)).toEqual(
      expect.arrayContaining(['pay-a', 'pay-b', 'pay']),
    );
  });
});

const three = ['10.1.0.1:1', '10.1.0.1:2', '10.1.0.1:3'];
const hung = looks({ clock: '14:30:00', from: three }, { clock: '14:30:03', from: [...three, '10.1.0.1:4'] });
const serving = (ready: boolean): KubeObject[] => [
  ...owners,
  podOf({ ready }),
  service('pay', { app: 'pay' }),
  slice('pay', [endpoint('pay-a', { ready })]),
];

describe('fires on what takes no connections', () => {
  it('and is not Ready for it, as the cause', () => {
    const finding = theFinding(check, serving(false), hung);
    expect(finding).toMatchObject({
      key: 'pod/saturated:Deployment/shop/pay#waiting',
      role: 'cause',
      confidence: 'certain',
    });
    expect(finding.summary).toBe(
      'Deployment shop/pay hangs: it takes no connections, 4 connections wait on port 8080 of pay-a, and none was accepted in 3 s',
    );
    expect(finding.evidence).toHaveLength(2);
    expect(finding.remedy.confirm).toEqual([
      'kubectl -n shop exec pay-a -- cat /proc/net/tcp /proc/net/tcp6',
      'kubectl -n shop logs pay-a --tail=50',
    ]);
    expect(finding.involves.map(({ name }) => name)).toEqual(['pay-a', 'pay']);
  });

  it('and is Ready, as by a tcpSocket probe: a symptom', () => {
    expect(theFinding(check, serving(true), hung).role).toBe('symptom');
  });

  it('in time: some are taken, others wait for long', () => {
    const slow = looks(
      { clock: '14:30:00', from: three },
      { clock: '14:30:03', from: [...three.slice(1), '10.1.0.1:4'] },
    );
    const finding = theFinding(check, serving(false), slow);
    expect(finding.role).toBe('symptom');
    expect(finding.summary).toContain(
      '3 connections wait on port 8080 of pay-a, 2 of them for more than 3 s',
    );
  });
});

describe('quiet', () => {
  it.each<[string, boolean, EvidenceGiven]>([
    [
      'others that wait at another moment',
      false,
      looks({ clock: '14:30:00', from: three }, { clock: '14:30:03', from: ['10.1.0.1:7'] }),
    ],
    ['a single look', false, looks({ clock: '14:30:00', from: three })],
    [
      'looks shortly after each other',
      false,
      looks({ clock: '14:30:00', from: three }, { clock: '14:30:01', from: three }),
    ],
    [
      'one connection that waits while the pod is Ready',
      true,
      looks({ clock: '14:30:00', from: ['10.1.0.1:1'] }, { clock: '14:30:03', from: ['10.1.0.1:1'] }),
    ],
    [
      'a port on which nobody counts',
      false,
      looks({ clock: '14:30:00', from: three, port: 9999 }, { clock: '14:30:03', from: three, port: 9999 }),
    ],
    [
      'a table of an older bundle, without queues',
      false,
      {
        probes: {
          sockets: (looks({ clock: '14:30:00', from: [] }).probes?.['sockets'] ?? []).map((one) => ({
            ...one,
            detail: { listening: [{ protocol: 'tcp', family: 4, address: '0.0.0.0', port: 8080 }] },
          })),
        },
      },
    ],
  ])('on %s', (_, ready, given) => {
    expect(findings(check, serving(ready), given)).toEqual([]);
  });

  it('on what listens already and is still within the time that its probes allow a start', () => {
    const startupProbe = { tcpSocket: { port: 8080 }, periodSeconds: 10, failureThreshold: 30 };
    const starting = podOf({
      ready: false,
      created: '14:28:00',
      since: '14:28:00',
      app: { startupProbe },
      container: { state: { running: { startedAt: on('14:28:00') } } },
    });
    const others = serving(false).filter(({ kind }) => kind !== 'Pod');
    expect(findings(check, [starting, ...others], hung)).toEqual([]);
  });

  it.each<[string, readonly KubeObject[], EvidenceGiven]>([
    ['a program whose own database is full', thinned, say('pq: sorry, too many clients already')],
    ['one that says so once', thinned, say(server, 1)],
    [
      'one that was full five minutes ago',
      thinned,
      {
        logs: [
          {
            namespace: 'shop',
            pod: 'pay-a',
            container: 'app',
            text: `${on('14:24:00')} ${server}\n`.repeat(9),
          },
        ],
      },
    ],
    [
      'a full one while all are in',
      [...owners, podOf({ app }), service('pay', { app: 'pay' }), slice('pay', [endpoint('pay-a')])],
      say(server),
    ],
  ])('on %s', (_, objects, given) => {
    expect(findings(check, objects, given)).toEqual([]);
  });

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
