import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/pod/circular-wait.ts';
import type { Finding } from '../../../../analyze/model/finding.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { on, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, verdictOf } from '../judging.ts';

type Log = NonNullable<EvidenceGiven['logs']>[number];

/** A Deployment with its Service; its one pod is as it is told. */
function app(name: string, more: Parameters<typeof pod>[1]): KubeObject[] {
  const labels = { app: name };
  return [
    workload(name, { pods: labels }),
    replicaSet(name, 1, labels, '12:00:00', 1),
    pod(`${name}-a`, { labels, owner: ['ReplicaSet', `${name}-1`], ...more }),
    service(name, labels),
  ];
}

const initialising = {
  phase: 'Pending',
  ready: false,
  container: { state: { waiting: { reason: 'PodInitializing' } }, started: false },
  initContainers: [
    { name: 'wait', ready: false, restartCount: 0, state: { running: { startedAt: on('14:20:00') } } },
  ],
  spec: { initContainers: [{ name: 'wait' }], containers: [{ name: 'app' }] },
};
const dying = {
  ready: false,
  container: {
    restartCount: 5,
    state: { waiting: { reason: 'CrashLoopBackOff' } },
    lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: on('14:29:50') } },
  },
};

function waits(of: string, text: string): Log {
  const said = ['14:29:50', '14:30:00', '14:30:10'].map((clock) => `${on(clock)} ${text}\n`).join('');
  return { namespace: 'shop', pod: `${of}-a`, container: 'wait', text: said };
}

function dies(of: string, ...lines: readonly string[]): Log {
  const text = lines.map((line) => `${on('14:29:49')} ${line}\n`).join('');
  return { namespace: 'shop', pod: `${of}-a`, container: 'app', previous: true, text };
}

function circles(objects: readonly KubeObject[], logs: readonly Log[]): Finding[] {
  return findings(check, objects, { logs });
}

describe('fires', () => {
  it('for certain on init containers', () => {
    const objects = [...app('orders', initialising), ...app('billing', initialising)];
    const logs = [
      waits('orders', 'billing:80 not ready, waiting'),
      waits('billing', 'waiting for orders:80'),
    ];
    const [circle, ...more] = circles(objects, logs);
    expect(more).toEqual([]);
    expect(circle).toMatchObject({
      key: 'pod/circular-wait:Deployment/shop/billing',
      confidence: 'certain',
      names: [],
    });
    expect(circle?.summary).toMatch(/shop\/(orders|billing) and .* wait for each other: none starts/);
  });

  it('likely on what dies of it, and on a longer way round', () => {
    const objects = ['a', 'b', 'c'].flatMap((name) => app(name, dying));
    const logs = [
      dies('a', 'Error: connect ECONNREFUSED b:80'),
      dies('b', 'dial tcp: lookup c.shop on 10.96.0.10:53: no such host'),
      dies('c', 'could not connect to a:80: Connection refused'),
    ];
    const [circle] = circles(objects, logs);
    expect(circle).toMatchObject({ confidence: 'likely' });
    expect(circle?.summary).toContain('wait for one another in a circle');
  });

  it('on what waits for itself', () => {
    const [circle] = circles(app('hook', initialising), [waits('hook', 'waiting for hook:80')]);
    expect(circle?.summary).toContain('waits for its own Service before it starts');
  });
});

describe('quiet', () => {
  const refused = (name: string): string => `Error: connect ECONNREFUSED ${name}:80`;
  it.each<[string, KubeObject[], Log[]]>([
    [
      'one of them dies of something else',
      [...app('a', dying), ...app('b', dying)],
      [
        dies('a', refused('b'), ...Array.from({ length: 12 }, () => 'loading'), 'panic: nil map'),
        dies('b', refused('a')),
      ],
    ],
    [
      'it is no circle',
      [...app('a', initialising), ...app('b', initialising), ...app('c', { ready: false })],
      [waits('a', 'waiting for b:80'), waits('b', 'waiting for c:80')],
    ],
    [
      'they run, and merely complain',
      [...app('a', { ready: false }), ...app('b', { ready: false })],
      ['a', 'b'].map((name, index) => ({
        ...waits(name, refused(['b', 'a'][index] ?? '')),
        container: 'app',
      })),
    ],
    [
      'another pod stands behind the Service',
      [
        ...app('a', initialising),
        ...app('b', initialising),
        pod('b-b', { labels: { app: 'b' }, owner: ['ReplicaSet', 'b-1'] }),
      ],
      [waits('a', 'waiting for b:80'), waits('b', 'waiting for a:80')],
    ],
    [
      'they time out, which is no empty Service',
      [...app('a', dying), ...app('b', dying)],
      [dies('a', 'dial tcp b:80: i/o timeout'), dies('b', 'dial tcp a:80: i/o timeout')],
    ],
    [
      'they were made a moment ago',
      [
        ...app('a', { ...initialising, created: '14:30:00' }),
        ...app('b', { ...initialising, created: '14:30:00' }),
      ],
      [waits('a', 'waiting for b:80'), waits('b', 'waiting for a:80')],
    ],
  ])('where %s', (_, objects, logs) => {
    expect(circles(objects, logs)).toEqual([]);
  });
});

describe('a StatefulSet', () => {
  const spec = (more: object): KubeObject[] => {
    const made = workload('db', { kind: 'StatefulSet', pods: { app: 'db' }, replicas: 3 });
    return [{ ...made, spec: { ...(made['spec'] as object), serviceName: 'db', ...more } }];
  };
  const headless = (more: object = {}): KubeObject =>
    service('db', { app: 'db' }, { spec: { clusterIP: 'None', ...more } });
  const member = (ordinal: number, ready = false): KubeObject =>
    pod(`db-${ordinal}`, { ready, labels: { app: 'db' }, owner: ['StatefulSet', 'db'] });
  const asks = (peer: string, from = 'db-0'): Log => ({
    ...waits('db', `WARN dial tcp: lookup ${peer} on 10.96.0.10:53: no such host`),
    pod: from,
    container: 'app',
  });

  it('waits for a pod that is made only after it', () => {
    const [circle] = circles([...spec({}), headless(), member(0)], [asks('db-1.db')]);
    expect(circle?.summary).toBe(
      'StatefulSet shop/db waits for its own pod db-1, which is not made before db-0 is Ready',
    );
    expect(circle?.evidence.some(({ path }) => path === 'spec.podManagementPolicy')).toBe(true);
  });

  it('waits for a name that is published only once its pod is Ready', () => {
    const objects = [...spec({ podManagementPolicy: 'Parallel' }), headless(), member(0), member(1)];
    const [circle] = circles(objects, [asks('db-1.db.shop.svc.cluster.local'), asks('db-0.db', 'db-1')]);
    expect(circle?.summary).toContain(
      'waits for the name of its own pod db-1, which does not resolve before',
    );
    expect(circle?.remedy.mend[0]).toContain('publishNotReadyAddresses');
  });

  it.each<[string, KubeObject[]]>([
    ['makes all at once', [...spec({ podManagementPolicy: 'Parallel' }), headless(), member(0)]],
    ['has no such pod to come', [...spec({ replicas: 1 }), headless(), member(0)]],
    [
      'publishes its peers',
      [
        ...spec({ podManagementPolicy: 'Parallel' }),
        headless({ publishNotReadyAddresses: true }),
        member(0),
        member(1),
      ],
    ],
    ['is Ready all the while', [...spec({}), headless(), member(0, true)]],
  ])('that %s does not', (_, objects) => {
    expect(circles(objects, [asks('db-1.db'), asks('db-0.db', 'db-1')])).toEqual([]);
  });

  it.each<[string, KubeObject[], Log]>([
    ['of one before it, which is made first', [member(1)], asks('db-0.db', 'db-1')],
    ['of another namespace', [member(0)], asks('db-1.db.other.svc.cluster.local')],
    ['outside the cluster', [member(0)], asks('db-1.example.com')],
  ])('that waits for the name %s is in no circle', (_, members, log) => {
    expect(circles([...spec({}), headless(), ...members], [log])).toEqual([]);
  });

  it('whose peer has trouble of its own is in no circle', () => {
    const objects = [...spec({ podManagementPolicy: 'Parallel' }), headless(), member(0)];
    const peer = pod('db-1', { ...dying, labels: { app: 'db' }, owner: ['StatefulSet', 'db'] });
    const died = { ...dies('db', 'panic: nil map'), pod: 'db-1' };
    expect(circles([...objects, peer], [asks('db-1.db'), died])).toEqual([]);
  });
});

describe('unknown', () => {
  it.each([['pods', 'list:pods']])('when %s may not be listed', (resource, gap) => {
    expect(verdictOf(check, { lists: { [resource]: 'forbidden' } }).unknown[0]?.because).toBe(gap);
  });

  it('of pods that wait when Services may not be listed', () => {
    const objects = [...app('a', initialising), ...app('b', initialising)].filter(
      ({ kind }) => kind !== 'Service',
    );
    // What waits is told by its words alone then.
    const logs = [
      waits('a', 'dial tcp: lookup b on 10.96.0.10:53: no such host'),
      waits('b', 'dial tcp: lookup a on 10.96.0.10:53: no such host'),
    ];
    const verdict = verdictOf(check, { objects, logs, lists: { services: 'forbidden' } });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown.map(({ because }) => because)).toContain('list:services');
  });
});
