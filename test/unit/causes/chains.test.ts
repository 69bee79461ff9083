/** From root to symptom, each link with what joins it; what one root masks; where an unexplained symptom's cause may hide. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../analyze/judge.ts';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';
import {
  endpoint,
  ingress,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
} from '../../support/kube-objects.ts';

const DB = { app: 'db' };
const WEB = { app: 'web' };
const DYING = {
  ready: false,
  restartCount: 9,
  state: { waiting: { reason: 'CrashLoopBackOff' } },
  lastState: { terminated: { exitCode: 1, startedAt: on('14:27:00'), finishedAt: on('14:28:00') } },
};

/** db's Service selects a version that is gone; web says that it cannot reach db and dies; an Ingress leads to web. */
function cascade(log: string, more: EvidenceGiven = {}): Verdict {
  const store = storeFrom({
    ...more,
    objects: [
      service('db', { app: 'db-v1' }),
      slice('db', [], { generation: 3 }),
      workload('db', { pods: { app: 'db-v2' } }),
      replicaSet('db', 1, { app: 'db-v1' }, '12:00:00'),
      replicaSet('db', 2, { app: 'db-v2' }, '13:00:00', 1),
      pod('db-a', { labels: { app: 'db-v2' }, owner: ['ReplicaSet', 'db-2'] }),
      service('web', WEB),
      slice('web', [endpoint('web-a', { ready: false })], { generation: 3 }),
      workload('web', { pods: WEB }),
      replicaSet('web', 1, WEB, '12:00:00', 1),
      pod('web-a', {
        labels: WEB,
        owner: ['ReplicaSet', 'web-1'],
        ready: false,
        since: '14:00:00',
        container: DYING,
      }),
      ingress('edge', 'web'),
    ],
    logs: [
      {
        namespace: 'shop',
        pod: 'web-a',
        container: 'app',
        previous: true,
        text: `2026-05-01T14:28:00Z ${log}\n`,
      },
    ],
  });
  try {
    return judge(store);
  } finally {
    store.close();
  }
}

describe('a chain', () => {
  it('leads from a wrong selector over another workload that waits for it to its own empty Service', () => {
    const verdict = cascade('fatal: dial tcp db:5432: connect: connection refused');
    expect(verdict.roots).toEqual(['service/selector-mismatch:Service/shop/db']);
    const [chain] = verdict.chains;
    expect(chain?.text).toBe(
      'selector mismatch (Service db) → no endpoints (Service db) → dependency unreachable (Deployment web) → ' +
        'crash loop (Deployment web) → not ready (Deployment web) → no endpoints (Service web)',
    );
    expect(chain?.links[2]).toMatchObject({
      relation: 'names',
      because: 'Deployment web is seen to wait for Service db',
      evidence: [{ kind: 'log', text: 'fatal: dial tcp db:5432: connect: connection refused' }],
    });
    expect(chain?.paths).toContain('service/shop/web:80');
  });

  it('breaks where the log tells of something else: then there are two roots', () => {
    const verdict = cascade('panic: assignment to entry in nil map');
    expect(new Set(verdict.roots)).toEqual(
      new Set(['service/selector-mismatch:Service/shop/db', 'pod/crash-loop:Deployment/shop/web']),
    );
    expect(verdict.roots[0]).toBe('pod/crash-loop:Deployment/shop/web');
    for (const chain of verdict.chains) expect(chain.links[0]?.finding).toBe(chain.root);
  });
});

it('of an unexplained symptom, the checks that could not answer are named with the gap', () => {
  const store = storeFrom({
    objects: [service('db', DB), slice('db', []), workload('db', { pods: DB })],
    lists: { 'apps/statefulsets': 'forbidden' },
  });
  const verdict = judge(store);
  store.close();
  expect(verdict.unexplained).toEqual(['service/no-endpoints:Service/shop/db']);
  expect(verdict.hiding['service/no-endpoints:Service/shop/db']).toContainEqual({
    check: 'service/scaled-to-zero',
    because: 'list:apps/statefulsets',
  });
});

/** A Service made before the workload that its selector misses, whose slice was made empty with it, and a client of both. */
function madeFirst(selector: string): Verdict {
  const store = storeFrom({
    objects: [
      service('db', { app: selector }, { created: '14:00:00' }),
      slice('db', [], { created: '14:00:00' }),
      workload('db', { pods: DB, created: '14:00:03' }),
      replicaSet('db', 1, DB, '14:00:03', 1),
      pod('db-a', { labels: DB, owner: ['ReplicaSet', 'db-1'], created: '14:00:03' }),
      ingress('edge', 'db'),
    ],
  });
  try {
    return judge(store);
  } finally {
    store.close();
  }
}

it('a selector that misses a workload made seconds after its Service explains why the Service is empty', () => {
  const verdict = madeFirst('dbs');
  expect(verdict.roots).toEqual(['service/selector-mismatch:Service/shop/db']);
  const empty = verdict.findings.find(({ key }) => key === 'service/no-endpoints:Service/shop/db');
  expect(empty?.causes).toEqual(['service/selector-mismatch:Service/shop/db']);
  expect(empty?.masks).toEqual([]);
});

/** A client whose log complains of this host, beside a Service whose selector takes in a cache that serves another port. */
function complaining(host: string): Verdict {
  const shop = { part: 'shop' };
  const socket = (name: string, port: number): object => ({
    probe: 'sockets',
    at: on('14:30:05'),
    from: `pod/shop/${name}`,
    to: `pod/shop/${name}`,
    outcome: 'ok',
    ms: 3,
    detail: { container: 'app', listening: [{ protocol: 'tcp', family: 4, address: '0.0.0.0', port }] },
  });
  const env = [{ name: 'SHOP_URL', value: `http://${host}` }];
  const store = storeFrom({
    objects: [
      service('shop', shop),
      slice('shop', [endpoint('web-a'), endpoint('redis-a')]),
      service('other', { app: 'other' }),
      ...['web', 'redis', 'front'].flatMap((name) => [
        workload(name, { pods: name === 'front' ? {} : shop, containers: [{ name: 'app', env }] }),
        replicaSet(name, 1, {}, '12:00:00', 1),
        pod(`${name}-a`, {
          labels: { name, ...(name === 'front' ? {} : shop) },
          owner: ['ReplicaSet', `${name}-1`],
        }),
      ]),
    ],
    probes: { sockets: [socket('web-a', 8080), socket('redis-a', 6379)] } as never,
    logs: [
      {
        namespace: 'shop',
        pod: 'front-a',
        container: 'app',
        text: ['14:29:00', '14:29:20', '14:29:40', '14:30:00']
          .map((at) => `${on(at)} ERROR dial tcp ${host}:80: connect: connection refused\n`)
          .join(''),
      },
    ],
  });
  try {
    return judge(store);
  } finally {
    store.close();
  }
}

it('a selector that takes in what does not serve explains who is refused by that Service, and nobody else', () => {
  const broad = 'service/selector-too-broad:Service/shop/shop';
  const causes = (host: string): readonly string[] | undefined =>
    complaining(host).findings.find(({ key }) => key === 'pod/dependency-unreachable:Deployment/shop/front')
      ?.causes;
  expect(causes('shop')).toEqual([broad]);
  expect(complaining('shop').roots).toEqual([broad]);
  expect(causes('other')).not.toContain(broad);
});
