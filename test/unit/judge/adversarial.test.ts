/** What could mislead the graph: faults at once, what is mended, clocks that differ, names that are alike. */
import { describe, expect, it } from 'vitest';
import type { EvidenceGiven, KubeObject } from '../../support/evidence.ts';
import { client, movedTo, verdictOfParts, type Part } from '../../support/clients.ts';
import { FAULTS } from '../../support/faults.ts';
import {
  endpoint,
  event,
  ingress,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
} from '../../support/kube-objects.ts';
import { condition, lease, node } from '../../support/nodes.ts';

const root = (check: string, name: string): string => `${check}:${name}`;
const MISMATCH = (name: string, namespace = 'shop'): string =>
  root('service/selector-mismatch', `Service/${namespace}/${name}`);
const CRASH = (name: string): string => root('pod/crash-loop', `Deployment/shop/${name}`);
const WAITS = (name: string): string => root('pod/dependency-unreachable', `Deployment/shop/${name}`);
const GONE = (name: string): string => root('service/workload-deleted', `Service/shop/${name}`);
const LOST = (name: string): string => root('platform/node-not-ready', `Node/${name}`);

const PANIC = { line: 'panic: assignment to entry in nil map' };

/** A Service whose Deployment was deleted. */
function deleted(name: string, clock = '14:11:00'): Part {
  const annotations = { 'endpoints.kubernetes.io/last-change-trigger-time': on(clock) };
  return {
    objects: [
      service(name, { app: name }),
      slice(name, [], { generation: 4, annotations }),
      event('Pod', `${name}-5d9c7-x2x4z`, 'Killing', 'Stopping container app', clock),
    ],
  };
}

/** A Service that is well, Ready since this time. */
function well(name: string, since = '12:00:00'): Part {
  return {
    objects: [
      service(name, { app: name }),
      slice(name, [endpoint(`${name}-a`)], { generation: 3 }),
      workload(name, { pods: { app: name } }),
      replicaSet(name, 1, { app: name }, '12:00:00', 1),
      pod(`${name}-a`, { labels: { app: name }, owner: ['ReplicaSet', `${name}-1`], since }),
    ],
  };
}

function lostNode(name: string, clock = '14:10:40'): KubeObject[] {
  const message = 'Kubelet stopped posting node status.';
  return [
    node(name, [condition('Ready', 'Unknown', clock, { reason: 'NodeStatusUnknown', message })]),
    lease(name, '14:09:50'),
  ];
}

/** One of several pods of a Service, on a node that is lost. */
function onLost(name: string, of: string, at: string, clock = '14:10:40'): KubeObject {
  return pod(name, {
    labels: { app: of },
    owner: ['ReplicaSet', `${of}-1`],
    ready: false,
    since: clock,
    reason: 'NodeNotReady',
    spec: { nodeName: at },
  });
}

function parked(name: string, containers: readonly object[] = [{ name: 'app' }]): Part {
  return {
    objects: [
      service(name, { app: name }),
      slice(name, [], { generation: 3 }),
      workload(name, {
        pods: { app: name },
        replicas: 0,
        containers: containers as Record<string, unknown>[],
      }),
      replicaSet(name, 1, { app: name }, '12:00:00'),
    ],
  };
}
const asking = (of: string): readonly object[] => [
  { name: 'app', env: [{ name: 'U', value: `http://${of}:80` }] },
];
const of =
  (...kinds: string[]) =>
  (object: KubeObject) =>
    kinds.includes(String(object['kind']));

interface Case {
  readonly parts: readonly Part[];
  readonly roots: readonly string[];
  readonly open?: readonly string[];
  readonly more?: EvidenceGiven;
}

const CASES: Readonly<Record<string, Case>> = {
  'three faults at once, and a client that asks two of them': {
    parts: [
      FAULTS['wrong selector']('db'),
      FAULTS['image that cannot be pulled']('queue'),
      FAULTS['crash loop']('cache'),
      client('web', 'db', '14:12:00', { names: ['db', 'queue'] }),
    ],
    roots: [MISMATCH('db'), FAULTS['image that cannot be pulled']('queue').root, CRASH('cache')],
  },
  'three faults on three edges, and a node lost under none of them': {
    parts: [
      FAULTS['wrong selector']('a'),
      FAULTS['crash loop']('b'),
      FAULTS['config missing']('c'),
      { objects: [...['a', 'b', 'c'].map((name) => ingress(`to-${name}`, name)), ...lostNode('node-9')] },
    ],
    roots: [MISMATCH('a'), CRASH('b'), FAULTS['config missing']('c').root, LOST('node-9')],
  },
  'a selector, an image and a quota on one Service': {
    parts: [
      { objects: [service('one', { app: 'one-v1' }), slice('one', [], { generation: 3 })] },
      {
        objects: FAULTS['image that cannot be pulled']('one').objects.filter(
          (object) => !of('Service', 'EndpointSlice')(object),
        ),
      },
      { objects: FAULTS['quota exceeded']('one').objects.filter(of('ResourceQuota', 'Event')) },
    ],
    roots: [
      MISMATCH('one'),
      FAULTS['image that cannot be pulled']('one').root,
      FAULTS['quota exceeded']('one').root,
    ],
  },
  'a chain over three namespaces, of which the last is the cause': {
    parts: [
      movedTo('data', FAULTS['wrong selector']('db')),
      movedTo('mid', client('api', 'db.data', '14:05:00')),
      movedTo(
        'front',
        client('web', 'api.mid.svc', '14:07:00', {
          line: 'fatal: Get "http://api.mid.svc:80/": dial tcp 10.96.3.4:80: connect: connection refused',
        }),
      ),
    ],
    roots: [MISMATCH('db', 'data')],
  },
  'the broken one has the name of another namespace’s, which is asked and is well': {
    parts: [movedTo('data', FAULTS['wrong selector']('db')), well('db'), client('web', 'db')],
    roots: [MISMATCH('db', 'data')],
    open: [WAITS('web')],
  },
  'one that is named and dead, while the log complains of another that is well': {
    parts: [
      FAULTS['wrong selector']('db'),
      well('cache'),
      client('web', 'cache', '14:12:00', { names: ['cache', 'db'] }),
    ],
    roots: [MISMATCH('db')],
    open: [WAITS('web')],
  },
  'a log that names nobody: what it is configured with counts': {
    parts: [
      deleted('db'),
      client('web', 'db', '14:12:00', { line: 'fatal: could not start: connection refused' }),
    ],
    roots: [GONE('db')],
  },
  'a client that panics by itself while what it asks is down': {
    parts: [FAULTS['crash loop']('db'), client('web', 'db', '14:12:00', PANIC)],
    roots: [CRASH('db'), CRASH('web')],
  },
  'a client that panics by itself while one replica of what it asks is on a lost node': {
    parts: [
      well('db'),
      { objects: [onLost('db-b', 'db', 'node-2'), ...lostNode('node-2')] },
      client('web', 'db', '14:12:00', PANIC),
    ],
    roots: [CRASH('web'), LOST('node-2')],
  },
  'one of two replicas crashes: a client that is refused has another reason': {
    parts: [
      {
        ...FAULTS['crash loop']('db'),
        objects: FAULTS['crash loop']('db').objects.filter((object) => !of('EndpointSlice')(object)),
      },
      {
        objects: [
          slice('db', [endpoint('db-a', { ready: false }), endpoint('db-b')], { generation: 3 }),
          pod('db-b', { labels: { app: 'db' }, owner: ['ReplicaSet', 'db-1'] }),
        ],
      },
      client('web', 'db'),
    ],
    roots: [CRASH('db')],
    open: [WAITS('web')],
  },
  'what was mended while its consequence lasts': {
    parts: [well('db', '14:28:30'), client('web', 'db')],
    roots: [],
    open: [WAITS('web')],
  },
  'what was mended, its consequence, and a fresh fault of another': {
    parts: [
      well('db', '14:28:30'),
      FAULTS['image that cannot be pulled']('queue'),
      client('web', 'db', '14:12:00', { names: ['db', 'queue'] }),
    ],
    roots: [FAULTS['image that cannot be pulled']('queue').root],
    open: [WAITS('web')],
  },
  'a deleted workload at the end of a chain': {
    parts: [
      deleted('db'),
      client('api', 'db'),
      client('web', 'api', '14:13:00'),
      { objects: [ingress('e', 'web')] },
    ],
    roots: [GONE('db')],
  },
  'a deleted workload behind a webhook, by which others are not made': {
    parts: [
      deleted('guard'),
      {
        objects: FAULTS['webhook without endpoints']('pay').objects.map(
          (object) =>
            JSON.parse(
              JSON.stringify(object)
                .replaceAll('gone-pay', 'guard')
                .replaceAll('service \\"guard\\" not found', 'no endpoints available for service \\"guard\\"')
                .replaceAll(':443/', ':80/')
                .replaceAll('"port":443', '"port":80'),
            ) as KubeObject,
        ),
      },
      client('web', 'pay', '14:25:00'),
    ],
    roots: [GONE('guard')],
  },
  'a workload deleted in the moment in which a node is lost': {
    parts: [deleted('db', '14:10:45'), FAULTS['node lost']('other'), client('web', 'db')],
    roots: [GONE('db'), LOST('node-other')],
  },
  'a capturing machine five minutes fast': {
    parts: [deleted('db'), client('api', 'db')],
    roots: [GONE('db')],
    more: {
      startedAt: '2026-05-01T14:35:00Z',
      endedAt: '2026-05-01T14:35:20Z',
      clockSkew: { ms: -300_000, errorMs: 500, samples: 3 },
    },
  },
  'a fault on which nothing depends since long, and a fresh one that brings it to light': {
    parts: [FAULTS['config missing']('db'), { objects: lostNode('node-2', '14:04:00') }, client('web', 'db')],
    roots: [FAULTS['config missing']('db').root, LOST('node-2')],
  },
  'a quota that refuses one more pod of what already dies for another': {
    parts: [
      FAULTS['wrong selector']('db'),
      client('web', 'db'),
      { objects: FAULTS['quota exceeded']('web').objects.filter(of('ResourceQuota', 'Event')) },
    ],
    roots: [MISMATCH('db'), FAULTS['quota exceeded']('web').root],
  },
  'a webhook that refuses one, a lost node under another': {
    parts: [FAULTS['webhook without endpoints']('pay'), FAULTS['node lost']('db'), client('web', 'db')],
    roots: [FAULTS['webhook without endpoints']('pay').root, LOST('node-db')],
  },
  'two Services before the same pods, of which the one that nobody asks has the slip': {
    parts: [
      well('db'),
      {
        objects: [
          service('db-alias', { app: 'db' }, { spec: { ports: [{ port: 80, targetPort: 'htp' }] } }),
          slice('db-alias', [], { generation: 2 }),
        ],
      },
      client('web', 'db'),
    ],
    roots: [root('service/target-port', 'Service/shop/db-alias')],
    open: [WAITS('web')],
  },
  'two clients of one Service, of which one was dying before': {
    parts: [FAULTS['wrong selector']('db'), client('web', 'db'), client('old', 'db', '13:00:00')],
    roots: [MISMATCH('db'), CRASH('old')],
  },
  'all of an application parked at zero': {
    parts: [parked('db'), parked('api', asking('db')), parked('web', asking('api'))],
    roots: [],
  },
  'all of an application parked at zero, which an edge still asks for': {
    parts: [
      parked('db'),
      parked('api', asking('db')),
      parked('web', asking('api')),
      { objects: [ingress('e', 'web')] },
    ],
    roots: ['web', 'api', 'db'].map((name) => root('service/scaled-to-zero', `Service/shop/${name}`)),
  },
  'a node whose clock is three minutes behind: what happened there seems to come before its cause': {
    parts: [
      deleted('db', '14:11:00'),
      client('web', 'db', '14:09:30', { node: 'node-slow' }),
      { objects: [node('node-slow'), stamped(lease('node-slow', '14:26:55'), '14:29:55')] },
    ],
    roots: [GONE('db')],
  },
};

/** A Lease that the API server stamped at this time, whatever the clock of the node says. */
function stamped(made: KubeObject, written: string): KubeObject {
  const metadata = {
    ...(made['metadata'] as object),
    managedFields: [
      {
        manager: 'kubelet',
        operation: 'Update',
        time: on(written),
        fieldsType: 'FieldsV1',
        fieldsV1: { 'f:spec': { 'f:renewTime': {} } },
      },
    ],
  };
  return { ...made, metadata };
}

describe('the roots, and what nothing explains, of', () => {
  it.each(Object.entries(CASES))('%s', (_, { parts, roots, open = [], more }) => {
    const verdict = verdictOfParts(parts, more);
    expect(verdict.errors).toEqual([]);
    expect([verdict.roots.toSorted(), verdict.unexplained.toSorted()]).toEqual([
      roots.toSorted(),
      open.toSorted(),
    ]);
  });
});

describe('what is said', () => {
  const detail = (parts: readonly Part[], key: string): string =>
    verdictOfParts(parts).findings.find((one) => one.key === key)?.detail ?? '';

  it('of what waits for something that is mended', () => {
    expect(detail([well('db', '14:28:30'), client('web', 'db')], WAITS('web'))).toContain(
      'What it waits for is mended: Service shop/db had no Ready pod until 2026-05-01T14:28:30Z.',
    );
  });

  it('to come next: nothing, where each of two lost nodes has one replica', () => {
    const objects = [
      service('db', { app: 'db' }),
      slice('db', [endpoint('db-a', { ready: false }), endpoint('db-b', { ready: false })], {
        generation: 3,
      }),
      workload('db', { pods: { app: 'db' }, replicas: 2 }),
      replicaSet('db', 1, { app: 'db' }, '12:00:00', 2),
      onLost('db-a', 'db', 'node-a'),
      onLost('db-b', 'db', 'node-b', '14:11:40'),
      ...lostNode('node-a'),
      ...lostNode('node-b', '14:11:40'),
    ];
    const verdict = verdictOfParts([{ objects }, client('web', 'db', '14:13:00')]);
    expect(verdict.roots.toSorted()).toEqual([LOST('node-a'), LOST('node-b')]);
    expect(verdict.findings.flatMap(({ masks }) => masks)).toEqual([]);
  });
});
