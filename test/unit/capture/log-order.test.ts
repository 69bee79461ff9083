/** Which logs come first, and which there are. */
import { describe, expect, it } from 'vitest';
import { createInventory } from '../../../capture/inventory.ts';
import { logTasks } from '../../../capture/log-order.ts';

interface Shape {
  readonly namespace: string;
  readonly name: string;
  readonly labels?: Record<string, string>;
  readonly image?: string;
  readonly ready?: boolean;
  readonly status?: Record<string, unknown>;
}

const pod = ({ namespace, name, labels = {}, image = 'web:1', ready = true, status = {} }: Shape) => ({
  metadata: { namespace, name, labels },
  spec: { nodeName: 'n', initContainers: [{ name: 'init', image }], containers: [{ name: 'app', image }] },
  status: {
    phase: 'Running',
    conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
    containerStatuses: [{ name: 'app', state: { running: {} }, restartCount: 0 }],
    ...status,
  },
});

function order(pods: readonly Shape[], slices: readonly unknown[] = []): string[] {
  const inventory = createInventory();
  for (const shape of pods) inventory.observe('pods', pod(shape));
  for (const slice of slices) inventory.observe('discovery.k8s.io/endpointslices', slice);
  return logTasks(inventory.pods(), inventory).map((task) => `${task.class}:${task.pod.name}`);
}

describe('the order of logs', () => {
  it('is DNS, edge, control plane, unwell pods, those near unwell Services, the rest', () => {
    const slice = (namespace: string, ready: boolean, name: string) => ({
      metadata: { namespace },
      endpoints: [
        { conditions: { ready }, targetRef: { kind: 'Pod', name } },
        { conditions: { ready: true }, targetRef: { kind: 'Pod', name: 'twin' } },
      ],
    });
    expect(
      order(
        [
          { namespace: 'quiet', name: 'rest' },
          { namespace: 'shop', name: 'twin' },
          { namespace: 'shop', name: 'sick', ready: false },
          { namespace: 'kube-system', name: 'kube-proxy-x' },
          {
            namespace: 'infra',
            name: 'nginx',
            image: 'registry.k8s.io/ingress-nginx/controller:v1',
            labels: { 'app.kubernetes.io/name': 'ingress-nginx' },
          },
          { namespace: 'kube-system', name: 'coredns-x', labels: { 'k8s-app': 'kube-dns' } },
        ],
        [slice('shop', false, 'sick'), slice('quiet', true, 'rest')],
      ),
    ).toEqual([
      'dns:coredns-x',
      'edge:nginx',
      'control-plane:kube-proxy-x',
      'unwell:sick',
      'near-unwell:twin',
      'rest:rest',
    ]);
  });

  it('puts pods beside a Service without endpoints before others', () => {
    const empty = { metadata: { namespace: 'shop' }, endpoints: null };
    expect(
      order(
        [
          { namespace: 'a', name: 'one' },
          { namespace: 'shop', name: 'two' },
        ],
        [empty],
      ),
    ).toEqual(['near-unwell:two', 'rest:one']);
  });

  it('has a previous log only where a container ran before, and none where it never ran', () => {
    const crashed = {
      containerStatuses: [
        { name: 'app', state: { waiting: { reason: 'CrashLoopBackOff' } }, restartCount: 3 },
      ],
      initContainerStatuses: [{ name: 'init', state: { terminated: { exitCode: 0 } }, restartCount: 0 }],
    };
    const inventory = createInventory();
    inventory.observe('pods', pod({ namespace: 'a', name: 'crash', status: crashed, ready: false }));
    inventory.observe(
      'pods',
      pod({ namespace: 'a', name: 'pending', status: { phase: 'Pending', containerStatuses: [] } }),
    );
    expect(
      logTasks(inventory.pods(), inventory).map(({ pod: { name }, container, previous }) => [
        name,
        container,
        previous,
      ]),
    ).toEqual([
      ['crash', 'init', false],
      ['crash', 'app', false],
      ['crash', 'app', true],
    ]);
  });

  it('calls a completed pod well, and one that restarted within the hour unwell', () => {
    const terminated = { finishedAt: new Date(Date.now() - 60_000).toISOString() };
    const restarted = {
      containerStatuses: [
        { name: 'app', state: { running: {} }, restartCount: 1, lastState: { terminated } },
      ],
    };
    expect(
      new Set(
        order([
          { namespace: 'a', name: 'done', ready: false, status: { phase: 'Succeeded' } },
          { namespace: 'a', name: 'again', status: restarted },
        ]),
      ),
    ).toEqual(new Set(['unwell:again', 'rest:done']));
  });

  it('bears any object', () => {
    const inventory = createInventory();
    for (const odd of [null, 5, 'x', [], {}, { metadata: null, spec: { containers: 'x' }, status: [] }]) {
      inventory.observe('pods', odd);
      inventory.observe('discovery.k8s.io/endpointslices', odd);
    }
    expect(inventory.pods()).toEqual([]);
  });
});
