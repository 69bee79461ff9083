import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/probe-misconfigured.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { event, on, pod, replicaSet } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { counted, log, owners, podOf, probed, sockets } from './pod-support.ts';

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

/** Successes of the liveness probe of pay-a, so many of them while the capture ran. */
function livenessCounted(more: number) {
  return counted([1, 90], [1, 90 + more]).map((one) => ({
    ...one,
    text: one.text.replaceAll('Readiness', 'Liveness'),
  }));
}

const dial =
  'Readiness probe failed: timeout: failed to connect service "10.244.0.9:8080" within 5s: context deadline exceeded';

describe('fires', () => {
  it.each<[string, KubeObject[], EvidenceGiven, string]>([
    [
      'a port nobody listens on',
      failing({ httpGet: { path: '/', port: 9090 } }, refused(9090)),
      { probes: sockets('0.0.0.0:8080') },
      'asks port 9090, where nobody listens, while the program answers on 8080',
    ],
    [
      'the localhost of the node',
      failing(
        { httpGet: { path: '/healthz', port: 8080, host: 'localhost' } },
        'Readiness probe failed: Get "http://localhost:8080/healthz": dial tcp 127.0.0.1:8080: connect: connection refused',
      ),
      {},
      'asks localhost, which is its node and not the pod',
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
    [
      'HTTP/1 against gRPC',
      failing(
        http,
        String.raw`Readiness probe failed: Get "http://10.244.0.9:8080/healthz": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x00\x00\x06\x04\x00\x00"`,
      ),
      {},
      'speaks plain HTTP/1 to port 8080, which speaks HTTP/2',
    ],
    [
      'HTTP against something else',
      failing(
        http,
        'Readiness probe failed: Get "http://10.244.0.9:8080/healthz": net/http: HTTP/1.x transport connection broken: malformed HTTP response "-ERR unknown command"',
      ),
      {},
      'answers in another protocol',
    ],
    [
      'gRPC against plain HTTP, by the other probe',
      failing({ grpc: { port: 8080 } }, dial, { livenessProbe: http }),
      {},
      'asks by gRPC port 8080, which answers in plain HTTP to its liveness probe',
    ],
    [
      'gRPC against plain HTTP, by the name of the port',
      failing({ grpc: { port: 8080 } }, dial, { ports: [{ name: 'http-web', containerPort: 8080 }] }),
      { probes: { 'port-forward': [{ ...probed(8080, 'ok'), from: 'pod/shop/pay-a' }] } },
      'is named http-web and gives no answer in HTTP/2',
    ],
    [
      'gRPC for a service that is not there',
      failing(
        { grpc: { port: 8080, service: 'shop.Pay' } },
        'Readiness probe failed: error: health rpc probe failed: rpc error: code = NotFound desc = unknown service',
      ),
      {},
      'of service shop.Pay, which the server on port 8080 does not know',
    ],
    [
      'a command that is not there',
      failing(
        { exec: { command: ['curl', '-f', 'http://localhost/'] } },
        'Readiness probe errored and resulted in unknown state: rpc error: code = Unknown desc = failed to exec in container: OCI runtime exec failed: exec: "curl": executable file not found in $PATH',
      ),
      {},
      'runs curl, which its container does not have',
    ],
    [
      'a shell that calls what is not there',
      failing(
        { exec: { command: ['sh', '-c', 'curl -f http://localhost/'] } },
        'Readiness probe failed: sh: curl: not found',
      ),
      {},
      'calls curl, which its container does not have',
    ],
  ])('on %s', (_, objects, more, words) => {
    const finding = theFinding(check, objects, more);
    expect(finding.key).toMatch(/^pod\/probe-misconfigured:Deployment\/shop\/pay(?:#hangs)?$/);
    expect(finding.summary).toContain(words);
    expect(finding.evidence[0]?.path).toBe('spec.containers[app].readinessProbe');
  });

  it.each([
    ['that failed once while it started', { metrics: livenessCounted(4) }],
    [
      'of which nothing was counted while the capture ran, and that failed long ago',
      { metrics: livenessCounted(0) },
    ],
  ])('on a hang, beside a liveness probe %s', (_, more) => {
    const finding = theFinding(
      check,
      [
        ...failing(http, timeout, { livenessProbe: { httpGet: { path: '/', port: 8080 } } }),
        event('Pod', 'pay-a', 'Unhealthy', refused(8080).replace('Readiness', 'Liveness'), '14:00:01'),
      ],
      more,
    );
    expect(finding.summary).toContain('passes its liveness probe');
  });

  it.each([
    'read tcp 10.244.0.1:5->10.244.0.9:8080: read: connection reset by peer',
    'readLoopPeekFailLocked: %!w(<nil>)',
  ])('on HTTP/1 against gRPC, though the last answer was not read: %s', (words) => {
    const cut = `Readiness probe failed: Get "http://10.244.0.9:8080/healthz": ${words}`;
    const told = String.raw`Readiness probe failed: Get "http://10.244.0.9:8080/healthz": net/http: HTTP/1.x transport connection broken: malformed HTTP response "\x00\x00\x06\x04\x00\x00"`;
    const before = event('Pod', 'pay-a', 'Unhealthy', told, '14:01:00', { last: '14:29:50', count: 9 });
    expect(theFinding(check, [...failing(http, cut), before]).summary).toContain('which speaks HTTP/2');
    expect(findings(check, failing(http, cut))).toEqual([]);
  });

  it('as advice on a liveness probe that cannot be run: nothing comes of it', () => {
    const finding = theFinding(check, [
      ...owners,
      podOf({ app: { ports, livenessProbe: { exec: { command: ['curl', '-f', 'http://localhost/'] } } } }),
      event(
        'Pod',
        'pay-a',
        'Unhealthy',
        'Liveness probe errored and resulted in unknown state: OCI runtime exec failed: exec: "curl": executable file not found in $PATH',
        '14:00:00',
        { last: '14:30:00', count: 90 },
      ),
    ]);
    expect(finding).toMatchObject({ role: 'advice', severity: 'advice' });
    expect(finding.summary).toContain('it never fails, and restarts nothing');
  });

  it('as a warning where the pods of the revision before serve', () => {
    const finding = theFinding(check, [
      ...failing(http, 'Readiness probe failed: HTTP probe failed with statuscode: 404'),
      pod('pay-old', { owner: ['ReplicaSet', 'pay-0'], labels: { app: 'pay' } }),
      replicaSet('pay', 0, { app: 'pay' }, '11:00:00', 1),
    ]);
    expect(finding.severity).toBe('warning');
  });

  it('on a liveness probe that waits for an answer in vain: that is no slow start', () => {
    const container = {
      restartCount: 4,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: {
        terminated: { reason: 'Error', exitCode: 137, startedAt: on('14:29:20'), finishedAt: on('14:29:34') },
      },
    };
    const finding = theFinding(check, [
      ...owners,
      podOf({ ready: false, container, app: { ports, livenessProbe: http } }),
      event('Pod', 'pay-a', 'Unhealthy', timeout.replace('Readiness', 'Liveness'), '14:20:00', {
        last: '14:29:33',
        count: 12,
      }),
      event('Pod', 'pay-a', 'Killing', 'Container app failed liveness probe, will be restarted', '14:20:10', {
        last: '14:29:34',
        count: 4,
      }),
    ]);
    expect(finding.summary).toContain('takes the connection, and gives no answer within 1 s');
    expect(finding.confidence).toBe('possible');
  });

  it.each([
    ['nothing of its log came', {}, 'symptom'],
    ['its log names nothing that it waits for', { logs: log(['14:29:58', 'listening on 8080']) }, 'cause'],
  ])('on a hang of which something else must be the cause where %s', (_, more, role) => {
    const objects = failing(http, timeout, { livenessProbe: { httpGet: { path: '/live', port: 8080 } } });
    expect(theFinding(check, objects, more)).toMatchObject({ role });
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
    [
      'Istio’s own agent, by way of which it asks the program, while the sidecar is not up',
      failing({ httpGet: { path: '/app-health/app/readyz', port: 15020 } }, refused(15020)),
      { probes: sockets('0.0.0.0:8080') },
    ],
    ['a hang that nothing explains', failing(http, timeout), {}],
    [
      'a page that comes and goes: the probe has passed',
      failing(http, 'Readiness probe failed: HTTP probe failed with statuscode: 404'),
      { metrics: counted([20, 11], [26, 14]) },
    ],
    ['a gRPC server that hangs', failing({ grpc: { port: 8080 } }, dial), {}],
    [
      'a gRPC server that is down, on a port named http',
      failing({ grpc: { port: 8080 } }, dial, { ports: [{ name: 'http', containerPort: 8080 }] }),
      { probes: { 'port-forward': [{ ...probed(8080, 'refused'), from: 'pod/shop/pay-a' }] } },
    ],
    [
      'a gRPC server that says it is unwell',
      failing(
        { grpc: { port: 8080 } },
        'Readiness probe failed: service unhealthy (responded with "NOT_SERVING")',
      ),
      {},
    ],
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
