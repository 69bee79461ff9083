/** Services and ports that clients miss: several at once, and what is near. */
import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/client-address.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { on, pod, replicaSet, service, workload, write } from '../../../support/kube-objects.ts';
import { findings, pointers, theFinding } from '../judging.ts';
import { client, log, namespace, pay } from './cart.ts';

describe('several who are configured with the same', () => {
  const named = (name: string): KubeObject[] => [
    workload(name, {
      pods: { app: name },
      containers: [{ name: 'app', env: [{ name: 'PAY', value: 'http://payment:8080' }] }],
    }),
    replicaSet(name, 1, { app: name }, '12:00:00', 1),
    pod(`${name}-a`, { owner: ['ReplicaSet', `${name}-1`], created: '12:00:00' }),
  ];
  const logs = (...names: readonly string[]): object => ({
    logs: names.map((name) => ({
      namespace: 'shop',
      pod: `${name}-a`,
      container: 'app',
      text: '2026-05-01T14:30:01Z ERROR dial tcp payment:8080: i/o timeout\n',
    })),
  });

  it('are one fault, of the Service that lacks the port', () => {
    const finding = theFinding(check, [...named('cart'), ...named('desk'), pay], logs('cart', 'desk'));
    expect(finding.key).toBe('service/client-address:Service/shop/payment#payment:8080');
    expect(finding.summary).toBe(
      '2 workloads (cart, desk) are configured with payment:8080, and Service shop/payment has no port 8080; it has 80',
    );
    expect(finding.involves.map(({ name }) => name)).toEqual(['cart', 'desk', 'cart-a', 'desk-a']);
    expect(pointers(finding)).toContain('Service/payment spec.ports[].port = [80]');
  });

  it('are one fault of the first where there is no such Service', () => {
    const finding = theFinding(check, [...named('cart'), ...named('desk')], {
      logs: ['cart', 'desk'].map((name) => ({
        namespace: 'shop',
        pod: `${name}-a`,
        container: 'app',
        text: '2026-05-01T14:30:01Z lookup payment: no such host\n',
      })),
    });
    expect(finding.key).toBe('service/client-address:Deployment/shop/cart#payment:8080');
    expect(finding.summary).toContain('2 workloads (cart, desk) are configured');
  });

  it('are not those who do not show it', () => {
    const finding = theFinding(check, [...named('cart'), ...named('desk'), pay], logs('cart'));
    expect(finding.key).toBe('service/client-address:Deployment/shop/cart#payment:8080');
  });

  it('began no later than the ports were last written', () => {
    const written = service(
      'payment',
      { app: 'payment' },
      { managedFields: [write('kubectl-edit', '14:40:00', 'spec.ports')] },
    );
    const finding = theFinding(check, [...named('cart'), written], logs('cart'));
    expect(finding.since).toMatchObject({ from: on('12:00:00'), to: on('14:40:00') });
    expect(finding.since.source).toContain('kubectl-edit wrote the ports of the Service');
  });
});

describe('a Service that is not there', () => {
  const lost = log('ERROR dial tcp: lookup payment on 10.96.0.10:53: no such host');
  const server = workload('payment', {
    pods: { app: 'payment' },
    containers: [{ name: 'app', ports: [{ containerPort: 9090 }] }],
  });

  it('beside its workload: says so, and how it is made anew', () => {
    const finding = theFinding(check, [...client('http://payment:80'), server], lost);
    expect(finding.summary).toContain('Deployment shop/payment is there, and no Service takes its pods');
    expect(finding.remedy.mend).toEqual([
      'kubectl -n shop expose deployment/payment --name=payment --port=80 --target-port=9090',
    ]);
  });

  it('beside a workload that `kubectl expose` does not take: gives no such command', () => {
    const made = { ...server, kind: 'StatefulSet' };
    const finding = theFinding(check, [...client('http://payment:80'), made], lost);
    expect(finding.summary).toContain('StatefulSet shop/payment is there, and no Service takes its pods');
    expect(finding.remedy.mend).toEqual([]);
  });

  it('beside its workload, which a Service of another name takes: names that one, and makes none', () => {
    const other = service('billing', { app: 'payment' });
    const finding = theFinding(check, [...client('http://payment:80'), server, other], lost);
    expect(finding.summary).toContain('Service shop/billing is there, before Deployment payment');
    expect(finding.remedy.mend).toEqual([]);
  });

  it('but in other namespaces: of several the one that would take pods here', () => {
    const elsewhere = (namespace: string, app: string): KubeObject =>
      service('payment', { app }, { namespace });
    const near = (objects: readonly KubeObject[]): string =>
      theFinding(check, [...client('http://payment:80'), ...objects], lost).summary;
    const both = [elsewhere('bank', 'bank-pay'), elsewhere('default', 'pay')];
    expect(near([...both, pod('pay-a', { labels: { app: 'pay' } })])).toContain(
      'Service default/payment is there, and its selector meets pods of shop only',
    );
    expect(near(both)).toContain('2 other namespaces have one (bank, default)');
  });

  it('in a namespace that is being deleted: since then', () => {
    const ending = {
      ...namespace('bank'),
      metadata: { name: 'bank', deletionTimestamp: on('14:20:00'), finalizers: ['example.com/hold'] },
    };
    const more = log('ERROR dial tcp: lookup payment.bank on 10.96.0.10:53: no such host');
    const finding = theFinding(check, [...client('http://payment.bank:80'), ending], more);
    expect(finding.summary).toContain('Service bank/payment does not exist: its namespace is being deleted');
    expect(finding.since).toMatchObject({ from: on('14:20:00'), to: on('14:30:01') });
    expect(pointers(finding)).toContain(`Namespace/bank metadata.deletionTimestamp = "${on('14:20:00')}"`);
    // A name of the outside, for all that anybody can tell.
    expect(findings(check, [...client('http://payment.bank:80'), namespace('bank')], more)).toEqual([]);
  });
});
