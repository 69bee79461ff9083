/** Names of single pods of a StatefulSet, and addresses that a Service had once. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/client-address.ts';
import type { EvidenceGiven, KubeObject } from '../../../support/evidence.ts';
import { on, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const said = (...lines: string[]): NonNullable<EvidenceGiven['logs']> => [
  {
    namespace: 'shop',
    pod: 'cart-a',
    container: 'app',
    text: lines.map((line, index) => `${on(`14:30:0${index}`)} ${line}\n`).join(''),
  },
];

describe('the name of a pod of a StatefulSet', () => {
  const client = [
    workload('cart', {
      pods: { app: 'cart' },
      containers: [{ name: 'app', env: [{ name: 'PEERS', value: 'db-0.peers:5432,db-1.peers:5432' }] }],
    }),
    replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
    pod('cart-a', { owner: ['ReplicaSet', 'cart-1'] }),
  ];
  const set = (serviceName: string | undefined): KubeObject => {
    const made = workload('db', { kind: 'StatefulSet', pods: { app: 'db' } });
    return { ...made, spec: { ...(made['spec'] as object), serviceName } };
  };
  const logs = said('lookup db-0.peers on 10.96.0.10:53: no such host', 'lookup db-1.peers: no such host');

  it.each([
    ['peers', [], 'Service shop/peers, which gives the names of the pods of StatefulSet shop/db'],
    ['db-peers', [service('peers', { app: 'db' })], 'end in .db-peers (spec.serviceName), not in .peers'],
    [undefined, [service('peers', { app: 'db' })], 'its spec.serviceName is not set'],
  ])('of a governing Service %s', (name, more, words) => {
    expect(theFinding(check, [...client, set(name), ...more], { logs }).summary).toContain(words);
  });

  it.each<[string, KubeObject[], EvidenceGiven]>([
    ['its Service is there', [set('peers'), service('peers', { app: 'db' })], { logs }],
    ['nothing complains', [set('peers')], { logs: said('all is well') }],
    ['there is no such StatefulSet', [], { logs }],
    ['Services may not be listed', [set('peers')], { logs, lists: { services: 'forbidden' } }],
  ])('is no finding where %s', (_, objects, more) => {
    expect(findings(check, [...client, ...objects], more)).toEqual([]);
  });
});

describe('an address from the range of Services', () => {
  const range: KubeObject = {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'ServiceCIDR',
    metadata: { name: 'kubernetes' },
    spec: { cidrs: ['10.96.0.0/12', 'fd00:96::/112'] },
  };
  const client = [
    workload('cart', { pods: { app: 'cart' } }),
    replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
    pod('cart-a', { owner: ['ReplicaSet', 'cart-1'], created: '12:00:00' }),
  ];
  const lines = (address: string): EvidenceGiven => {
    const line = `ERROR dial tcp ${address}:80: i/o timeout`;
    return { logs: said(line, line, line) };
  };
  const pay = (clusterIP: string, created = '14:20:00'): KubeObject =>
    service('pay', { app: 'pay' }, { spec: { clusterIP }, created });

  it.each(['10.111.0.9', '[fd00:96::9]'])('that no Service has: %s', (address) => {
    const finding = theFinding(check, [...client, range, pay('10.96.0.77')], lines(address));
    expect(finding.key).toBe(
      `service/client-address:Deployment/shop/cart#${address.replaceAll(/[[\]]/g, '')}`,
    );
    expect(finding).toMatchObject({ confidence: 'likely', severity: 'warning' });
    expect(finding.detail).toContain('Service pay was made at 2026-05-01T14:20:00Z, after the pod');
    expect(finding.remedy.mend[0]).toContain('rollout restart deployment');
  });

  it('names no Service where all are older than the pod', () => {
    const finding = theFinding(check, [...client, range, pay('10.96.0.77', '11:00:00')], lines('10.111.0.9'));
    expect(finding.detail).not.toContain('Service pay');
    expect(finding.remedy.mend).toEqual([]);
  });

  it.each<[string, KubeObject[], EvidenceGiven]>([
    ['a Service has', [range, pay('10.111.0.9')], lines('10.111.0.9')],
    ['lies outside', [range], lines('203.0.113.9')],
    ['is complained of once', [range], { logs: said('ERROR dial tcp 10.111.0.9:80: i/o timeout') }],
    ['turns the password down', [range], { logs: said(...Array(3).fill('10.111.0.9:5432 NOAUTH')) }],
    ['nobody knows the range of', [], lines('10.111.0.9')],
  ])('is no finding when it %s', (_, objects, more) => {
    expect(findings(check, [...client, ...objects], more)).toEqual([]);
  });

  it('is unknown where the Services of other namespaces were left out', () => {
    const lists = { services: [{ namespace: 'shop', outcome: 'complete' as const }] };
    const namespaces = ['shop', 'bank'].map((name) => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name },
    }));
    const objects = [...client, range, ...namespaces];
    const verdict = verdictOf(check, { objects, ...lines('10.111.0.9'), lists });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown.map(({ detail }) => detail)).toContainEqual(
      expect.stringContaining('10.111.0.9, an address of the cluster'),
    );
    // What can be told all the same: the pod is older than a Service beside it.
    const younger = verdictOf(check, {
      objects: [...objects, pay('10.96.0.77')],
      ...lines('10.111.0.9'),
      lists,
    });
    expect(younger.unknown.map(({ detail }) => detail)).toContainEqual(
      expect.stringContaining('Service pay was made at 2026-05-01T14:20:00Z, after the pod'),
    );
  });
});
