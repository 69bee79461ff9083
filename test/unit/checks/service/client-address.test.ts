import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/client-address.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';

const client = (value: string): KubeObject[] => [
  workload('cart', { pods: { app: 'cart' }, containers: [{ name: 'app', env: [{ name: 'PAY', value }] }] }),
  replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
  pod('cart-a', { owner: ['ReplicaSet', 'cart-1'] }),
];
const log = (line: string): object => ({
  logs: [{ namespace: 'shop', pod: 'cart-a', container: 'app', text: `2026-05-01T14:30:01Z ${line}\n` }],
});
const namespace = (name: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } });
const pay = service('payment', { app: 'payment' });

describe('fires', () => {
  it('on a name with a slip, and names the near miss', () => {
    const more = log('ERROR dial tcp: lookup paymnet on 10.96.0.10:53: no such host');
    const finding = theFinding(check, [...client('http://paymnet:80/pay'), pay], more);
    expect(finding.key).toBe('service/client-address:Deployment/shop/cart#paymnet:80');
    expect(finding.summary).toContain('Service shop/paymnet does not exist; Service shop/payment is there');
    expect(finding.evidence.map(({ kind }) => kind)).toEqual(['field', 'log']);
  });

  it('on a Service that is in another namespace', () => {
    const other = service('payment', { app: 'payment' }, { namespace: 'bank' });
    const finding = theFinding(check, [...client('payment:80'), other], log('lookup payment: no such host'));
    expect(finding.summary).toContain('Service bank/payment is there');
  });

  it('on a port that the Service does not have', () => {
    const more = log('ERROR POST http://payment:8080/pay failed: i/o timeout');
    const finding = theFinding(check, [...client('http://payment:8080/pay'), pay], more);
    expect(finding.summary).toContain('Service shop/payment has no port 8080; it has 80');
  });
});

it('on such a port where the log has the address of the Service only', () => {
  const more = log('Error: connect ECONNREFUSED 10.96.0.10:8080');
  const finding = theFinding(check, [...client('http://payment:8080/pay'), pay], more);
  expect(finding.summary).toContain('Service shop/payment has no port 8080; it has 80');
});

it('on a namespace that is not there, though the capture is of some namespaces', () => {
  const host = 'payment.bnak.svc.cluster.local';
  const finding = theFinding(check, [...client(`http://${host}/pay`), namespace('shop'), namespace('bank')], {
    ...log(`dial tcp: lookup ${host} on 10.96.0.10:53: no such host`),
    lists: { services: [{ namespace: 'shop', outcome: 'complete' }] },
  });
  expect(finding.summary).toContain('there is no namespace bnak');
});

describe('quiet', () => {
  it.each<[string, KubeObject[], string]>([
    ['an address nobody uses', [...client('http://paymnet:80'), pay], 'INFO all is well'],
    ['another host that fails', [...client('http://paymnet:80'), pay], 'lookup other: no such host'],
    [
      'a Service and port that are there',
      [...client('http://payment:80'), pay],
      'payment:80 connection refused',
    ],
    [
      'a host outside',
      [...client('https://api.example.com:443'), pay],
      'lookup api.example.com: no such host',
    ],
    [
      'a name of the outside whose first part is some Service’s name',
      [...client('https://payment.io:443'), pay, namespace('shop')],
      'lookup payment.io: no such host',
    ],
    [
      'another port of the address of a Service that has it',
      [...client('http://payment:80'), pay],
      'Error: connect ECONNREFUSED 10.96.0.10:8080',
    ],
    [
      'a dotted name that no Service resembles',
      [...client('https://vendor.io:443'), pay],
      'lookup vendor.io: no such host',
    ],
  ])('on %s', (_, objects, line) => {
    expect(findings(check, objects, log(line))).toEqual([]);
  });
});

describe('unknown', () => {
  it('when Services may not be listed', () => {
    const verdict = verdictOf(check, {
      objects: client('http://paymnet:80'),
      lists: { services: 'forbidden' },
    });
    expect(verdict.checks[0]?.outcome).toBe('unknown');
  });
});
