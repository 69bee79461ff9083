/** A readiness probe that waits on a locked table: the lock comes first, and the chain leads from it to the empty Service. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../analyze/judge.ts';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import { storeFrom, type KubeObject } from '../../support/evidence.ts';
import {
  endpoint,
  event,
  on,
  pod,
  replicaSet,
  service,
  slice,
  workload,
} from '../../support/kube-objects.ts';

const ORDERS = { app: 'orders' };
const DB = { app: 'orders-db' };
const HUNG =
  'Readiness probe failed: Get "http://10.244.0.9:8080/ready": context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
const TIMED_OUT = 'ERROR import: query on orders-db.shop.svc.cluster.local:5432 timed out after 5s';
const WAITS =
  'LOG:  process 57 still waiting for AccessShareLock on relation 16384 of database 5 after 1000.184 ms';

const objects: readonly KubeObject[] = [
  service('orders', ORDERS),
  slice('orders', [endpoint('orders-a', { ready: false })], { generation: 3 }),
  workload('orders', { pods: ORDERS }),
  replicaSet('orders', 1, ORDERS, '12:00:00', 1),
  pod('orders-a', {
    labels: ORDERS,
    owner: ['ReplicaSet', 'orders-1'],
    ready: false,
    since: '14:25:00',
    container: { ready: false },
    app: {
      ports: [{ name: 'http', containerPort: 8080 }],
      readinessProbe: { httpGet: { path: '/ready', port: 'http' }, timeoutSeconds: 30, periodSeconds: 10 },
      livenessProbe: { httpGet: { path: '/', port: 'http' } },
    },
  }),
  event('Pod', 'orders-a', 'Unhealthy', HUNG, '14:23:30', { last: '14:30:00', count: 13, type: 'Warning' }),
  service('orders-db', DB, { spec: { clusterIP: '10.96.0.20', ports: [{ port: 5432, targetPort: 5432 }] } }),
  slice('orders-db', [endpoint('db-a')], { ports: [{ name: '', port: 5432, protocol: 'TCP' }] }),
  workload('orders-db', { pods: DB }),
  replicaSet('orders-db', 1, DB, '12:00:00', 1),
  pod('db-a', { labels: DB, owner: ['ReplicaSet', 'orders-db-1'] }),
];

function verdictOf(said: string): Verdict {
  const lines = (text: string): string =>
    ['14:29:40', '14:29:55', '14:30:10'].map((clock) => `${on(clock)} ${text}\n`).join('');
  const store = storeFrom({
    objects,
    logs: [
      { namespace: 'shop', pod: 'orders-a', container: 'app', text: lines(TIMED_OUT) },
      { namespace: 'shop', pod: 'db-a', container: 'app', text: lines(said) },
    ],
  });
  try {
    return judge(store);
  } finally {
    store.close();
  }
}

describe('a readiness probe that asks a database', () => {
  it('in which sessions wait for a lock', () => {
    const verdict = verdictOf(WAITS);
    expect(verdict.errors).toEqual([]);
    expect([verdict.roots, verdict.unexplained]).toEqual([
      ['pod/dependency-unreachable:Deployment/shop/orders'],
      [],
    ]);
    expect(verdict.findings[0]?.summary).toBe(
      'Deployment shop/orders cannot use orders-db.shop.svc.cluster.local:5432: it keeps it waiting for a lock',
    );
    expect(verdict.findings[0]?.evidence.at(-1)?.text).toContain('AccessShareLock');
    expect(verdict.chains[0]?.text).toBe(
      'dependency unreachable (Deployment orders) → probe misconfigured (Deployment orders) → ' +
        'not ready (Deployment orders) → no endpoints (Service orders)',
    );
  });

  it('that says nothing of a lock: what ails it is not known, and nothing is made a root', () => {
    const verdict = verdictOf('LOG:  checkpoint complete');
    expect(verdict.roots).toEqual([]);
    expect(verdict.unexplained).toEqual(['pod/dependency-unreachable:Deployment/shop/orders']);
  });
});
