import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/probe-misconfigured.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { event, on } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { log, owners, podOf, probed, sockets } from './pod-support.ts';

const http = { httpGet: { path: '/healthz', port: 8080 } };
const ports = [{ containerPort: 8080 }];

function failing(readinessProbe: object, said: string, more: object = {}): KubeObject[] {
  return [
    ...owners,
    podOf({ ready: false, app: { ports, readinessProbe, ...more } }),
    event('Pod', 'pay-a', 'Unhealthy', said, '14:00:00', { last: '14:30:00', count: 180 }),
  ];
}
const refused = (port: number): string =>
  `Readiness probe failed: Get "http://10.244.0.9:${port}/healthz": dial tcp 10.244.0.9:${port}: connect: connection refused`;
const timeout =
  'Readiness probe failed: Get "http://10.244.0.9:8080/healthz": context deadline exceeded (Client.Timeout exceeded while awaiting headers)';

describe('fires', () => {
  it.each<[string, KubeObject[], EvidenceGiven, string]>([
    [
      'a port nobody listens on',
      failing({ httpGet: { path: '/', port: 9090 } }, refused(9090)),
      { probes: sockets('0.0.0.0:8080') },
      'asks port 9090, where nobody listens, while the program answers on 8080',
    ],
    [
      'a port, by the other probe',
      failing({ httpGet: { path: '/', port: 9090 } }, refused(9090), { livenessProbe: http }),
      {},
      'passes its liveness probe on 8080',
    ],
    [
      'a path that is not there',
      failing(http, 'Readiness probe failed: HTTP probe failed with statuscode: 404'),
      {},
      'asks /healthz on port 8080, which the program does not have (404)',
    ],
    [
      'a path that wants credentials',
      failing(http, 'Readiness probe failed: HTTP probe failed with statuscode: 401'),
      {},
      'wants credentials',
    ],
    [
      'HTTPS against plain HTTP',
      failing(
        { httpGet: { port: 8080, scheme: 'HTTPS' } },
        'Readiness probe failed: Get "https://10.244.0.9:8080/": http: server gave HTTP response to HTTPS client',
      ),
      {},
      'speaks HTTPS',
    ],
    [
      'HTTP against TLS',
      failing(http, 'Readiness probe failed: HTTP probe failed with statuscode: 400'),
      {
        probes: {
          'pod-http': [
            probed(8080, 'http-error', {
              path: '/healthz',
              status: 400,
              text: 'Client sent an HTTP request to an HTTPS server.',
            }),
          ],
        },
      },
      'wants TLS',
    ],
    [
      'a time-out shorter than the answer',
      failing(http, timeout),
      { probes: { 'pod-http': [probed(8080, 'ok', { path: '/healthz', status: 200 }, 2600)] } },
      'waits 1 s (timeoutSeconds) for an answer that takes 2.6 s',
    ],
    [
      'a name that no port has',
      failing(
        { httpGet: { port: 'web' } },
        'Readiness probe errored and resulted in unknown state: strconv.Atoi: parsing "web": invalid syntax',
      ),
      {},
      'asks port web',
    ],
    [
      'a hang on a dependency',
      failing(http, timeout),
      { logs: log(['14:29:58', 'ERROR query db.shop:5432 timed out waiting for lock']) },
      'its log names db.shop:5432',
    ],
    [
      'an exec probe that takes too long',
      failing(
        { exec: { command: ['sleep', '9'] } },
        'Readiness probe failed: command timed out: "sleep 9" timed out after 1s',
      ),
      {},
      'runs a command that takes longer',
    ],
  ])('on %s', (_, objects, more, words) => {
    const finding = theFinding(check, objects, more);
    expect(finding.key).toMatch(/^pod\/probe-misconfigured:Deployment\/shop\/pay(?:#hangs)?$/);
    expect(finding.summary).toContain(words);
    expect(finding.evidence[0]?.path).toBe('spec.containers[app].readinessProbe');
  });

  it('on a liveness probe that kills a slow starter, and works out the time', () => {
    const container = {
      restartCount: 4,
      state: { running: { startedAt: on('14:30:05') } },
      lastState: {
        terminated: { reason: 'Error', exitCode: 137, startedAt: on('14:29:20'), finishedAt: on('14:30:04') },
      },
    };
    const finding = theFinding(
      check,
      [
        ...owners,
        podOf({
          ready: false,
          container,
          app: { ports, livenessProbe: { ...http, periodSeconds: 5, timeoutSeconds: 8 } },
        }),
        event('Pod', 'pay-a', 'Unhealthy', refused(8080).replace('Readiness', 'Liveness'), '14:20:00', {
          last: '14:30:00',
          count: 12,
        }),
        event(
          'Pod',
          'pay-a',
          'Killing',
          'Container app failed liveness probe, will be restarted',
          '14:20:10',
          { last: '14:30:01', count: 4 },
        ),
      ],
      {
        logs: [
          {
            namespace: 'shop',
            pod: 'pay-a',
            container: 'app',
            previous: true,
            text: `${on('14:29:30')} loading caches, 12 % done\n`,
          },
        ],
      },
    );
    expect(finding).toMatchObject({ confidence: 'likely' });
    expect(finding.summary).toContain('no startup probe');
    expect(finding.detail).toContain('24 s after the first failure');
    expect(finding.detail).toContain('longer than periodSeconds');
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[], EvidenceGiven]>([
    ['a program that is down', failing(http, refused(8080)), { probes: sockets() }],
    [
      'a program that says it is unwell',
      failing(http, 'Readiness probe failed: HTTP probe failed with statuscode: 503'),
      {},
    ],
    ['a program bound to localhost', failing(http, refused(8080)), { probes: sockets('127.0.0.1:8080') }],
    ['a program that listens elsewhere', failing(http, refused(8080)), { probes: sockets('0.0.0.0:3000') }],
    ['a hang that nothing explains', failing(http, timeout), {}],
    [
      'a failure at start-up',
      [
        ...owners,
        podOf({ app: { ports, readinessProbe: http } }),
        event('Pod', 'pay-a', 'Unhealthy', refused(8080), '14:29:00'),
      ],
      {},
    ],
    [
      'a failure long ago',
      [
        ...owners,
        podOf({ ready: false, app: { ports, readinessProbe: http } }),
        event(
          'Pod',
          'pay-a',
          'Unhealthy',
          'Readiness probe failed: HTTP probe failed with statuscode: 404',
          '13:00:00',
        ),
      ],
      {},
    ],
  ])('on %s', (_, objects, more) => {
    expect(findings(check, objects, more)).toEqual([]);
  });
});

describe('unknown', () => {
  it('without Events', () => {
    expect(verdictOf(check, { objects: [podOf()], lists: { events: 'forbidden' } }).unknown[0]?.because).toBe(
      'list:events',
    );
  });
});
