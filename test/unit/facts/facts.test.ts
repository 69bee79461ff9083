import { describe, expect, it } from 'vitest';
import { shellQuote, kubectl } from '../../../analyze/facts/commands.ts';
import { servicesIn } from '../../../analyze/facts/dependents.ts';
import { allFacts, WORKLOADS, type AllFacts, type Facts } from '../../../analyze/facts/facts.ts';
import { narrow, UndeclaredNeed } from '../../../analyze/facts/narrow.ts';
import { storeFrom, type EvidenceGiven } from '../../support/evidence.ts';
import { busyNamespace } from '../../support/busy-namespace.ts';
import { endpoint, ingress, pod, replicaSet, service, slice, workload } from '../../support/kube-objects.ts';

function withFacts<T>(given: EvidenceGiven, ask: (facts: AllFacts) => T): T {
  const store = storeFrom(given);
  try {
    return ask(allFacts(store));
  } finally {
    store.close();
  }
}

describe('pods', () => {
  const objects = [
    pod('a', { labels: { app: 'pay', tier: 'web' } }),
    pod('b', { labels: { app: 'pay' }, phase: 'Succeeded' }),
    pod('c', { labels: { app: 'pay', tier: 'web' }, namespace: 'bank' }),
    pod('d', { labels: { constructor: 'x' }, deleted: '14:00:00' }),
  ];

  it('are found by selector, within a namespace or anywhere', () => {
    withFacts({ objects }, ({ pods }) => {
      expect(pods.select('shop', { app: 'pay' }).map(({ name }) => name)).toEqual(['a', 'b']);
      expect(pods.select('shop', { app: 'pay', tier: 'web' }).map(({ name }) => name)).toEqual(['a']);
      expect(pods.select('shop', {})).toEqual([]);
      expect(pods.select('shop', undefined)).toEqual([]);
      expect(pods.select('shop', { constructor: 'x' }).map(({ name }) => name)).toEqual(['d']);
      expect(pods.selectAnywhere({ tier: 'web' }).map(({ name }) => name)).toEqual(['c', 'a']);
    });
  });

  it('tell that they have ended, or are about to', () => {
    withFacts({ objects }, ({ pods }) => {
      expect(pods.named('shop', 'b')).toMatchObject({ ended: true, terminating: false });
      expect(pods.named('shop', 'd')).toMatchObject({ ended: false, terminating: true });
      expect(pods.named('shop', 'nobody')).toBeUndefined();
    });
  });

  it('are gone once a watch saw them deleted', () => {
    const gone = withFacts(
      { objects, changes: [{ at: '2026-05-01T14:30:05Z', type: 'DELETED', object: pod('a') }] },
      ({ pods }) => pods.named('shop', 'a'),
    );
    expect(gone).toBeUndefined();
  });
});

describe('paths', () => {
  it('tell each port with its endpoints and where it leads', () => {
    const ports = [
      { name: 'http', port: 80, targetPort: 'web' },
      { name: 'admin', port: 81, targetPort: 'admin' },
    ];
    const objects = [
      service('pay', { app: 'pay' }, { spec: { ports } }),
      slice('pay', [endpoint('a'), endpoint('b', { ready: false, serving: true, terminating: true })], {
        ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
      }),
      pod('a', { labels: { app: 'pay' }, app: { ports: [{ name: 'web', containerPort: 8080 }] } }),
    ];
    withFacts({ objects }, ({ paths }) => {
      const [http, admin] = paths;
      expect([
        http?.key,
        http?.ready.length,
        http?.draining.length,
        [...(http?.targets.values() ?? [])],
      ]).toEqual(['service/shop/pay:80', 1, 1, [8080]]);
      expect([admin?.key, admin?.endpoints.length, [...(admin?.targets.values() ?? [])]]).toEqual([
        'service/shop/pay:81',
        0,
        [undefined],
      ]);
    });
  });

  it('are none of an ExternalName, and one of a headless Service without ports', () => {
    const objects = [
      service('out', undefined, { spec: { type: 'ExternalName', externalName: 'x.example' } }),
      service('db', { app: 'db' }, { spec: { clusterIP: 'None', ports: [] } }),
      slice('db', [endpoint('db-0')], { ports: [] }),
    ];
    withFacts({ objects }, ({ paths }) => {
      expect(paths.map(({ key, ready }) => [key, ready.length])).toEqual([['service/shop/db', 1]]);
    });
  });
});

describe('lineage', () => {
  it('leads from a pod to its Deployment, and to the revisions the Deployment keeps', () => {
    const objects = [
      workload('pay', { pods: { app: 'pay' } }),
      replicaSet('pay', 1, { app: 'old' }, '12:00:00'),
      replicaSet('pay', 10, { app: 'pay' }, '14:00:00', 1),
      replicaSet('pay', 2, { app: 'mid' }, '13:00:00'),
      pod('a', { owner: ['ReplicaSet', 'pay-10'] }),
    ];
    withFacts({ objects }, ({ pods, workloads }) => {
      const [one] = pods.all;
      if (one === undefined) throw new Error('there is a pod');
      expect(workloads.lineage(one).map(({ kind, name }) => `${kind}/${name}`)).toEqual([
        'ReplicaSet/pay-10',
        'Deployment/pay',
      ]);
      const top = workloads.top(one);
      if (top === undefined) throw new Error('it has a Deployment');
      expect(workloads.revisions(top).map(({ revision }) => revision)).toEqual([10, 2, 1]);
    });
  });

  it('ends where owners of a hostile bundle run in a circle', () => {
    const circle = (name: string, above: string): Readonly<Record<string, unknown>> => ({
      ...replicaSet(name, 1, {}, '12:00:00'),
      metadata: {
        name,
        namespace: 'shop',
        uid: name,
        ownerReferences: [{ kind: 'ReplicaSet', name: above, uid: above, controller: true }],
      },
    });
    withFacts(
      { objects: [circle('x', 'y'), circle('y', 'x'), pod('a', { owner: ['ReplicaSet', 'x'] })] },
      (facts) => {
        const [one] = facts.pods.all;
        expect(one && facts.workloads.lineage(one)).toHaveLength(2);
      },
    );
  });
});

describe('who depends on a Service', () => {
  it.each([
    ['http://pay:80/v1', ['shop/pay']],
    ['pay.bank:5432', ['bank/pay']],
    ['https://user:secret@pay.bank.svc/x', ['bank/pay']],
    ['a.shop.svc.cluster.local,b.shop.svc.cluster.local:9092', ['shop/a', 'shop/b']],
    ['--upstream=pay:8080', ['shop/pay']],
    ['https://api.example.com/', []],
    ['10.0.0.1:80', []],
    ['', []],
  ])('%s names %j', (value, expected) => {
    const found = [...servicesIn(value, 'shop')];
    expect(expected.filter((one) => !found.includes(one))).toEqual([]);
    expect(found).toHaveLength(expected.length);
  });

  it('know a Service by its address of either family', () => {
    const both = service(
      'pay',
      { app: 'pay' },
      { spec: { clusterIP: '10.96.0.7', clusterIPs: ['10.96.0.7', 'fd00:96::7'] } },
    );
    const headless = service('db', { app: 'db' }, { spec: { clusterIP: 'None', clusterIPs: ['None'] } });
    const at = withFacts({ objects: [both, headless] }, ({ services }) =>
      ['10.96.0.7', 'fd00:96::7', 'None', ''].map((address) => services.at(address)?.name),
    );
    expect(at).toEqual(['pay', 'pay', undefined, undefined]);
  });

  it('is told with the place where it was read', () => {
    const objects = [
      service('pay', { app: 'pay' }),
      ingress('web', 'pay'),
      workload('cart', {
        pods: {},
        containers: [
          { name: 'app', args: ['--a', '--pay=http://pay:80'], env: [{ name: 'X', value: 'pay.shop' }] },
        ],
      }),
    ];
    const places = withFacts({ objects }, ({ services, dependencies }) => {
      const [pay] = services.all;
      return pay === undefined
        ? []
        : dependencies.of(pay).map(({ object, path }) => `${object.ref.kind} ${path}`);
    });
    expect(places).toEqual([
      'Ingress spec.rules[].http.paths[].backend.service.name',
      'Deployment spec.template.spec.containers[0].env[0].value',
      'Deployment spec.template.spec.containers[0].args[1]',
    ]);
  });
});

describe('what a check is handed', () => {
  const readings: ReadonlyArray<[string, (facts: Facts) => unknown]> = [
    ['list:services', (facts) => facts.services],
    ['list:pods', (facts) => facts.pods],
    ['list:apps/deployments', (facts) => facts.workloads],
    ['list:discovery.k8s.io/endpointslices', (facts) => facts.paths],
    ['list:networking.k8s.io/ingresses', (facts) => facts.dependencies],
    ['list:events', (facts) => facts.events({ apiVersion: 'v1', kind: 'Pod', name: 'a' })],
    ['logs', (facts) => facts.logTail(facts.pods.all[0] as never, 'app', false, 1)],
    ['changes', (facts) => facts.changes(facts.services.all[0] as never)],
  ];

  it.each(readings)('is %s only when it says so', (_, read) => {
    withFacts(busyNamespace(), (all) => {
      expect(() => read(narrow(all, 'x/y', []))).toThrow(UndeclaredNeed);
      const everything = narrow(all, 'x/y', [
        ...WORKLOADS,
        'list:services',
        'list:pods',
        'list:discovery.k8s.io/endpointslices',
        'list:networking.k8s.io/ingresses',
        'list:events',
        'logs',
        'changes',
      ]);
      expect(() => read(everything)).not.toThrow();
    });
  });

  it('is a body only of a kind it declared', () => {
    withFacts(busyNamespace(), (all) => {
      const facts = narrow(all, 'x/y', ['list:services']);
      const [one] = all.services.all;
      const [other] = all.pods.all;
      if (one === undefined || other === undefined) throw new Error('both are there');
      expect(facts.body(one)['kind']).toBe('Service');
      expect(() => facts.body(other)).toThrow('x/y reads list:pods without declaring it');
    });
  });
});

describe('commands', () => {
  it('are bare where that is harmless and quoted elsewhere', () => {
    expect(kubectl('shop', 'get', 'pods', '-l', 'app=pay,tier=web', '--show-labels')).toBe(
      'kubectl -n shop get pods -l app=pay,tier=web --show-labels',
    );
    expect(kubectl('shop', 'get', 'service', 'pay', '-o', 'yaml')).toBe(
      'kubectl -n shop get service pay -o yaml',
    );
    expect(kubectl(undefined, 'get', 'node', "a'; reboot #")).toBe("kubectl get node 'a'\\''; reboot #'");
  });

  it.each([
    '$(reboot)',
    '`reboot`',
    'a b',
    'a;b',
    'a|b',
    'a&b',
    '~',
    '*',
    '!x',
    '',
    'a\nb',
    '{a,b}',
    '\u202eab',
  ])('let no shell obey %j', (text) => {
    expect(shellQuote(text)).toMatch(/^'[^'\n\u202e]*'$|^ab$/);
  });
});
