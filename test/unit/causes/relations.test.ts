/** Directed relations, each over objects as a cluster would serve them, and the near miss that must not be one. */
import { describe, expect, it } from 'vitest';
import { judge } from '../../../analyze/judge.ts';
import type { Check, Sharing } from '../../../analyze/checks/check.ts';
import type { CheckFinding, Finding } from '../../../analyze/model/finding.ts';
import { storeFrom, type KubeObject } from '../../support/evidence.ts';
import * as kube from '../../support/kube-objects.ts';
import { check, found, pod, service } from './findings.ts';

const ref = (kind: string, name: string, namespace?: string): Finding['object'] => ({
  apiVersion: kind === 'Deployment' ? 'apps/v1' : 'v1',
  kind,
  name,
  ...(namespace === undefined ? {} : { namespace }),
});
const deployment = (name: string): Finding['object'] => ref('Deployment', name, 'shop');

/** Names of the consequences (each `Kind/name`) that the cause explains. */
function explained(
  objects: readonly KubeObject[],
  sharing: Sharing,
  cause: CheckFinding,
  consequences: readonly CheckFinding[],
  more: Partial<Check> = {},
): string[] {
  const store = storeFrom({ objects });
  try {
    const verdict = judge(store, [
      check('x/cause', {
        explains: [{ check: 'x/consequence', sharing }],
        run: () => [{ outcome: 'fail', finding: cause }],
      }),
      check('x/consequence', {
        role: 'symptom',
        run: () => consequences.map((finding) => ({ outcome: 'fail', finding })),
        ...more,
      }),
    ]);
    return verdict.findings
      .filter(({ causes }) => causes.length > 0)
      .map(({ object }) => `${object.kind}/${object.name}`)
      .toSorted();
  } finally {
    store.close();
  }
}

const DB = { app: 'db' };
const WEB = { app: 'web' };
const owned = (of: string) => ({ owner: ['ReplicaSet', `${of}-1`] as const });
/** web calls db by name; both have a Service, a Deployment and two pods. */
const shop: readonly KubeObject[] = [
  kube.service('db', DB),
  kube.service('web', WEB),
  kube.workload('db', { pods: DB, replicas: 2 }),
  kube.replicaSet('db', 1, DB, '12:00:00', 2),
  kube.pod('db-a', { labels: DB, ...owned('db') }),
  kube.pod('db-b', { labels: DB, ...owned('db'), spec: { nodeName: 'node-2' } }),
  kube.workload('web', {
    pods: WEB,
    replicas: 2,
    containers: [
      {
        name: 'app',
        env: [
          { name: 'DB', value: 'db:5432' },
          { name: 'KEY', valueFrom: { secretKeyRef: { name: 'keys', key: 'k' } } },
        ],
      },
    ],
  }),
  kube.replicaSet('web', 1, WEB, '12:00:00', 2),
  kube.pod('web-a', { labels: WEB, ...owned('web') }),
  kube.pod('web-b', { labels: WEB, ...owned('web'), spec: { nodeName: 'node-2' } }),
  kube.ingress('edge', 'web'),
];

describe('selects', () => {
  it('leads from pods and workloads to the Services that take them', () => {
    const both = [found(service('db')), found(service('web'))];
    expect(explained(shop, 'selects', found(pod('db-a')), both)).toEqual(['Service/db']);
    expect(explained(shop, 'selects', found(deployment('web')), both)).toEqual(['Service/web']);
  });
});

describe('names', () => {
  const crash = (names?: readonly Finding['object'][]): CheckFinding =>
    found(deployment('web'), names === undefined ? {} : { names: [...names] });

  it('leads from a Service to what is configured with it', () => {
    expect(explained(shop, 'names', found(service('db')), [crash(), found(pod('web-a'))])).toEqual([
      'Deployment/web',
      'Pod/web-a',
    ]);
    expect(explained(shop, 'names', found(service('web')), [crash()])).toEqual([]);
    expect(explained(shop, 'names', found(service('web')), [found(ref('Ingress', 'edge', 'shop'))])).toEqual([
      'Ingress/edge',
    ]);
  });

  it('leads to what a ConfigMap in use configures with it, and to no other user of its namespace', () => {
    const job = kube.workload('job', {
      pods: { app: 'job' },
      containers: [{ name: 'app', envFrom: [{ configMapRef: { name: 'job' } }] }],
    });
    const map = (data: object): KubeObject => ({
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'job', namespace: 'shop' },
      data,
    });
    const of = (data: object): string[] =>
      explained([...shop, job, map(data)], 'names', found(service('db')), [found(deployment('job'))]);
    expect(of({ url: 'postgres://db:5432/main' })).toEqual(['Deployment/job']);
    expect(of({ url: 'postgres://other:5432/db', note: 'not db' })).toEqual([]);
  });

  it('takes a finding at its word that says what it waits for', () => {
    expect(explained(shop, 'names', found(service('db')), [crash([service('db')])])).toEqual([
      'Deployment/web',
    ]);
    expect(explained(shop, 'names', found(service('db')), [crash([])])).toEqual([]);
    expect(explained(shop, 'names', found(service('db')), [crash([service('other')])])).toEqual([]);
  });

  it('leads from pods only when all of the Service are struck', () => {
    const pods = (...names: string[]): CheckFinding =>
      found(deployment('db'), { involves: names.map((name) => pod(name)) });
    expect(explained(shop, 'names', pods('db-a', 'db-b'), [crash()])).toEqual(['Deployment/web']);
    expect(explained(shop, 'names', pods('db-a'), [crash()])).toEqual([]);
  });

  it('never leads to what stands behind the Service itself', () => {
    const self = found(deployment('db'), { names: [service('db')] });
    expect(explained(shop, 'names', found(service('db')), [self])).toEqual([]);
  });
});

describe('hosts', () => {
  it('leads from a node to its pods and their workloads', () => {
    const node = found(ref('Node', 'node-2'));
    const struck = [found(pod('db-a')), found(pod('db-b')), found(deployment('web')), found(service('db'))];
    expect(explained(shop, 'hosts', node, struck)).toEqual(['Deployment/web', 'Pod/db-b']);
  });

  it('leads from the nodes that it strikes alike, too', () => {
    const both = found(ref('Node', 'node-2'), { involves: [ref('Node', 'node-1')] });
    const struck = [found(pod('db-a')), found(pod('db-b'))];
    expect(explained(shop, 'hosts', both, struck)).toEqual(['Pod/db-a', 'Pod/db-b']);
  });
});

describe('creates', () => {
  it('leads to the workloads of its namespace that miss pods', () => {
    const short = shop.filter((one) => one !== shop[4]);
    const quota = (namespace: string): CheckFinding => found(ref('ResourceQuota', 'q', namespace));
    const struck = [found(deployment('db')), found(deployment('web'))];
    expect(explained(short, 'creates', quota('shop'), struck)).toEqual(['Deployment/db']);
    expect(explained(short, 'creates', quota('bank'), struck)).toEqual([]);
    expect(explained(short, 'creates', found(ref('ValidatingWebhookConfiguration', 'w')), struck)).toEqual([
      'Deployment/db',
    ]);
  });
});

describe('mounts', () => {
  it('leads to what uses it, and to its pods', () => {
    const struck = [found(deployment('db')), found(deployment('web')), found(pod('web-a'))];
    expect(explained(shop, 'mounts', found(ref('Secret', 'keys', 'shop')), struck)).toEqual([
      'Deployment/web',
      'Pod/web-a',
    ]);
    expect(explained(shop, 'mounts', found(ref('ConfigMap', 'keys', 'shop')), struck)).toEqual([]);
  });
});

describe('a consequence that wants all its pods struck', () => {
  const empty = found(service('db'), { involves: [pod('db-a'), pod('db-b')] });
  const struck = (cause: CheckFinding, wantsAllPods: boolean): string[] =>
    explained(shop, 'object', cause, [empty], { wantsAllPods });

  it('is explained by what touches all, and not by what touches some', () => {
    const both = found(deployment('db'), { involves: [pod('db-a'), pod('db-b')] });
    expect(struck(both, true)).toEqual(['Service/db']);
    expect(struck(found(pod('db-a')), true)).toEqual([]);
    expect(struck(found(pod('db-a')), false)).toEqual(['Service/db']);
    expect(struck(found(service('db')), true)).toEqual(['Service/db']);
  });

  it('is explained by several that together touch all', () => {
    const store = storeFrom({ objects: shop });
    const some = (name: string): Check =>
      check(`x/${name}`, {
        explains: ['x/consequence'],
        run: () => [{ outcome: 'fail', finding: found(pod(name)) }],
      });
    const verdict = judge(store, [
      some('db-a'),
      some('db-b'),
      check('x/consequence', {
        role: 'symptom',
        wantsAllPods: true,
        run: () => [{ outcome: 'fail', finding: empty }],
      }),
    ]);
    store.close();
    expect(verdict.findings.find(({ object }) => object.kind === 'Service')?.causes).toHaveLength(2);
  });

  it('says which pods nothing explains', () => {
    const store = storeFrom({ objects: shop });
    const verdict = judge(store, [
      check('x/cause', { explains: ['x/b'], run: () => [{ outcome: 'fail', finding: found(pod('db-a')) }] }),
      check('x/b', { role: 'symptom', run: () => [{ outcome: 'fail', finding: empty }] }),
    ]);
    store.close();
    expect(verdict.findings[1]?.detail).toContain('No cause was found for db-b.');
  });
});
