import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/dependency-unreachable.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { endpoint, event, on, service, slice } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { log, owners, podOf } from './pod-support.ts';

const LINE = 'ERROR dial tcp 10.96.0.7:5432: connect: connection refused';
const three = log(['14:29:50', LINE], ['14:30:00', LINE], ['14:30:10', LINE]);
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

  it('on errors with a stack below each, and on errors printed over several lines', () => {
    const frames = Array.from(
      { length: 40 },
      () => ['14:29:50', '\tat org.example.Pool.get(Pool.java:12)'] as const,
    );
    const thrown = ['14:29:50', 'org.example.Failed: Connection refused: redis/10.96.0.9:6379'] as const;
    const stacks = log(thrown, ...frames, thrown, ...frames, thrown, ...frames);
    expect(theFinding(check, [...owners, podOf()], { logs: stacks }).summary).toContain(
      'cannot use redis:6379',
    );
    const lines = ['Error: connect ECONNREFUSED 10.96.0.7:5432 {', "  code: 'ECONNREFUSED',", '}'];
    const printed = [1, 2, 3].flatMap(() => lines.map((line) => ['14:30:00', line] as const));
    const finding = theFinding(check, [...owners, podOf()], { logs: log(...printed) });
    expect(finding.summary).toContain('cannot use 10.96.0.7:5432');
  });

  it('prefers what names its target to what is said more often', () => {
    const waits = [
      '14:30:00',
      'HikariPool-1 - Connection is not available, request timed out after 30000ms',
    ] as const;
    const finding = theFinding(check, [...owners, podOf()], {
      logs: log(
        waits,
        ['14:30:00', LINE],
        waits,
        waits,
        ['14:30:00', LINE],
        waits,
        ['14:30:00', LINE],
        waits,
      ),
    });
    expect(finding.summary).toContain('cannot use 10.96.0.7:5432');
  });

  it.each([
    ['db', 'connection to server at "db" (10.96.0.7), port 5432 failed: Connection refused'],
    ['kafka', 'dial tcp: lookup kafka-0.kafka.shop.svc.cluster.local on 10.96.0.10:53: no such host'],
    ['kafka', '[Producer clientId=p] Bootstrap broker kafka-0.kafka:9092 (id: -1 rack: null) disconnected'],
    ['six', 'dial tcp [fd00:10:96::7]:5432: connect: connection refused'],
  ])('names Service %s: %s', (name, line) => {
    const services = [
      service('db', { app: 'db' }),
      service('kafka', { app: 'kafka' }, { spec: { clusterIP: 'None' } }),
      service('six', { app: 'six' }, { spec: { clusterIP: 'fd00:10:96::7' } }),
    ];
    const logs = log(['14:29:50', line], ['14:30:00', line], ['14:30:10', line]);
    expect(theFinding(check, [...owners, ...services, podOf()], { logs })).toMatchObject({
      role: 'symptom',
      names: [{ kind: 'Service', name }],
    });
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
    const down = theFinding(
      check,
      [...owners, podOf(initialising), db],
      held('DB is unavailable - sleeping'),
    );
    expect(down.names).toMatchObject([{ kind: 'Service', name: 'db' }]);
    expect(findings(check, [...owners, podOf(initialising), db], held('waiting for connections'))).toEqual(
      [],
    );
  });

  it('on an init container that says more than its failures', () => {
    const lines = [
      'Server:\t\t10.96.0.10',
      'Address:\t10.96.0.10:53',
      '',
      "** server can't find db.prod: NXDOMAIN",
      '',
      'waiting for db.prod',
    ];
    const text = ['14:29:50', '14:30:00', '14:30:10']
      .flatMap((clock) => lines.map((line) => `${on(clock)} ${line}\n`))
      .join('');
    const logs = [{ namespace: 'shop', pod: 'pay-a', container: 'wait', text }];
    expect(theFinding(check, [...owners, podOf(initialising)], { logs }).summary).toContain(
      'cannot use db.prod: it does not resolve',
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

  it('of a liveness probe counts though the pod is Ready, as it is between two deaths', () => {
    const objects = [
      ...owners,
      podOf({ app: { livenessProbe: readinessProbe }, container: { restartCount: 3 } }),
      event('Pod', 'pay-a', 'Unhealthy', `Liveness probe failed: ${refused}`, '14:29:00', {
        last: '14:30:05',
        count: 12,
      }),
    ];
    expect(theFinding(check, objects).detail).toContain('The command of its liveness probe says');
  });

  it.each([
    ['once or twice only', refused, 2],
    ['nothing of a host', 'not yet', 12],
    ['a time-out of the kubelet itself', 'command timed out: "redis-cli" timed out after 1s', 12],
  ])('is nothing where it says %s', (_, text, count) => {
    expect(findings(check, says(text, count))).toEqual([]);
  });
});

describe('the command of a probe that says nothing', () => {
  const objects = (
    command: string,
    endpoints: Parameters<typeof slice>[1],
    env: readonly object[] = [],
  ): KubeObject[] => [
    ...owners,
    podOf({
      ready: false,
      app: { env, readinessProbe: { exec: { command: ['sh', '-c', command] }, periodSeconds: 5 } },
    }),
    service('db', { app: 'db' }),
    slice('db', endpoints),
    event('Pod', 'pay-a', 'Unhealthy', 'Readiness probe failed: ', '14:29:00', {
      last: '14:30:05',
      count: 12,
    }),
  ];

  it.each([
    'nc -z db 5432',
    'nc -z -w 1 db 5432 </dev/null',
    'pg_isready -q -h db -U shop',
    'mysqladmin ping --host=db.shop --silent',
    'curl -sf http://db:80/health >/dev/null',
    'test -f /ready && echo > /dev/tcp/db/5432',
    'wget -qO- db:80',
  ])('waits for the Service that it asks, where that is empty: %s', (command) => {
    const finding = theFinding(check, objects(command, []));
    expect(finding).toMatchObject({ role: 'symptom', names: [{ kind: 'Service', name: 'db' }] });
    expect(finding.summary).toBe('Deployment shop/pay cannot use db: it cannot be reached');
    expect(finding.evidence.map(({ path }) => path)).toContain(
      'spec.containers[app].readinessProbe.exec.command',
    );
  });

  it.each([
    'pg_isready -h $DB_HOST',
    'pg_isready -h ${DB_HOST}',
    'pg_isready -h $(DB_HOST)',
    'pg_isready -h ${HOST:-db}',
  ])('has its variables filled in: %s', (command) => {
    expect(findings(check, objects(command, [], [{ name: 'DB_HOST', value: 'db' }]))).toHaveLength(1);
  });

  it.each<[string, string, Parameters<typeof slice>[1]]>([
    ['the Service has a ready endpoint', 'nc -z db 5432', [endpoint('db-a')]],
    ['it asks the pod itself', 'nc -z localhost 5432', []],
    ['the name is a mere word', 'check db --all', []],
  ])('waits for nothing where %s', (_, command, endpoints) => {
    expect(findings(check, objects(command, endpoints))).toEqual([]);
  });
});

describe('role', () => {
  const cause = 'ERROR dial tcp 203.0.113.9:5432: connect: connection refused';
  it.each([
    ['symptom', LINE],
    ['cause', cause],
    ['cause', 'FATAL: password authentication failed for user "app"'],
    ['symptom', 'ERROR dial tcp 172.18.0.2:6443: connect: connection refused'],
    ['cause', 'ERROR dial tcp [::1]:5432: connect: connection refused'],
    ['symptom', 'ERROR dial tcp: lookup db.shop on 10.96.0.10:53: no such host'],
  ])('%s: %s', (role, line) => {
    const db = service('db', { app: 'db' }, { spec: { clusterIP: '10.96.0.7' } });
    const logs = log(['14:29:50', line], ['14:30:00', line], ['14:30:10', line]);
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1', uid: 'node-1' },
      status: { addresses: [{ type: 'InternalIP', address: '172.18.0.2' }] },
    };
    expect(theFinding(check, [...owners, db, node, podOf()], { logs }).role).toBe(role);
  });

  it.each([
    ['cause', 'lies outside', '192.0.2.10', undefined],
    ['symptom', 'is a pod', '10.244.0.9', undefined],
    ['symptom', 'is kept for a selector', '192.0.2.10', { app: 'db' }],
  ])('%s, where what a Service leads to %s', (role, _, address, selector) => {
    const db = service('db', selector, { spec: { clusterIP: '10.96.0.7' } });
    const kept = slice('db', [{ addresses: [address], conditions: { ready: true } }]);
    const finding = theFinding(check, [...owners, db, kept, podOf()], { logs: three });
    expect(finding.role).toBe(role);
    expect(finding.detail.includes('It leads to 192.0.2.10, kept by hand')).toBe(role === 'cause');
  });

  it.each([
    ['symptom', 'a pod of a namespace that was left out may have', '10.244.0.77'],
    ['cause', 'no pod of any namespace can have', '192.0.2.10'],
  ])('%s, where what a Service leads to %s', (role, _, address) => {
    const db = service('db', undefined, { spec: { clusterIP: '10.96.0.7' } });
    const kept = slice('db', [{ addresses: [address], conditions: { ready: true } }]);
    const node = {
      apiVersion: 'v1',
      kind: 'Node',
      metadata: { name: 'node-1' },
      spec: { podCIDR: '10.244.0.0/24' },
    };
    const verdict = verdictOf(check, {
      objects: [...owners, db, kept, node, podOf()],
      logs: three,
      lists: { pods: [{ namespace: 'shop', outcome: 'complete' }] },
    });
    expect(verdict.findings.map((one) => one.role)).toEqual([role]);
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
  it('on a database that says of its clients why it turns them away', () => {
    const said = ['sorry, too many clients already', 'password authentication failed for user "app"'].map(
      (words) => `2026-05-01 14:30:00.123 UTC [57] FATAL:  ${words}`,
    );
    for (const line of said) {
      const logs = log(['14:29:50', line], ['14:29:55', line], ['14:30:00', line]);
      expect(findings(check, [...owners, podOf()], { logs })).toEqual([]);
    }
  });

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
    [
      'trouble told every two seconds, and no more for a minute',
      log(...['00', '02', '04', '06', '09'].map((at): [string, string] => [`14:29:${at}`, LINE])),
    ],
    ['a log without complaints', log(['14:30:00', 'INFO served'])],
  ])('on %s', (_, logs) => {
    expect(findings(check, [...owners, podOf()], { logs })).toEqual([]);
  });
});

it.each([
  ['whose pace is not known yet', ['14:29:00', '14:29:02', '14:29:04']],
  ['told every ten seconds', ['14:28:30', '14:28:40', '14:28:50', '14:29:00']],
  ['told at growing intervals', ['14:28:00', '14:28:10', '14:28:30', '14:29:10']],
])('fires on trouble %s, silent for a minute', (_, times) => {
  const logs = log(...times.map((at): [string, string] => [at, LINE]));
  expect(theFinding(check, [...owners, podOf()], { logs }).summary).toContain('cannot use');
});

it('takes no silence for an end that came after the log was read, early in a long capture', () => {
  const logs = log(...['29:52', '29:56', '30:00', '30:04'].map((at): [string, string] => [`14:${at}`, LINE]));
  const more = { logs, startedAt: on('14:30:00'), endedAt: on('14:31:00') };
  expect(theFinding(check, [...owners, podOf()], more).summary).toContain('cannot use');
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    expect(verdictOf(check, { lists: { pods: 'forbidden' } }).unknown[0]?.because).toBe('list:pods');
  });
});
