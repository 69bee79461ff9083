/** What tells a start that is slow from one that comes to nothing. */
import { expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/probe-misconfigured.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on, service } from '../../../support/kube-objects.ts';
import { findings, theFinding } from '../judging.ts';
import { owners, podOf } from './pod-support.ts';

const refused =
  'Startup probe failed: Get "http://10.244.0.9:8080/healthz": dial tcp 10.244.0.9:8080: connect: connection refused';

it.each([
  ['says that it starts', 'booting: 40 % of the index is loaded', 1],
  ['waits for something else', 'waiting for config from control plane', 0],
  ['cannot use something else', 'starting: dial tcp 10.96.0.7:5432: connect: connection refused', 0],
  ['says nothing of a start', 'hello', 0],
])('a startup probe is too short only where the container %s', (_, said, times) => {
  const startupProbe = { httpGet: { path: '/healthz', port: 8080 }, periodSeconds: 5 };
  const container = {
    restartCount: 4,
    state: { running: { startedAt: on('14:30:00') } },
    lastState: {
      terminated: { reason: 'Error', exitCode: 137, startedAt: on('14:29:30'), finishedAt: on('14:29:46') },
    },
  };
  const objects = [
    ...owners,
    podOf({ ready: false, container, app: { ports: [{ containerPort: 8080 }], startupProbe } }),
    event('Pod', 'pay-a', 'Unhealthy', refused, '14:20:00', {
      last: '14:30:10',
      count: 12,
    }),
    event('Pod', 'pay-a', 'Killing', 'Container app failed startup probe, will be restarted', '14:20:10', {
      last: '14:29:46',
      count: 4,
    }),
  ];
  const more = {
    logs: [
      {
        namespace: 'shop',
        pod: 'pay-a',
        container: 'app',
        previous: true,
        text: `${on('14:29:31')} ${said}\n`,
      },
    ],
  };
  expect(findings(check, objects, more)).toHaveLength(times);
});

it.each([
  ['its own localhost', 'dial tcp 127.0.0.1:8080: connect: connection refused', 'check', 1],
  ['something else', 'db:5432: connection refused', 'check', 0],
  ['a Service, and says nothing', '', 'nc -z db 5432', 0],
  ['nothing that is a Service', '', 'nc -z cache 6379', 1],
])('a liveness command that asks %s', (_, said, command, times) => {
  const livenessProbe = { exec: { command: ['sh', '-c', command] }, periodSeconds: 5 };
  const container = {
    restartCount: 4,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: {
      terminated: { reason: 'Error', exitCode: 137, startedAt: on('14:29:30'), finishedAt: on('14:29:46') },
    },
  };
  const objects = [
    ...owners,
    service('db', { app: 'db' }),
    podOf({ ready: false, container, app: { livenessProbe } }),
    event('Pod', 'pay-a', 'Unhealthy', `Liveness probe failed: ${said}`, '14:20:00', {
      last: '14:29:40',
      count: 12,
    }),
    event('Pod', 'pay-a', 'Killing', 'Container app failed liveness probe, will be restarted', '14:20:10', {
      last: '14:29:46',
      count: 4,
    }),
  ];
  expect(findings(check, objects)).toHaveLength(times);
});

it('no port is wrong because another container passes a probe of its own', () => {
  const probe = (port: number): object => ({ httpGet: { path: '/healthz', port } });
  const containers = [
    { name: 'app', image: 'app:1', readinessProbe: probe(8080) },
    { name: 'proxy', image: 'proxy:1', startupProbe: probe(15_001) },
  ];
  const said = refused.replaceAll('8080', '15001');
  const objects = (list: readonly object[]): KubeObject[] => [
    ...owners,
    podOf({ ready: false, spec: { containers: list } }),
    event('Pod', 'pay-a', 'Unhealthy', said, '14:20:00', { last: '14:30:10', count: 12 }),
  ];
  expect(findings(check, objects(containers))).toEqual([]);
  const alone = [{ ...containers[1], livenessProbe: probe(8080) }];
  expect(theFinding(check, objects(alone)).summary).toContain('passes its liveness probe on 8080');
});

it.each([
  ['and says nothing', [], 1],
  ['and has named something else before', ['Readiness probe failed: db:5432: connection refused'], 0],
])('a readiness command that takes too long %s', (_, said, times) => {
  const readinessProbe = { exec: { command: ['check'] }, timeoutSeconds: 3 };
  const slow = 'Readiness probe failed: command timed out: "check" timed out after 3s';
  const objects = [
    ...owners,
    podOf({ ready: false, app: { readinessProbe } }),
    ...[...said, slow].map((message, index) =>
      event('Pod', 'pay-a', 'Unhealthy', message, `14:2${index}:00`, { last: '14:30:00', count: 12 }),
    ),
  ];
  expect(findings(check, objects)).toHaveLength(times);
});

it.each([
  ['times out most often', 3, 9, 1],
  ['says no most often, and was late on a busy node', 20, 4, 0],
])('a command is too slow where it %s', (_, no, late, times) => {
  const readinessProbe = { exec: { command: ['test', '-f', '/tmp/leader'] }, periodSeconds: 5 };
  const failed = (text: string, count: number, first: string, last: string): KubeObject =>
    event('Pod', 'pay-a', 'Unhealthy', `Readiness probe failed: ${text}`, first, { last, count });
  const objects = [
    ...owners,
    podOf({ ready: false, app: { readinessProbe } }),
    failed('not the leader', no, '14:20:00', '14:30:00'),
    failed('command timed out: "test -f /tmp/leader" timed out after 1s', late, '14:20:05', '14:30:05'),
  ];
  expect(findings(check, objects)).toHaveLength(times);
});

it.each([
  [
    'throttled all its life',
    [
      [600, 480],
      [600, 480],
    ],
    'throttled in 80 % of its CPU periods (limit 10m)',
  ],
  [
    'throttled while it was looked at',
    [
      [600, 90],
      [700, 140],
    ],
    'throttled in 50 % of its CPU periods',
  ],
  [
    'throttled once, and not now',
    [
      [600, 480],
      [900, 480],
    ],
    '',
  ],
  [
    'hardly throttled',
    [
      [600, 60],
      [600, 60],
    ],
    '',
  ],
])('a command that is too slow in a container %s', (_, counts, words) => {
  const app = {
    readinessProbe: { exec: { command: ['check'] }, timeoutSeconds: 1 },
    resources: { limits: { cpu: '10m' } },
  };
  const said = 'Readiness probe failed: command timed out: "check" timed out after 1s';
  const metrics = counts.map(([periods, throttled], index) => ({
    namespace: 'x',
    pod: 'y',
    port: 1,
    label: index === 0 ? ('first' as const) : ('last' as const),
    text: Object.entries({ periods, throttled_periods: throttled })
      .map(
        ([name, value]) =>
          `container_cpu_cfs_${name}_total{container="",namespace="shop",pod="pay-a"} ${value}\n`,
      )
      .join(''),
  }));
  const objects = [
    ...owners,
    podOf({ ready: false, app }),
    event('Pod', 'pay-a', 'Unhealthy', said, '14:20:00', { last: '14:30:10', count: 60 }),
  ];
  const finding = theFinding(check, objects, { metrics });
  expect(finding.summary.includes('throttled')).toBe(words !== '');
  expect(finding.summary).toContain(words);
  expect(finding.remedy.summary.startsWith('Raise its CPU limit of 10m first')).toBe(words !== '');
});
