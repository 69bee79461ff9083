import { describe, expect, it } from 'vitest';
import check from '../../../../analyze/checks/service/client-address.ts';
import type { KubeObject } from '../../../support/evidence.ts';
import { event, on, pod, replicaSet, service, workload } from '../../../support/kube-objects.ts';
import { findings, theFinding, verdictOf } from '../judging.ts';
import { client, log, namespace, pay } from './cart.ts';

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

describe('a Service that was there', () => {
  const failing = log('dial tcp: lookup db.shop on 10.96.0.10:53: no such host');
  const db = { ...service('db', { app: 'db' }) };

  it('is said to be deleted where a watch saw it go', () => {
    const changes = [{ at: on('14:29:58'), type: 'DELETED' as const, object: db }];
    const finding = theFinding(check, client('db.shop:5432'), { ...failing, changes });
    expect(finding.summary).toContain(`Service shop/db does not exist; it was deleted at ${on('14:29:58')}`);
    expect(finding.evidence.at(-1)?.kind).toBe('change');
    expect(finding.remedy?.summary).toContain('Make the Service again');
  });

  it('is said to have been there where an Event tells', () => {
    const told = event('Service', 'db', 'EnsuredLoadBalancer', 'Ensured load balancer', '14:20:00');
    const finding = theFinding(check, [...client('db.shop:5432'), told], failing);
    expect(finding.summary).toContain(`it was still there at ${on('14:20:00')}`);
  });

  it('is none where nothing tells of it: the name may be of the outside', () => {
    expect(findings(check, client('db.shop:5432'), failing)).toEqual([]);
  });
});

it('on such a port where the log has the address of the Service only', () => {
  const more = log('Error: connect ECONNREFUSED 10.96.0.10:8080');
  const finding = theFinding(check, [...client('http://payment:8080/pay'), pay], more);
  expect(finding.summary).toContain('Service shop/payment has no port 8080; it has 80');
});

it('on a name that stands in the line after another word that begins like it', () => {
  const more = log('MongoServerSelectionError: getaddrinfo ENOTFOUND mongo');
  const objects = [...client('mongodb://mongo:27017/shop'), service('mongo', {}, { namespace: 'data' })];
  const finding = theFinding(check, objects, more);
  expect(finding.summary).toContain('Service data/mongo is there');
  expect(finding.since).toMatchObject({ to: on('14:30:01'), basis: 'inferred' });
});

it('on an upstream of nginx, in its own words for a name that does not resolve', () => {
  const more = log(
    '[emerg] 1#1: host not found in upstream "paymnet:80" in /etc/nginx/conf.d/default.conf:2',
  );
  const finding = theFinding(check, [...client('server paymnet:80;'), pay], more);
  expect(finding.summary).toContain('Service shop/paymnet does not exist; Service shop/payment is there');
  const other = log('[emerg] 1#1: host not found in upstream "mail:80" in /etc/nginx/conf.d/default.conf:2');
  expect(findings(check, [...client('server paymnet:80;'), pay], other)).toEqual([]);
});

it('on a name that the command of a probe cannot resolve', () => {
  const readinessProbe = { exec: { command: ['sh', '-c', 'nc $PAY 80'] }, periodSeconds: 5 };
  const containers = [{ name: 'app', env: [{ name: 'PAY_HOST', value: 'paymnet' }] }];
  const objects = [
    workload('cart', { pods: { app: 'cart' }, containers }),
    replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
    pod('cart-a', { owner: ['ReplicaSet', 'cart-1'], ready: false, app: { readinessProbe } }),
    pay,
  ];
  const said = (words: string): KubeObject =>
    event('Pod', 'cart-a', 'Unhealthy', `Readiness probe failed: ${words}`, '14:29:00', { count: 12 });
  const finding = theFinding(check, [...objects, said("nc: bad address 'paymnet'")]);
  expect(finding.detail).toContain('The command of its readiness probe shows it');
  expect(finding.since.to).toBe(on('14:29:00'));
  expect(findings(check, [...objects, said("nc: bad address 'other'")])).toEqual([]);
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

const configMap = (name: string, data: object, namespace = 'shop'): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, namespace },
  data,
});
/** A client whose container is this, and whose pod has these volumes. */
const cart = (container: object, spec: Readonly<Record<string, unknown>> = {}): KubeObject[] => {
  const one = workload('cart', { pods: { app: 'cart' }, containers: [{ name: 'app', ...container }] });
  const { template, ...rest } = one['spec'] as { template: { spec: object } };
  return [
    { ...one, spec: { ...rest, template: { ...template, spec: { ...template.spec, ...spec } } } },
    replicaSet('cart', 1, { app: 'cart' }, '12:00:00', 1),
    pod('cart-a', { owner: ['ReplicaSet', 'cart-1'], spec }),
  ];
};
const volume = { volumes: [{ name: 'config', configMap: { name: 'cart' } }] };
const NO_HOST = log('ERROR dial tcp: lookup paymnet on 10.96.0.10:53: no such host');

describe('configured by a ConfigMap', () => {
  const keyRef = { name: 'PAY_HOST', valueFrom: { configMapKeyRef: { name: 'cart', key: 'pay_host' } } };

  it.each<[string, KubeObject[]]>([
    [
      'a file that is mounted',
      [...cart({}, volume), configMap('cart', { 'app.yaml': 'log: info\nupstream: paymnet\n' })],
    ],
    [
      'all of it as variables',
      [
        ...cart({ envFrom: [{ configMapRef: { name: 'cart' } }] }),
        configMap('cart', { PAY_HOST: 'paymnet' }),
      ],
    ],
    ['one key as a variable', [...cart({ env: [keyRef] }), configMap('cart', { pay_host: 'paymnet' })]],
    [
      'a URL in a file',
      [...cart({}, volume), configMap('cart', { 'app.ini': '[pay]\nurl = http://paymnet/v1\n' })],
    ],
  ])('fires on %s', (_, objects) => {
    const finding = theFinding(check, [...objects, pay], NO_HOST);
    expect(finding.summary).toContain('by ConfigMap cart, and Service shop/paymnet does not exist');
    expect(finding.evidence[0]?.object).toMatchObject({ kind: 'ConfigMap', name: 'cart' });
  });

  it.each<[string, KubeObject[]]>([
    [
      'what is commented out',
      [...cart({}, volume), configMap('cart', { 'a.yaml': '# upstream: paymnet\n' })],
    ],
    [
      'another key',
      [...cart({ env: [keyRef] }), configMap('cart', { pay_host: 'payment', x_host: 'paymnet' })],
    ],
    ['a ConfigMap that it does not use', [...cart({}), configMap('cart', { PAY_HOST: 'paymnet' })]],
    ['a mere word', [...cart({}, volume), configMap('cart', { 'a.txt': 'we call it paymnet here\n' })]],
  ])('is quiet on %s', (_, objects) => {
    expect(findings(check, [...objects, pay], NO_HOST)).toEqual([]);
  });
});

it('is one fault, where the same missing name is said with and without a port', () => {
  const twice = cart({ env: [{ name: 'PAY_HOST', value: 'paymnet' }], args: ['--pay=paymnet:80'] });
  expect(findings(check, [...twice, pay], NO_HOST)).toHaveLength(1);
});

describe('the domain of the cluster', () => {
  const corefile = configMap(
    'coredns',
    { Corefile: '.:53 {\n  kubernetes corp.local in-addr.arpa\n}\n' },
    'kube-system',
  );
  const host = 'payment.shop.svc.cluster.local';
  const line = log(`dial tcp: lookup ${host} on 10.96.0.10:53: no such host`);

  it('fires on another one than it has, by the Corefile or by a kubelet', () => {
    const objects = [...client(`http://${host}:80`), pay];
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: 'node-1' } };
    const documents = {
      'nodes/node-1/configz.json': JSON.stringify({ kubeletconfig: { clusterDomain: 'corp.local' } }),
    };
    for (const [more, given] of [
      [[corefile], line],
      [[node], { ...line, documents }],
    ] as const) {
      const { summary } = theFinding(check, [...objects, ...more], given);
      expect(summary).toContain('the domain of this cluster is corp.local, not cluster.local');
      expect(summary).toContain('Service shop/payment is there');
    }
  });

  it('is quiet on its own, and where nothing tells which it is', () => {
    const own = 'payment.shop.svc.corp.local';
    expect(
      findings(check, [...client(`http://${own}:80`), pay, corefile], log(`${own}: no such host`)),
    ).toEqual([]);
    expect(findings(check, [...client(`http://${host}:80`), pay], line)).toEqual([]);
  });
});

describe('what shows that it is used', () => {
  const connect = {
    at: '2026-05-01T14:30:05Z',
    from: 'pod/shop/cart-a',
    to: 'service/shop/paymnet:80',
    outcome: 'dns-error' as const,
    detail: { container: 'app', host: 'paymnet', port: 80 },
  };
  const probes = { connect: [connect] };
  const [deployment, set] = client('http://paymnet:80');
  const objects = [deployment, set, pay].filter((one) => one !== undefined);
  const cartPod = (ready: boolean): KubeObject => pod('cart-a', { owner: ['ReplicaSet', 'cart-1'], ready });

  it('a connect, of a pod that is not Ready', () => {
    const finding = theFinding(check, [...objects, cartPod(false)], { probes });
    expect(finding.confidence).toBe('likely');
    expect(finding.detail).toContain('cart-a is not Ready');
  });

  it('no connect of a pod that is Ready: it may be switched off', () => {
    expect(findings(check, [...objects, cartPod(true)], { probes })).toEqual([]);
  });

  it('no refusal: who is not there refuses nobody', () => {
    expect(findings(check, [...objects, cartPod(true)], log('paymnet:80: connection refused'))).toEqual([]);
  });

  it('nothing where the pod has the name from hostAliases', () => {
    const aliased = cart(
      { env: [{ name: 'PAY', value: 'http://paymnet:80' }] },
      { hostAliases: [{ ip: '192.0.2.1', hostnames: ['paymnet'] }] },
    );
    expect(findings(check, [...aliased, pay], NO_HOST)).toEqual([]);
  });
});

describe('an address from a Secret', () => {
  const env = [{ name: 'PAY_URL', valueFrom: { secretKeyRef: { name: 'cart', key: 'url' } } }];

  it('is unknown where the log complains of a host that nothing readable names', () => {
    const verdict = verdictOf(check, { objects: [...cart({ env }), pay], ...NO_HOST });
    expect(verdict.findings).toEqual([]);
    expect(verdict.unknown[0]).toMatchObject({
      object: { name: 'cart' },
      because: 'not-captured:secret-values',
    });
    expect(verdict.unknown[0]?.detail).toContain('key url of Secret cart (PAY_URL)');
  });

  it('is nothing to speak of where nothing complains, or of what is readable', () => {
    const readable = cart({ env: [...env, { name: 'P', value: 'http://payment:80' }] });
    expect(verdictOf(check, { objects: [...cart({ env }), pay] }).unknown).toEqual([]);
    const more = log('lookup payment on 10.96.0.10:53: no such host');
    expect(verdictOf(check, { objects: [...readable, pay], ...more }).unknown).toEqual([]);
  });
});
