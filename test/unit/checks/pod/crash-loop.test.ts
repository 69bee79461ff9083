import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/crash-loop.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding, verdictOf } from '../judging.ts';

const owners = [
  workload('pay', { pods: { app: 'pay' } }),
  replicaSet('pay', 1, { app: 'pay' }, '12:00:00', 1),
];

function dying(name: string, container: Readonly<Record<string, unknown>>, more: object = {}): KubeObject {
  return pod(name, { owner: ['ReplicaSet', 'pay-1'], ready: false, since: '14:00:03', container, ...more });
}

function ended(from: string, to: string, exitCode = 1, reason = 'Error'): Readonly<Record<string, unknown>> {
  return { terminated: { exitCode, reason, startedAt: on(from), finishedAt: on(to) } };
}

const waiting = {
  waiting: { reason: 'CrashLoopBackOff', message: 'back-off 5m0s restarting failed container=app' },
};
const loop = { restartCount: 7, state: waiting, lastState: ended('14:27:00', '14:27:02') };
const backOff = event(
  'Pod',
  'pay-a',
  'BackOff',
  'Back-off restarting failed container app in pod pay-a_shop(x)',
  '14:00:20',
  {
    last: '14:29:00',
    count: 90,
  },
);

describe('fires', () => {
  it('on a container that waits in back-off, as one finding for its workload', () => {
    const finding = theFinding(check, [...owners, dying('pay-a', loop), dying('pay-b', loop)]);
    expect(finding).toMatchObject({
      key: 'pod/crash-loop:Deployment/shop/pay',
      role: 'cause',
      severity: 'critical',
    });
    expect(finding.summary).toContain('exit code 1');
    expect(finding.involves.filter(({ kind }) => kind === 'Pod').map(({ name }) => name)).toEqual([
      'pay-a',
      'pay-b',
    ]);
    expect(pointers(finding)[0]).toContain('CrashLoopBackOff');
    expect(finding.remedy.confirm[0]).toBe('kubectl -n shop logs pay-a -c app --previous');
  });

  it('quotes the last words of the one that died, with file and line', () => {
    const finding = theFinding(check, [...owners, dying('pay-a', loop)], {
      logs: [
        {
          namespace: 'shop',
          pod: 'pay-a',
          container: 'app',
          previous: true,
          text: `${on('14:27:01.0')} starting\n${on('14:27:02.0')} panic: no config at /etc/pay\n`,
        },
      ],
    });
    expect(finding.summary).toContain('panic: no config at /etc/pay');
    expect(finding.evidence.find(({ kind, line }) => kind === 'log' && line === 2)).toMatchObject({
      file: 'logs/shop/pay-a/app.previous.log',
      text: 'panic: no config at /etc/pay',
    });
  });

  it.each<[string, string, string, string]>([
    [
      'a panic above its stack',
      'panic: no pool\n\ngoroutine 1 [running]:\nmain.main()\n\t/src/main.go:17 +0x2f',
      'it panics: ',
      'panic: no pool',
    ],
    [
      'a module that is missing, in a traceback',
      'Traceback (most recent call last):\n  File "main.py", line 3\nModuleNotFoundError: No module named \'x\'',
      'a module that it needs is not in the image',
      "No module named 'x'",
    ],
    [
      'a port that is taken',
      'listen tcp :8080: bind: address already in use\nexiting',
      'its port is taken',
      'address already in use',
    ],
    [
      'what it depends on, above what follows from it',
      'dial tcp 10.96.0.7:5432: connect: connection refused\nshutting down',
      'it cannot use 10.96.0.7:5432',
      'connection refused',
    ],
    [
      'a file that it may not open',
      'open /etc/app.pid: permission denied',
      'it may not do what it tries',
      'permission denied',
    ],
  ])('finds in its last words %s', (_, text, words, quoted) => {
    const lines = text.split('\n').map((line) => `${on('14:27:01.0')} ${line}\n`);
    const finding = theFinding(check, [...owners, dying('pay-a', loop)], {
      logs: [{ namespace: 'shop', pod: 'pay-a', container: 'app', previous: true, text: lines.join('') }],
    });
    expect(finding.summary).toContain(words);
    expect(finding.summary).toContain(quoted);
    expect(finding.evidence.some(({ kind, text: said }) => kind === 'log' && said?.includes(quoted))).toBe(
      true,
    );
  });

  it('says when the kubelet kills it for its probe, and points at that Event', () => {
    const killing = event(
      'Pod',
      'pay-a',
      'Killing',
      'Container app failed liveness probe, will be restarted',
      '14:10:00',
      { last: '14:29:30', count: 6 },
    );
    const killed = { ...loop, lastState: ended('14:27:00', '14:27:02', 143) };
    const finding = theFinding(check, [...owners, dying('pay-a', killed), killing]);
    expect(finding.summary).toContain(
      'the kubelet kills it because its liveness probe fails (exit code 143)',
    );
    expect(pointers(finding).some((one) => one.includes('failed liveness probe'))).toBe(true);
  });

  it('says that it was killed for its postStart hook', () => {
    const hook = event('Pod', 'pay-a', 'FailedPostStartHook', 'PostStartHook failed', '14:29:30', {
      type: 'Warning',
    });
    const involvedObject = {
      apiVersion: 'v1',
      kind: 'Pod',
      namespace: 'shop',
      name: 'pay-a',
      uid: 'shop-pay-a',
      fieldPath: 'spec.containers{app}',
    };
    const ofApp = { ...hook, involvedObject };
    const killed = { ...loop, lastState: ended('14:27:00', '14:27:02', 137) };
    const finding = theFinding(check, [...owners, dying('pay-a', killed), ofApp]);
    expect(finding.summary).toContain('because its postStart hook fails (exit code 137)');
  });

  it('began no later than the first back-off', () => {
    const { since } = theFinding(check, [...owners, dying('pay-a', loop), backOff]);
    expect(since.to).toBe(on('14:00:20'));
    expect(since.from).toBe(on('13:50:20'));
  });

  it('names the signal, and an end without an error', () => {
    const killed = { ...loop, lastState: ended('14:27:00', '14:27:02', 137, 'OOMKilled') };
    expect(theFinding(check, [...owners, dying('pay-a', killed)]).summary).toContain(
      'OOMKilled (exit code 137)',
    );
    const done = { ...loop, lastState: ended('14:27:00', '14:27:02', 0, 'Completed') };
    expect(theFinding(check, [...owners, dying('pay-a', done)]).summary).toContain('exit code 0');
  });

  it('on one that is up for a moment between two deaths', () => {
    const up = {
      restartCount: 4,
      state: { running: { startedAt: on('14:30:10') } },
      lastState: ended('14:29:00', '14:29:05'),
    };
    expect(findings(check, [...owners, dying('pay-a', up)])).toHaveLength(1);
  });

  it('on one that has just died again', () => {
    const down = {
      restartCount: 4,
      state: ended('14:30:00', '14:30:05'),
      lastState: ended('14:29:00', '14:29:05'),
    };
    expect(findings(check, [...owners, dying('pay-a', down)])).toHaveLength(1);
  });

  it('on a program that cannot even be started, between two tries', () => {
    const message =
      'failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: ' +
      'unable to start container process: exec: "/app/serve": stat /app/serve: no such file or directory';
    const last = { exitCode: 128, reason: 'StartError', message, finishedAt: on('14:29:50') };
    const state = { waiting: { reason: 'RunContainerError', message } };
    const absent = { restartCount: 4, state, lastState: { terminated: last } };
    const finding = theFinding(check, [...owners, dying('pay-a', absent)]);
    expect(finding.summary).toContain('its command /app/serve is not in the image');
    expect(finding.summary).toContain('exec: "/app/serve": stat /app/serve: no such file or directory');
    expect(finding.names).toEqual([]);
    const mount =
      'OCI runtime create failed: runc create failed: unable to start container process: error mounting "/a" to rootfs at "/etc/app.yaml": mount /a: not a directory: unknown';
    const onto = { ...absent, lastState: { terminated: { ...last, message: mount } } };
    expect(theFinding(check, [...owners, dying('pay-a', onto)]).summary).toContain(
      'a file is mounted onto a directory, or a directory onto a file, at /etc/app.yaml',
    );
  });

  it('on an init container', () => {
    const init = dying(
      'pay-a',
      { state: { waiting: { reason: 'PodInitializing' } } },
      {
        phase: 'Pending',
        spec: { initContainers: [{ name: 'migrate' }] },
        initContainers: [{ name: 'migrate', ready: false, ...loop }],
      },
    );
    expect(theFinding(check, [...owners, init]).summary).toContain('init container migrate');
  });
});

describe('the log', () => {
  const up = {
    restartCount: 3,
    state: { running: { startedAt: on('14:30:02') } },
    lastState: ended('14:29:00', '14:29:01'),
  };
  const logs = (text: string, previous = false) => [
    { namespace: 'shop', pod: 'pay-a', container: 'app', previous, text: `${on('14:30:03')} ${text}\n` },
  ];
  const gone = logs('unable to retrieve container logs for containerd://5128', true);

  it('of the life that runs tells where the one before is gone', () => {
    const finding = theFinding(check, [...owners, dying('pay-a', up)], {
      logs: [...gone, ...logs("cat: can't open '/etc/app.yaml': No such file or directory")],
    });
    expect(finding.summary).toContain('a file that it needs is not there');
  });

  it('of the life that runs is no last word where it says nothing of the sort', () => {
    const finding = theFinding(check, [...owners, dying('pay-a', up)], {
      logs: [...gone, ...logs('INFO starting')],
    });
    expect(finding.summary).not.toContain('INFO starting');
  });

  it.each([
    ['reads a variable of the service links', {}, true],
    ['has its service links switched off', { spec: { enableServiceLinks: false } }, false],
    [
      'sets the variable itself',
      { app: { env: [{ name: 'CART_DB_PORT', value: 'tcp://10.96.0.7:80' }] } },
      false,
    ],
  ])('of a program that %s', (_, more, told) => {
    const line = 'panic: strconv.Atoi: parsing "tcp://10.96.0.7:80": invalid syntax';
    const db = service('cart-db', { app: 'db' }, { spec: { clusterIP: '10.96.0.7' } });
    const logs = [
      {
        namespace: 'shop',
        pod: 'pay-a',
        container: 'app',
        previous: true,
        text: `${on('14:27:01')} ${line}\n`,
      },
    ];
    const { summary } = theFinding(check, [...owners, db, dying('pay-a', loop, more)], { logs });
    const words = 'it reads CART_DB_PORT, which Kubernetes sets to tcp://10.96.0.7:80 for Service cart-db';
    expect(summary.includes(words)).toBe(told);
  });

  it('of a program that is called wrongly', () => {
    const finding = theFinding(check, [...owners, dying('pay-a', loop)], {
      logs: logs('Error: unknown flag: --listen', true),
    });
    expect(finding.summary).toContain('called with arguments that it does not know');
  });

  it('warns only, where the revision before serves', () => {
    const old = pod('pay-0', { owner: ['ReplicaSet', 'pay-0'] });
    const before = replicaSet('pay', 0, { app: 'pay' }, '11:00:00', 1);
    expect(theFinding(check, [...owners, before, old, dying('pay-a', loop)]).severity).toBe('warning');
  });
});

describe('quiet', () => {
  it.each<[string, KubeObject[]]>([
    ['a container that runs', [...owners, pod('pay-a', { owner: ['ReplicaSet', 'pay-1'] })]],
    [
      'one restart, after which it runs',
      [
        ...owners,
        dying('pay-a', {
          restartCount: 1,
          state: { running: { startedAt: on('14:30:00') } },
          lastState: ended('14:29:00', '14:29:50'),
        }),
      ],
    ],
    [
      'restarts long ago',
      [
        ...owners,
        pod('pay-a', {
          container: {
            restartCount: 12,
            state: { running: { startedAt: on('13:00:00') } },
            lastState: ended('12:58:00', '12:59:00'),
          },
        }),
      ],
    ],
    [
      'restarts minutes ago that it has outlived',
      [
        ...owners,
        pod('pay-a', {
          container: {
            restartCount: 3,
            state: { running: { startedAt: on('14:24:00') } },
            lastState: ended('14:23:00', '14:23:40'),
          },
        }),
      ],
    ],
    [
      'a status nobody has written for long',
      [...owners, dying('pay-a', { ...loop, lastState: ended('13:00:00', '13:00:02') })],
    ],
    ['a pod that is being deleted', [...owners, dying('pay-a', loop, { deleted: '14:29:00' })]],
    [
      'a pod that is done',
      [
        ...owners,
        dying(
          'pay-a',
          { ...loop, state: ended('14:29:00', '14:29:05', 0, 'Completed') },
          { phase: 'Succeeded' },
        ),
      ],
    ],
    [
      'another kind of waiting',
      [...owners, dying('pay-a', { restartCount: 0, state: { waiting: { reason: 'ImagePullBackOff' } } })],
    ],
  ])('on %s', (_, objects) => {
    expect(findings(check, objects)).toEqual([]);
  });
});

describe('unknown', () => {
  it('when pods may not be listed', () => {
    const verdict = verdictOf(check, { objects: [dying('pay-a', loop)], lists: { pods: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]?.because).toBe('list:pods');
  });

  it('of the pods that did not come, while what did come stands', () => {
    const verdict = verdictOf(check, {
      objects: [...owners, dying('pay-a', loop)],
      lists: { pods: 'partial' },
    });
    expect(verdict.roots).toEqual(['pod/crash-loop:Deployment/shop/pay']);
    expect(verdict.unknown[0]?.because).toBe('list:pods');
  });
});
