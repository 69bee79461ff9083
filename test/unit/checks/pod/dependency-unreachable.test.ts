import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/dependency-unreachable.ts';
import { failureIn, type DependencyWay } from '../../../../analyze/facts/log-failures.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { event, on, service } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { log, owners, podOf } from './pod-support.ts';

const LINE = 'ERROR dial tcp 10.96.0.7:5432: connect: connection refused';
const three = log(['14:29:50', LINE], ['14:30:00', LINE], ['14:30:10', LINE]);
const read = (text: string) => failureIn({ at: 0, level: 4, text, file: 'f', line: 1 });

describe('a line of usage', () => {
  it.each([
    ' -w SEC   Connect timeout',
    '  --dial-timeout duration  connection timed out after this (default 5s)',
  ])('is none: %s', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('lines', () => {
  it.each<[DependencyWay, string, string]>([
    ['refused', 'dial tcp 10.0.0.1:5432: connect: connection refused', '10.0.0.1:5432'],
    ['dns', 'dial tcp: lookup db.shop on 10.96.0.10:53: no such host', 'db.shop'],
    [
      'dns',
      'dial tcp: lookup web on 10.96.0.10:53: read udp 10.244.0.9:4711->10.96.0.10:53: read: connection refused',
      'web',
    ],
    ['refused', 'Error: connect ECONNREFUSED 10.0.0.1:6379', '10.0.0.1:6379'],
    ['dns', 'Error: getaddrinfo ENOTFOUND db.shop', 'db.shop'],
    ['dns', 'getaddrinfo EAI_AGAIN redis', 'redis'],
    ['dns', 'java.net.UnknownHostException: kafka.shop: Name or service not known', 'kafka.shop'],
    [
      'refused',
      'org.postgresql.util.PSQLException: Connection to db:5432 refused. Check that the hostname',
      'db:5432',
    ],
    [
      'refused',
      'psycopg2.OperationalError: connection to server at "db" (10.1.2.3), port 5432 failed: Connection refused',
      'db:5432',
    ],
    ['dns', 'could not translate host name "db" to address: Name or service not known', 'db'],
    [
      'refused',
      "requests.exceptions.ConnectionError: HTTPConnectionPool(host='pay', port=80): Max retries exceeded ... [Errno 111] Connection refused",
      'pay:80',
    ],
    ['credentials', 'FATAL: password authentication failed for user "app" at db:5432', 'db:5432'],
    [
      'database',
      'connection to server at "db", port 5432 failed: FATAL:  database "shop" does not exist',
      'db:5432',
    ],
    [
      'tls',
      'Get "https://auth.shop:8443/keys": tls: failed to verify certificate: x509: certificate signed by unknown authority',
      'auth.shop:8443',
    ],
    ['timeout', 'dial tcp 10.0.0.1:5432: i/o timeout', '10.0.0.1:5432'],
  ])('%s: %s', (way, text, target) => {
    expect(read(text)).toMatchObject({ way, target });
  });

  it.each([
    'NOAUTH Authentication required.',
    'WRONGPASS invalid username-password pair',
    'ACCESS_REFUSED - Login was refused using authentication mechanism PLAIN',
  ])('credentials: %s', (text) => {
    expect(read(text)?.way).toBe('credentials');
  });

  it.each([
    'listening on :8080',
    "ModuleNotFoundError: No module named 'requests'",
    "FileNotFoundError: [Errno 2] No such file or directory: '/etc/app.yaml'",
    'INFO opened the type pipeline',
    'listen tcp :8080: bind: address already in use',
    'http: TLS handshake error from 10.0.0.1:5: EOF',
    'GET /orders/refused 200',
    '2026-05-01 14:00:00 request timeout set to 30s',
  ])('none: %s', (text) => {
    expect(read(text)).toBeUndefined();
  });
});

describe('fires', () => {
  it('on a log that ends in refusals, and names the Service', () => {
    const db = service('db', { app: 'db' }, { spec: { clusterIP: '10.96.0.7' } });
    const finding = theFinding(check, [...owners, db, podOf()], { logs: three });
    expect(finding).toMatchObject({
      key: 'pod/dependency-unreachable:Deployment/shop/pay',
      names: [{ kind: 'Service', name: 'db' }],
    });
    expect(finding.summary).toContain('10.96.0.7:5432 (Service db): it refuses connections');
    expect(finding.since.to).toBe(on('14:29:50'));
  });

  it('on lines that carry no level', () => {
    const line = 'dial tcp: lookup db.shop on 10.96.0.10:53: no such host';
    const logs = log(['14:29:50', line], ['14:30:00', line], ['14:30:10', line]);
    const finding = theFinding(check, [...owners, podOf()], { logs });
    expect(finding.summary).toContain('db.shop: it does not resolve');
  });

  const held = (text: string): EvidenceGiven => {
    const said = ['14:29:50', '14:30:00', '14:30:10'].map((clock) => `${on(clock)} ${text}\n`).join('');
    return { logs: [{ namespace: 'shop', pod: 'pay-a', container: 'wait', text: said }] };
  };
  const initialising = {
    phase: 'Pending',
    ready: false,
    container: { state: { waiting: { reason: 'PodInitializing' } }, started: false },
    initContainers: [
      {
        name: 'wait',
        image: 'app:1',
        ready: false,
        restartCount: 0,
        state: { running: { startedAt: on('14:20:00') } },
      },
    ],
    spec: {
      initContainers: [{ name: 'wait', image: 'app:1' }],
      containers: [{ name: 'app', image: 'app:1' }],
    },
  };

  it('on an init container that waits for a Service', () => {
    const db = service('db', { app: 'db' });
    const finding = theFinding(check, [...owners, podOf(initialising), db], held('waiting for db'));
    expect(finding).toMatchObject({ severity: 'critical', role: 'symptom' });
    expect(finding.summary).toContain('cannot use db: it is still waited for by an init container');
    expect(findings(check, [...owners, podOf(initialising), db], held('waiting for connections'))).toEqual(
      [],
    );
  });

  it('on one line before the container died', () => {
    const container = {
      restartCount: 3,
      state: { waiting: { reason: 'CrashLoopBackOff' } },
      lastState: { terminated: { exitCode: 1, finishedAt: on('14:29:59') } },
    };
    const finding = theFinding(check, [...owners, podOf({ ready: false, container })], {
      logs: [
        {
          namespace: 'shop',
          pod: 'pay-a',
          container: 'app',
          previous: true,
          text: `${on('14:29:58')} ${LINE}\n`,
        },
      ],
    });
    expect(finding.severity).toBe('critical');
  });
});

describe('what the command of a probe says', () => {
  const readinessProbe = { exec: { command: ['sh', '-c', 'redis-cli -h cache ping'] }, periodSeconds: 5 };
  const says = (text: string, count = 12): KubeObject[] => [
    ...owners,
    podOf({ ready: false, app: { readinessProbe } }),
    event('Pod', 'pay-a', 'Unhealthy', `Readiness probe failed: ${text}`, '14:29:00', {
      last: '14:30:05',
      count,
    }),
  ];
  const refused = 'Could not connect to Redis at cache:6379: Connection refused';

  it('counts like its log, when it fails again and again', () => {
    const finding = theFinding(check, says(refused));
    expect(finding.summary).toContain('cannot use cache:6379: it refuses connections');
    expect(finding.detail).toContain('The command of its readiness probe says');
    expect(finding.evidence.map(({ kind }) => kind)).toEqual(['event']);
  });

  it.each([
    ['once or twice only', refused, 2],
    ['nothing of a host', 'not yet', 12],
    ['a time-out of the kubelet itself', 'command timed out: "redis-cli" timed out after 1s', 12],
  ])('is nothing where it says %s', (_, text, count) => {
    expect(findings(check, says(text, count))).toEqual([]);
  });
});

describe('role', () => {
  const cause = 'ERROR dial tcp 203.0.113.9:5432: connect: connection refused';
  it.each([
    ['symptom', LINE],
    ['cause', cause],
    ['cause', 'FATAL: password authentication failed for user "app"'],
    ['symptom', 'ERROR dial tcp: lookup db.shop on 10.96.0.10:53: no such host'],
  ])('%s: %s', (role, line) => {
    const db = service('db', { app: 'db' }, { spec: { clusterIP: '10.96.0.7' } });
    const logs = log(['14:29:50', line], ['14:30:00', line], ['14:30:10', line]);
    expect(theFinding(check, [...owners, db, podOf()], { logs }).role).toBe(role);
  });

  it('begins anew after it worked in between', () => {
    const fine = ['14:29:00', 'INFO paid'] as const;
    const logs = log(
      ['14:25:00', LINE],
      fine,
      fine,
      fine,
      ['14:29:50', LINE],
      ['14:30:00', LINE],
      ['14:30:10', LINE],
    );
    expect(theFinding(check, [...owners, podOf()], { logs }).since.to).toBe(on('14:29:50'));
  });
});

describe('quiet', () => {
  it.each([
    ['one retry', log(['14:30:00', LINE])],
    [
      'trouble that is over',
      log(
        ['14:22:00', LINE],
        ['14:22:05', LINE],
        ['14:22:10', LINE],
        ['14:25:00', 'INFO served'],
        ['14:30:10', 'INFO served'],
      ),
    ],
    ['a log without complaints', log(['14:30:00', 'INFO served'])],
  ])('on %s', (_, logs) => {
    expect(findings(check, [...owners, podOf()], { logs })).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
