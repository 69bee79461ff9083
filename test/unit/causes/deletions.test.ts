/** Deletions as suspects: seen by the watch, or shown by what the deleted left behind. */
import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../support/evidence.ts';
import { event, on, pod, replicaSet, service, workload } from '../../support/kube-objects.ts';
import { pay, told } from './suspected.ts';

const scaled = event(
  'Deployment',
  'cart',
  'ScalingReplicaSet',
  'Scaled up replica set cart-1 to 2',
  '13:00:00',
);

describe('a Deployment that is gone', () => {
  const killing = event('Pod', 'cart-5d8c7f9b6-x2x4z', 'Killing', 'Stopping container app', '14:08:00');
  const LINE = 'Deployment cart is gone';

  it('is named by what was said last of it', () => {
    expect(told([pay, scaled])).toEqual([
      ['13:00:00', `${LINE}: this is the last that was said of it`, 'inferred'],
    ]);
  });

  it('is dated by the end of its pods', () => {
    expect(told([pay, scaled, killing])).toEqual([
      ['14:08:00', `${LINE}: its pods were ended then`, 'inferred'],
    ]);
  });

  it.each<[string, KubeObject[]]>([
    ['is still there', [workload('cart', { pods: { app: 'cart' } }), scaled]],
    [
      'was in another namespace',
      [
        {
          ...scaled,
          involvedObject: { kind: 'Deployment', namespace: 'bank', name: 'cart' },
          metadata: { namespace: 'bank', name: 'x', uid: 'x' },
        },
      ],
    ],
  ])('is no suspect where it %s', (_, objects) => {
    expect(told([pay, ...objects]).filter(([, words]) => words.startsWith(LINE))).toEqual([]);
  });
});

describe('what a watch saw go', () => {
  const change = (type: 'DELETED' | 'MODIFIED', object: KubeObject, clock = '14:08:00') => ({
    at: on(clock),
    type,
    object: { ...object },
  });
  const deleted = (object: KubeObject, clock?: string) => change('DELETED', object, clock);
  const config = (name: string): KubeObject => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name, namespace: 'shop', uid: name, creationTimestamp: on('06:00:00') },
  });

  it('is a suspect with its time, the nearer first: what a Service selected, what the workload names or uses', () => {
    const using = workload('pay', {
      pods: { app: 'pay' },
      containers: [
        {
          name: 'app',
          env: [{ name: 'DB', value: 'http://db' }],
          envFrom: [{ configMapRef: { name: 'settings' } }],
        },
      ],
    });
    const changes = [
      deleted(config('other'), '14:07:00'),
      deleted(config('settings'), '14:06:00'),
      deleted(service('db', { app: 'db' }), '14:05:00'),
      deleted(service('far', { app: 'far' }), '14:04:00'),
    ];
    expect(told([using], undefined, { changes })).toEqual([
      ['14:06:00', 'ConfigMap settings was deleted', 'observed'],
      ['14:05:00', 'Service db was deleted', 'observed'],
      ['14:07:00', 'ConfigMap other was deleted', 'observed'],
      ['14:04:00', 'Service far was deleted', 'observed'],
    ]);
    const struck = service('pay', { app: 'pay' });
    const gone = [
      deleted(workload('till', { pods: { app: 'pay' } }), '14:01:00'),
      deleted(config('other'), '14:07:00'),
    ];
    expect(
      told(
        [struck],
        { apiVersion: 'v1', kind: 'Service', namespace: 'shop', name: 'pay' },
        { changes: gone },
      ).map(([, words]) => words),
    ).toEqual(['Deployment till was deleted', 'ConfigMap other was deleted']);
  });

  it('is none where its owner took it along, where it came later, or elsewhere', () => {
    const changes = [
      deleted(replicaSet('cart', 1, { app: 'cart' }, '12:00:00')),
      deleted(config('later'), '14:20:00'),
      deleted({ ...config('away'), metadata: { name: 'away', namespace: 'bank', uid: 'away' } }),
      change('MODIFIED', config('other')),
    ];
    expect(told([pay], undefined, { changes })).toEqual([]);
  });

  it('is told once, by the surest word', () => {
    const cart = workload('cart', { pods: { app: 'cart' } });
    expect(told([pay, scaled], undefined, { changes: [deleted(cart)] })).toEqual([
      ['14:08:00', 'Deployment cart was deleted', 'observed'],
    ]);
  });
});

describe('an owner that is gone', () => {
  const orphan = pod('cart-a', {
    labels: { app: 'cart' },
    owner: ['StatefulSet', 'cart'],
    deleted: '14:08:30',
  });
  const marked: KubeObject = {
    ...orphan,
    metadata: { ...(orphan['metadata'] as object), deletionGracePeriodSeconds: 30 },
  };

  it('is dated by when what it owned was told to go', () => {
    expect(told([pay, marked])).toEqual([
      ['14:08:00', 'StatefulSet cart is gone: Pod cart-a, which it owned, was told to go then', 'inferred'],
    ]);
  });

  it.each<[string, KubeObject[], object]>([
    ['is there', [workload('cart', { kind: 'StatefulSet', pods: { app: 'cart' } }), marked], {}],
    ['may merely not have been seen', [marked], { lists: { 'apps/statefulsets': 'forbidden' } }],
    [
      'was left after the finding began, as far as is known',
      [pod('cart-a', { owner: ['StatefulSet', 'cart'] })],
      {},
    ],
  ])('is no suspect where it %s', (_, objects, more) => {
    expect(told([pay, ...objects], undefined, more)).toEqual([]);
  });
});

describe('a ConfigMap that a pod started with', () => {
  const owner = ['ReplicaSet', 'pay-1'] as const;
  const labels = { name: 'pay', app: 'pay' };
  const app = { envFrom: [{ configMapRef: { name: 'settings' } }] };
  const running = pod('pay-a', { owner, labels, app, created: '13:00:00' });
  const base = [pay, replicaSet('pay', 1, { app: 'pay' }, '06:00:00', 1)];
  const settings: KubeObject = {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'settings', namespace: 'shop', uid: 's', creationTimestamp: on('06:00:00') },
  };

  it('and that is no more was deleted since', () => {
    expect(told([...base, running])).toEqual([
      ['13:00:00', 'ConfigMap settings is gone: Pod pay-a still started with it then', 'inferred'],
    ]);
  });

  it('by a volume is dated by the first start: it stays mounted', () => {
    const mounting = pod('pay-a', {
      owner,
      labels,
      created: '13:00:00',
      spec: { volumes: [{ name: 'v', configMap: { name: 'settings' } }] },
      container: {
        state: { running: { startedAt: on('14:09:00') } },
        lastState: { terminated: { exitCode: 1, startedAt: on('13:00:05'), finishedAt: on('14:08:00') } },
      },
    });
    expect(told([...base, mounting])[0]?.[0]).toBe('13:00:05');
  });

  it.each<[string, KubeObject[], object]>([
    ['is there', [running, settings], {}],
    ['may merely not have been seen', [running], { lists: { configmaps: 'forbidden' } }],
    [
      'need not be there',
      [
        pod('pay-a', {
          owner,
          labels,
          app: { envFrom: [{ configMapRef: { name: 'settings', optional: true } }] },
        }),
      ],
      {},
    ],
    [
      'never was there, as far as is known',
      [
        pod('pay-a', {
          owner,
          labels,
          app,
          container: { state: { waiting: { reason: 'CreateContainerConfigError' } } },
        }),
      ],
      {},
    ],
  ])('is no suspect where it %s', (_, objects, more) => {
    expect(
      told([...base, ...objects], undefined, more).filter(([, words]) => words.includes('settings')),
    ).toEqual([]);
  });
});

it('a claim that is gone is told of by its Events', () => {
  const said = event(
    'PersistentVolumeClaim',
    'data',
    'ProvisioningSucceeded',
    'Successfully provisioned volume pv-1',
    '14:00:00',
  );
  expect(told([pay, said])).toEqual([
    ['14:00:00', 'PersistentVolumeClaim data is gone: this is the last that was said of it', 'inferred'],
  ]);
  expect(told([pay, said], undefined, { lists: { persistentvolumeclaims: 'forbidden' } })).toEqual([]);
});
