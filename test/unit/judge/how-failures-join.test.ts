/** Two and three faults as they join in practice: the root first, each link with what shows it, circles cut and said. */
import { describe, expect, it } from 'vitest';
import type { Verdict } from '../../../analyze/model/verdict.ts';
import type { KubeObject } from '../../support/evidence.ts';
import { FAULTS } from '../../support/faults.ts';
import { client, verdictOfParts, type Part } from '../../support/clients.ts';
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

function judged(...parts: readonly Part[]): Verdict {
  const verdict = verdictOfParts(parts);
  expect(verdict.errors).toEqual([]);
  return verdict;
}

/** The longest chain of a root, and that every link of it says why, and rests on something. */
function chainOf(verdict: Verdict, root: string): string | undefined {
  const byKey = new Map(verdict.findings.map((finding) => [finding.key, finding]));
  const chain = verdict.chains.find((one) => one.root === root);
  const [, ...links] = chain?.links ?? [];
  for (const { finding, because, evidence } of links) {
    expect(evidence.length).toBeGreaterThan(0);
    expect(byKey.get(finding)?.evidence.length).toBeGreaterThan(0);
    expect(because).toMatch(/./);
  }
  return chain?.text;
}

const tail = (name: string): string =>
  `dependency unreachable (Deployment ${name}) → crash loop (Deployment ${name}) → not ready (Deployment ${name}) → no endpoints (Service ${name})`;

describe('one cause, and what it drags down', () => {
  it('a wrong selector: three tiers deep, down to the edge', () => {
    const fault = FAULTS['wrong selector']('db');
    const verdict = judged(fault, client('api', 'db', '14:05:00'), client('web', 'api', '14:07:00'), {
      objects: [ingress('front', 'web')],
    });
    expect([verdict.roots, verdict.unexplained]).toEqual([[fault.root], []]);
    expect(chainOf(verdict, fault.root)).toBe(
      `selector mismatch (Service db) → no endpoints (Service db) → ${tail('api')} → ${tail('web')}`,
    );
    const wrong = verdict.findings.filter(({ role }) => role !== 'advice');
    expect(new Set(wrong.map(({ severity }) => severity))).toEqual(new Set(['critical']));
  });

  it('a lost node: each Service that had its pods there, and who asks them', () => {
    const fault = FAULTS['node lost']('db');
    const verdict = judged(fault, client('web', 'db'));
    expect([verdict.roots, verdict.unexplained]).toEqual([[fault.root], []]);
    expect(chainOf(verdict, fault.root)).toBe(
      `node not ready (Node node-db) → not ready (Deployment db) → no endpoints (Service db) → ${tail('web')}`,
    );
  });

  it('a webhook whose own server crashes: pods are not made, their Service is empty, its client dies', () => {
    const hook = FAULTS['crash loop']('guard');
    const refused = FAULTS['webhook without endpoints']('pay');
    const guarded = refused.objects.map((object) => ({
      ...(JSON.parse(
        JSON.stringify(object)
          .replaceAll('gone-pay', 'guard')
          .replaceAll('service \\"guard\\" not found', 'no endpoints available for service \\"guard\\"')
          .replaceAll(':443/', ':80/')
          .replaceAll('"port":443', '"port":80'),
      ) as KubeObject),
    }));
    const verdict = judged(hook, { objects: guarded }, client('web', 'pay', '14:25:00'));
    expect([verdict.roots, verdict.unexplained]).toEqual([[hook.root], []]);
    expect(chainOf(verdict, hook.root)).toBe(
      'crash loop (Deployment guard) → not ready (Deployment guard) → no endpoints (Service guard) → ' +
        `webhook (ValidatingWebhookConfiguration hook-pay) → not created (Deployment pay) → no endpoints (Service pay) → ${tail('web')}`,
    );
  });

  it('a key that was taken out of a ConfigMap: the pod does not start, its Service is empty, its client dies', () => {
    const db = FAULTS['config missing']('db');
    const objects = db.objects.map(
      (object) =>
        JSON.parse(
          JSON.stringify(object)
            .replaceAll('{"configMapRef":{"name":"of-db"}}', '{}')
            .replaceAll(
              '"envFrom":[{}]',
              '"env":[{"name":"A","valueFrom":{"configMapKeyRef":{"name":"of-db","key":"url"}}}]',
            )
            .replaceAll('configmap \\"of-db\\" not found', "couldn't find key url in ConfigMap shop/of-db"),
        ) as KubeObject,
    );
    const config: KubeObject = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'of-db', namespace: 'shop', uid: 'of-db', creationTimestamp: on('06:00:00') },
      data: { mode: 'live' },
    };
    const verdict = judged({ objects: [...objects, config] }, client('web', 'db'));
    expect([verdict.roots, verdict.unexplained]).toEqual([[db.root], []]);
    expect(verdict.findings[0]?.summary).toContain('key url');
    expect(chainOf(verdict, db.root)).toBe(
      `config missing (Deployment db) → no endpoints (Service db) → ${tail('web')}`,
    );
  });

  it('a claim that no volume meets: the StatefulSet waits, and its client dies', () => {
    const claim: KubeObject = {
      apiVersion: 'v1',
      kind: 'PersistentVolumeClaim',
      metadata: { name: 'data-db-0', namespace: 'shop', uid: 'c', creationTimestamp: on('14:00:00') },
      spec: { storageClassName: 'fast', accessModes: ['ReadWriteOnce'] },
      status: { phase: 'Pending' },
    };
    const message = '0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found';
    const waiting = pod('db-0', {
      labels: { app: 'db' },
      owner: ['StatefulSet', 'db'],
      phase: 'Pending',
      created: '14:00:00',
      spec: {
        nodeName: undefined,
        volumes: [{ name: 'data', persistentVolumeClaim: { claimName: 'data-db-0' } }],
      },
    });
    const pending: KubeObject = {
      ...waiting,
      status: {
        phase: 'Pending',
        conditions: [
          {
            type: 'PodScheduled',
            status: 'False',
            reason: 'Unschedulable',
            message,
            lastTransitionTime: on('14:00:00'),
          },
        ],
      },
    };
    const verdict = judged(
      {
        objects: [
          service('db', { app: 'db' }),
          slice('db', [], { generation: 3 }),
          workload('db', { kind: 'StatefulSet', pods: { app: 'db' } }),
          pending,
          claim,
          event('Pod', 'db-0', 'FailedScheduling', message, '14:00:00', { type: 'Warning' }),
        ],
      },
      client('web', 'db'),
    );
    const root = 'pod/unschedulable:StatefulSet/shop/db';
    expect([verdict.roots, verdict.unexplained]).toEqual([[root], []]);
    expect(chainOf(verdict, root)).toBe(
      `unschedulable (StatefulSet db) → no endpoints (Service db) → ${tail('web')}`,
    );
  });

  it('a quota in the middle of a rollout: stuck, while the pods of before serve', () => {
    const fault = FAULTS['quota exceeded']('pay');
    const objects = fault.objects.filter(({ kind }) => kind !== 'EndpointSlice' && kind !== 'Deployment');
    const verdict = judged({
      objects: [
        ...objects,
        workload('pay', { pods: { app: 'pay' }, replicas: 1 }),
        replicaSet('pay', 0, { app: 'pay' }, '11:00:00', 1),
        pod('pay-old', { labels: { app: 'pay' }, owner: ['ReplicaSet', 'pay-0'], created: '11:00:00' }),
        slice('pay', [endpoint('pay-old')], { generation: 3 }),
        ingress('front', 'pay'),
      ],
    });
    expect(verdict.roots).toEqual([fault.root]);
    expect(verdict.paths.flatMap(({ layers }) => Object.values(layers))).not.toContain('fail');
    expect(verdict.findings.find(({ key }) => key === fault.root)?.severity).toBe('warning');
  });

  it('a crash that several clients feel: each of their chains begins there', () => {
    const fault = FAULTS['crash loop']('db');
    const verdict = judged(fault, client('web', 'db'), client('cart', 'db'), client('till', 'db'));
    expect([verdict.roots, verdict.unexplained]).toEqual([[fault.root], []]);
    const ends = verdict.chains.filter(({ root }) => root === fault.root).map(({ symptom }) => symptom);
    for (const name of ['web', 'cart', 'till'])
      expect(ends).toContain(`service/no-endpoints:Service/shop/${name}`);
    // What it waits for accounts for all its pods: nothing is left without a cause.
    for (const { detail } of verdict.findings) expect(detail).not.toContain('No cause was found for');
  });
});

describe('several causes', () => {
  it('on three tiers of one chain: each is a root, the one that breaks most first', () => {
    const db = FAULTS['wrong selector']('db');
    const api = FAULTS['quota exceeded']('api');
    const verdict = judged(db, api, client('web', 'api', '14:25:00'), { objects: [ingress('front', 'web')] });
    expect(verdict.unexplained).toEqual([]);
    expect(verdict.roots).toEqual([api.root, db.root]);
    expect(chainOf(verdict, api.root)).toContain(tail('web'));
    expect(chainOf(verdict, db.root)).toBe('selector mismatch (Service db) → no endpoints (Service db)');
  });

  it('a client with a slip in its address beside a Service that is really empty: its own slip is why it dies', () => {
    const db = FAULTS['wrong selector']('database');
    const web = client('web', 'databse');
    const text = `${on('14:28:00')} fatal: dial tcp: lookup databse on 10.96.0.10:53: no such host\n`;
    const verdict = judged(db, { ...web, logs: (web.logs ?? []).map((log) => ({ ...log, text })) });
    expect(verdict.unexplained).toEqual([]);
    expect(verdict.roots.toSorted()).toEqual(
      ['service/client-address:Deployment/shop/web#databse:80', db.root].toSorted(),
    );
    expect(chainOf(verdict, db.root)).toBe(
      'selector mismatch (Service database) → no endpoints (Service database)',
    );
    expect(chainOf(verdict, 'service/client-address:Deployment/shop/web#databse:80')).toContain(
      'no endpoints (Service web)',
    );
  });

  it('a lost node under one replica, a crash in the other: both are roots, and both are needed', () => {
    const crash = FAULTS['crash loop']('db');
    const lost = 'platform/node-not-ready:Node/node-2';
    const objects = [
      ...crash.objects.filter(({ kind }) => kind !== 'EndpointSlice'),
      slice('db', [endpoint('db-a', { ready: false }), endpoint('db-b', { ready: false })], {
        generation: 3,
      }),
      pod('db-b', {
        labels: { app: 'db' },
        owner: ['ReplicaSet', 'db-1'],
        ready: false,
        since: '14:10:40',
        reason: 'NodeNotReady',
        spec: { nodeName: 'node-2' },
      }),
      node('node-2', [
        condition('Ready', 'Unknown', '14:10:40', {
          reason: 'NodeStatusUnknown',
          message: 'Kubelet stopped posting node status.',
        }),
      ]),
      lease('node-2', '14:09:50'),
    ];
    const verdict = judged({ objects, logs: crash.logs ?? [] }, client('web', 'db'));
    expect(verdict.unexplained).toEqual([]);
    expect(verdict.roots.toSorted()).toEqual([crash.root, lost].toSorted());
    expect(verdict.findings.flatMap(({ masks }) => masks)).toEqual([]);
  });

  it('two that each empty what a client asks for: the client has both for causes', () => {
    const [db, queue] = [FAULTS['scaled to zero']('db'), FAULTS['image that cannot be pulled']('queue')];
    const web = client('web', 'db');
    const log = web.logs?.[0];
    const both = `${log?.text ?? ''}${on('14:28:00')} fatal: dial tcp queue:80: connect: connection refused\n`;
    const verdict = judged(db, queue, { ...web, logs: log === undefined ? [] : [{ ...log, text: both }] });
    expect(verdict.unexplained).toEqual([]);
    expect(verdict.roots.toSorted()).toEqual([db.root, queue.root].toSorted());
    for (const { root } of [db, queue])
      expect(verdict.chains.filter((one) => one.root === root).map(({ symptom }) => symptom)).toContain(
        'service/no-endpoints:Service/shop/web',
      );
  });

  it('a rollout that fails while its dependency is away: the one that came later explains nothing older', () => {
    const db = FAULTS['scaled to zero']('db');
    // It has died since long before db was scaled down.
    const verdict = judged(db, client('web', 'db', '13:00:00'));
    expect(verdict.roots).toContain(db.root);
    const keys = verdict.chains
      .filter(({ root }) => root === db.root)
      .flatMap(({ links }) => links.map(({ finding }) => finding));
    expect(keys).not.toContain('pod/crash-loop:Deployment/shop/web');
  });
});

describe('a circle', () => {
  it('of two that die of each other is a fault of its own, and explains both', () => {
    const verdict = judged(client('a', 'b', '14:02:00'), client('b', 'a', '14:12:00'));
    expect([verdict.roots, verdict.unexplained]).toEqual([['pod/circular-wait:Deployment/shop/a'], []]);
  });

  it('of two that time out at each other is cut where it began, and says so', () => {
    const slow = (name: string): object => ({ line: `fatal: dial tcp ${name}:80: i/o timeout` });
    const verdict = judged(client('a', 'b', '14:02:00', slow('b')), client('b', 'a', '14:12:00', slow('a')));
    // That the other does not answer is a symptom: nothing in sight caused the first time-out.
    expect([verdict.roots, verdict.unexplained]).toEqual([
      [],
      ['pod/dependency-unreachable:Deployment/shop/a'],
    ]);
    expect(verdict.findings[0]?.detail).toContain('part of a circle of explanations');
  });
});
